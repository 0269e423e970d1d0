/**
 * Cross-region resources of the stacks that MiniStack's CloudFormation does not create, created with the APIs of the
 * services: global tables, the replica of the signing key, replication of the vault in both directions. MiniStack's S3 and
 * DynamoDB then replicate immediately. The templates are asserted in test/infra/{vault-stack,standby}.test.ts.
 */
import { DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { CopyObjectCommand, ListObjectsV2Command, PutBucketReplicationCommand, S3Client } from '@aws-sdk/client-s3';
import { ACCOUNT, type Emulator, REGION } from './emulator.ts';

export function vaultOf(name: string, region: string, account = ACCOUNT): string {
  return `${name}-vault-${account}-${region}`;
}

export async function replicate(emulator: Emulator, name: string, standby: string): Promise<void> {
  const dynamo = new DynamoDBClient(emulator.target);
  for (const TableName of [`${name}-catalog`, `${name}-keys`]) {
    const ReplicaUpdates = [{ Create: { RegionName: standby } }];
    await dynamo.send(new UpdateTableCommand({ TableName, ReplicaUpdates }));
  }
  const [here, there] = [REGION, standby].map(region => new KMS({ ...emulator.target, region }));
  const { KeyId } = (await here!.describeKey({ KeyId: `alias/${name}/signing` })).KeyMetadata!;
  await here!.replicateKey({ KeyId, ReplicaRegion: standby });
  await there!.createAlias({ AliasName: `alias/${name}/signing`, TargetKeyId: KeyId });
  for (const [from, to] of [
    [REGION, standby],
    [standby, REGION],
  ] as const) {
    const s3 = new S3Client({ ...emulator.target, region: from, forcePathStyle: true });
    const rule = {
      ...{ ID: `to-${to}`, Priority: 1, Filter: { Prefix: '' } },
      Status: 'Enabled',
      DeleteMarkerReplication: { Status: 'Disabled' },
      Destination: { Bucket: `arn:aws:s3:::${vaultOf(name, to)}` },
    } as const;
    const ReplicationConfiguration = { Role: `arn:aws:iam::${ACCOUNT}:role/replication`, Rules: [rule] };
    await s3.send(new PutBucketReplicationCommand({ Bucket: vaultOf(name, from), ReplicationConfiguration }));
  }
  await copyExisting(emulator, name, standby);
}

/** Objects that were shipped before the rules existed: S3 replicates only new objects. */
async function copyExisting(emulator: Emulator, name: string, standby: string): Promise<void> {
  const [here, there] = [REGION, standby].map(
    region => new S3Client({ ...emulator.target, region, forcePathStyle: true }),
  );
  const { Contents = [] } = await here!.send(new ListObjectsV2Command({ Bucket: vaultOf(name, REGION) }));
  for (const { Key } of Contents) {
    await there!.send(
      new CopyObjectCommand({ Bucket: vaultOf(name, standby), Key, CopySource: `${vaultOf(name, REGION)}/${Key}` }),
    );
  }
}
