/**
 * What a session for one tenant can access: its objects, its key, its rows of the key table, and nothing else. A session
 * can do what its role *and* this policy allow, so actions are listed here by kind and the role decides which of them a
 * function has. STS accepts at most 2,048 characters and packs them into a smaller space of undocumented size, so the
 * policy is kept short.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
 */
import { OWNER_CONTEXT_KEY } from '../codec/envelope.ts';
import { InputError } from '../domain/errors.ts';
import { keyAliasOf } from '../domain/key-alias.ts';
import { prefixesOf } from '../domain/object-key.ts';
import { parseTenantRef, type TenantRef } from '../domain/tenant.ts';

export interface SessionScope {
  /** ARN of the role to assume; also gives partition and account of the ARNs below. */
  readonly role: string;
  readonly region: string;
  readonly bucket: string;
  readonly keysTable: string;
  readonly mode: 'dedicated' | 'pooled';
}

/** Of the role that destroys keys. */
export type KeyScope = Pick<SessionScope, 'role' | 'region' | 'keysTable'>;

interface Statement {
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Record<string, Record<string, string | readonly string[]>>;
}

export interface SessionPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** InputError `bad-tenant-reference`: a reference with a `*` would match every tenant. */
export function sessionPolicy(scope: SessionScope, tenant: TenantRef): SessionPolicy {
  if (parseTenantRef(tenant) === undefined) throw badReference();
  const [, partition, , , account] = scope.role.split(':');
  const arn = (service: string, name: string, region = '*') =>
    `arn:${partition}:${service}:${region}:${account}:${name}`;
  const bucket = `arn:${partition}:s3:::${scope.bucket}`;
  const own = prefixesOf(tenant).map(prefix => `${prefix}*`);
  return {
    Version: '2012-10-17',
    Statement: [
      allow(
        ['s3:GetObject*', 's3:PutObject*', 's3:DeleteObjectVersion', 's3:*Multipart*'],
        own.map(prefix => `${bucket}/${prefix}`),
      ),
      allow('s3:ListBucket*', bucket, { StringLike: { 's3:prefix': own } }),
      // Encryption at rest: S3 requests it with the bucket (or, without bucket keys, the object) as the context.
      allow(['kms:Decrypt', 'kms:GenerateDataKey'], '*', {
        StringLike: { 'kms:EncryptionContext:aws:s3:arn': `${bucket}*` },
      }),
      ...(scope.mode === 'pooled' ? branchKey(tenant) : ownKey(tenant, arn)),
      allow(
        ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'],
        arn('dynamodb', `table/${scope.keysTable}`, scope.region),
        { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': tenant } },
      ),
    ],
  };
}

/** For the role that destroys keys: the key of this tenant, its replicas and its rows of the key table. InputError likewise. */
export function destroyingPolicy({ role, region, keysTable }: KeyScope, tenant: TenantRef): SessionPolicy {
  if (parseTenantRef(tenant) === undefined) throw badReference();
  const [, partition, , , account] = role.split(':');
  return {
    Version: '2012-10-17',
    Statement: [
      allow('kms:DescribeKey', '*'),
      allow(['kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion', 'kms:EnableKey'], '*', {
        'ForAnyValue:StringEquals': { 'kms:ResourceAliases': keyAliasOf(tenant) },
      }),
      allow(
        ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
        `arn:${partition}:dynamodb:${region}:${account}:table/${keysTable}`,
        { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': tenant } },
      ),
    ],
  };
}

/** The encryption context of each KMS request names the tenant, and KMS authenticates it. */
function ownKey(tenant: TenantRef, arn: (service: string, name: string) => string): Statement[] {
  return [
    allow(['kms:Decrypt', 'kms:GenerateDataKey'], '*', {
      StringEquals: { [`kms:EncryptionContext:${OWNER_CONTEXT_KEY}`]: tenant },
    }),
    // Describing keys and creating one: a key that does not exist yet has no ARN.
    allow(['kms:DescribeKey', 'kms:CreateKey', 'kms:TagResource', 'kms:EnableKeyRotation'], '*'),
    allow('kms:CreateAlias', [arn('kms', keyAliasOf(tenant)), arn('kms', 'key/*')]),
  ];
}

function branchKey(tenant: TenantRef): Statement[] {
  return [
    allow(['kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncrypt*'], '*', {
      StringEquals: { 'kms:EncryptionContext:branch-key-id': tenant },
    }),
    allow('kms:DescribeKey', '*'),
  ];
}

function allow(
  Action: Statement['Action'],
  Resource: Statement['Resource'],
  Condition?: Statement['Condition'],
): Statement {
  return { Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) };
}

export function badReference(): InputError {
  return new InputError('bad-tenant-reference', 'This is not a tenant reference.', {
    hint: 'References are 26 lower-case letters and digits: copy one from the catalog or from the output of a step.',
  });
}
