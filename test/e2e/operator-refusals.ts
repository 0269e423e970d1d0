/** What an operator must not do, tried with the operator's own credentials against the deployed installation. */
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, KMS, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { keyAliasOf } from '../../lib/domain/key-alias.ts';
import type { TenantRef } from '../../lib/domain/tenant.ts';
import type { ExpectedDenial } from './denials.ts';
import { vaultOf } from './emulated-replication.ts';
import { type Emulator, REGION } from './emulator.ts';
import { postSigned, type SigningKeys } from './signed-requests.ts';

const OPERATOR = /:assumed-role\/AWSReservedSSO_Operator_\w+\//;

/** Every refusal below, by what was asked. */
export const BEYOND_THE_OPERATOR: readonly ExpectedDenial[] = [
  ['s3:GetObject(Version)?', '/packs/', 'packs contain rows'],
  ['s3:GetObject', '/digest-key$', '`holdfast log` shows rows'],
  ['s3:ListBucketVersions', 'vault-[^/]+$', 'tells a missing object from a denied one; only manifests may be listed'],
  [
    's3:ListBucket$',
    'vault-[^/]+$',
    '`approve` asks for requests of every kind; an operator may see restores that wait',
  ],
  ['ssm:GetParameter', 'parameter/holdfast/other$', 'another name of the installation is another installation'],
  ['s3:PutObject', '/manifests/', 'only the functions write'],
  ['s3:DeleteObject(Version)?', '/manifests/', 'nobody deletes but expiry'],
  ['kms:Decrypt', ':key/', 'a key opens nothing without its tenant in the encryption context'],
  ['kms:ScheduleKeyDeletion', ':key/', 'an operator destroys no key'],
  ['dynamodb:(Put|Delete)Item', ':table/cli-catalog', 'an operator only reads the catalog'],
  ['secretsmanager:GetSecretValue', ':secret:database', 'the login reads every row'],
  ['lambda:Invoke', ':function:cli-approve', 'an operator decides nothing, neither directly nor through the URL'],
].map(([action, resource, why]) => ({
  ...{ action: new RegExp(`^${action}`), resource: new RegExp(resource!), by: OPERATOR, why: why! },
}));

export async function expectRefusals(emulator: Emulator, credentials: SigningKeys, name: string): Promise<void> {
  const target = { ...emulator.target, credentials };
  const s3 = new S3Client({ ...target, forcePathStyle: true });
  const [kms, dynamo] = [new KMSClient(target), new DynamoDBClient(target)];
  const Bucket = vaultOf(name, REGION);
  const [pack, manifest] = await objectsOf(emulator, Bucket);
  const TableName = `${name}-catalog`;
  const Key = { pk: { S: 'tenants' }, sk: { S: 'any' } };
  const KeyId = keyAliasOf(pack!.Key!.split('/')[1] as TenantRef);
  const tried: Record<string, () => Promise<unknown>> = {
    'read a pack': () => s3.send(new GetObjectCommand({ Bucket, Key: pack!.Key })),
    'read a version of a pack': () =>
      s3.send(new GetObjectCommand({ Bucket, Key: pack!.Key, VersionId: pack!.VersionId })),
    'write a manifest': () => s3.send(new PutObjectCommand({ Bucket, Key: manifest!.Key, Body: 'x' })),
    'hide a manifest': () => s3.send(new DeleteObjectCommand({ Bucket, Key: manifest!.Key })),
    'delete a manifest': () =>
      s3.send(new DeleteObjectCommand({ Bucket, Key: manifest!.Key, VersionId: manifest!.VersionId })),
    decrypt: () => kms.send(new DecryptCommand({ KeyId, CiphertextBlob: Buffer.alloc(100) })),
    'destroy a key': async () => {
      // By its id: KMS deletes no key by an alias.
      const { KeyId: id } = await keyOf(emulator, KeyId);
      return kms.send(new ScheduleKeyDeletionCommand({ KeyId: id }));
    },
    'write to the catalog': () => dynamo.send(new PutItemCommand({ TableName, Item: Key })),
    'delete from the catalog': () => dynamo.send(new DeleteItemCommand({ TableName, Key })),
  };
  for (const [what, attempt] of Object.entries(tried))
    await expect(attempt(), what).rejects.toMatchObject({ name: expect.stringMatching(/AccessDenied/) });
  const sender = { endpoint: emulator.endpoint, service: 'lambda', region: REGION, credentials };
  const decisions = [
    await emulator.functionUrl(`${name}-approve`, REGION),
    `/2015-03-31/functions/${name}-approve/invocations`,
  ];
  for (const path of decisions) expect((await postSigned(sender, path, '{}')).status, path).toBe(403);
}

async function objectsOf(emulator: Emulator, Bucket: string) {
  const s3 = new S3Client({ ...emulator.target, forcePathStyle: true });
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'tenants/' }));
  return ['/packs/', '/manifests/'].map(part => Versions.find(version => version.Key?.includes(part)));
}

async function keyOf(emulator: Emulator, KeyId: string): Promise<{ KeyId: string }> {
  const { KeyMetadata } = await new KMS(emulator.target).describeKey({ KeyId });
  return { KeyId: KeyMetadata!.KeyId! };
}
