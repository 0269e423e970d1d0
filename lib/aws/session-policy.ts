/**
 * What a session for one tenant may touch: its objects, its key, its rows of the key table, and nothing else. A session
 * can do what its role *and* this policy allow, so actions stand here by kind and the role decides which of them a
 * function has at all. STS takes at most 2,048 characters of it, and packs them into a space that is smaller yet and not
 * told: so it is kept short.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
 */
import { OWNER_CONTEXT_KEY } from '../codec/envelope.ts';
import { InputError } from '../domain/errors.ts';
import { prefixesOf } from '../domain/object-key.ts';
import { parseTenantRef, type TenantRef } from '../domain/tenant.ts';
import { aliasOf } from './dedicated-keys.ts';

export interface SessionScope {
  /** ARN of the role that is assumed: partition and account of everything below are its own. */
  readonly role: string;
  readonly region: string;
  readonly bucket: string;
  readonly keysTable: string;
  readonly mode: 'dedicated' | 'pooled';
}

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

/** InputError `bad-tenant-reference`: a reference with a `*` in it would be everyone. */
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
      // The encryption at rest: S3 asks for it, with the bucket (or, without bucket keys, the object) as the context.
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

/** KMS tells for each request what it is about in the encryption context, and authenticates it. */
function ownKey(tenant: TenantRef, arn: (service: string, name: string) => string): Statement[] {
  return [
    allow(['kms:Decrypt', 'kms:GenerateDataKey'], '*', {
      StringEquals: { [`kms:EncryptionContext:${OWNER_CONTEXT_KEY}`]: tenant },
    }),
    // Looking at keys, and making one: what does not exist yet has no name.
    allow(['kms:DescribeKey', 'kms:CreateKey', 'kms:TagResource', 'kms:EnableKeyRotation', 'kms:ReplicateKey'], '*'),
    allow('kms:CreateAlias', [arn('kms', aliasOf(tenant)), arn('kms', 'key/*')]),
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
  return new InputError('bad-tenant-reference', 'This is not the reference of a tenant.', {
    hint: 'References are 26 lower-case letters and digits: take them from the catalog or from what a step returned.',
  });
}
