/**
 * Who may do what, in words: each function here gives exactly the permissions of one capability to one function's role.
 * Invariants, held by a test: no capability but `mayExpire` can delete an object; none can bypass or shorten a
 * retention; a tenant's data key is only ever asked for with a tenant in the encryption context.
 */
import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Deployment } from '../deployment.ts';
import {
  catalogTableName,
  keysTableName,
  noticesKeyAlias,
  REGION_ROLES,
  type RegionRole,
  signingKeyAlias,
  TENANT_KEY_ALIAS_PREFIX,
  topicArn,
  vaultBucketArn,
  vaultKeyAlias,
  type WorkRole,
  workflowArn,
} from '../names.ts';
import { databaseIn } from '../source-place.ts';

const OWNER_IN_CONTEXT = { Null: { 'kms:EncryptionContext:holdfast:owner': 'false' } };
const BRANCH_IN_CONTEXT = { Null: { 'kms:EncryptionContext:branch-key-id': 'false' } };
const TENANT_KEYS = { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': [`${TENANT_KEY_ALIAS_PREFIX}*`] } };

function allow(fn: lambda.Function, actions: string[], resources: string[], conditions?: object): void {
  fn.addToRolePolicy(new iam.PolicyStatement({ actions, resources, ...(conditions && { conditions }) }));
}

function keysWithAlias(deployment: Deployment, role: RegionRole): string {
  return `arn:${Aws.PARTITION}:kms:${deployment.regions[role]}:${Aws.ACCOUNT_ID}:key/*`;
}

function table(deployment: Deployment, role: RegionRole, name: string): string {
  return `arn:${Aws.PARTITION}:dynamodb:${deployment.regions[role]}:${Aws.ACCOUNT_ID}:table/${name}`;
}

/** Reads stored objects and their locks. */
export function mayReadVault(fn: lambda.Function, deployment: Deployment, role: WorkRole): void {
  const bucket = vaultBucketArn(deployment, role);
  allow(
    fn,
    ['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectRetention', 's3:GetObjectLegalHold', 's3:GetObjectTagging'],
    [`${bucket}/*`],
  );
  allow(fn, ['s3:ListBucket', 's3:ListBucketVersions'], [bucket]);
  allow(fn, ['kms:Decrypt'], [keysWithAlias(deployment, role)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [vaultKeyAlias(deployment)] },
  });
}

/** Stores new objects under lock, and lengthens locks. A COMPLIANCE lock cannot be shortened with these. */
export function mayWriteVault(fn: lambda.Function, deployment: Deployment, role: WorkRole): void {
  mayReadVault(fn, deployment, role);
  const bucket = vaultBucketArn(deployment, role);
  allow(
    fn,
    [
      's3:PutObject',
      's3:PutObjectRetention',
      's3:PutObjectLegalHold',
      's3:PutObjectTagging',
      's3:AbortMultipartUpload',
      's3:ListMultipartUploadParts',
    ],
    [`${bucket}/*`],
  );
  allow(fn, ['kms:GenerateDataKey'], [keysWithAlias(deployment, role)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [vaultKeyAlias(deployment)] },
  });
}

/** Lengthens locks, and deletes versions whose lock has ended: S3 itself refuses the others. */
export function mayExpire(fn: lambda.Function, deployment: Deployment, role: WorkRole): void {
  mayReadVault(fn, deployment, role);
  const actions = ['s3:PutObjectRetention', 's3:DeleteObject', 's3:DeleteObjectVersion'];
  allow(fn, actions, [`${vaultBucketArn(deployment, role)}/*`]);
}

/** Opens what was sealed under tenants' keys; seals nothing and makes no key. */
export function mayOpenTenantKeys(fn: lambda.Function, deployment: Deployment, role: WorkRole): void {
  allow(fn, ['dynamodb:GetItem', 'dynamodb:Query'], [table(deployment, role, keysTableName(deployment))]);
  if (deployment.keys.mode === 'pooled') {
    allow(fn, ['kms:Decrypt'], [keysWithAlias(deployment, role)], BRANCH_IN_CONTEXT);
  } else {
    allow(fn, ['kms:Decrypt'], [keysWithAlias(deployment, role)], { ...TENANT_KEYS, ...OWNER_IN_CONTEXT });
  }
  allow(fn, ['kms:DescribeKey'], [keysWithAlias(deployment, role)]);
}

/** Opens and seals under tenants' keys; in the primary region also makes the key of a tenant that has none. */
export function mayUseTenantKeys(fn: lambda.Function, deployment: Deployment, role: WorkRole): void {
  mayOpenTenantKeys(fn, deployment, role);
  if (role === 'primary') {
    allow(fn, ['dynamodb:PutItem', 'dynamodb:UpdateItem'], [table(deployment, role, keysTableName(deployment))]);
  }
  if (deployment.keys.mode === 'pooled') {
    if (role !== 'primary') return;
    const actions = ['kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
    allow(fn, actions, [keysWithAlias(deployment, role)], BRANCH_IN_CONTEXT);
    return;
  }
  allow(fn, ['kms:GenerateDataKey', 'kms:Encrypt'], [keysWithAlias(deployment, role)], {
    ...TENANT_KEYS,
    ...OWNER_IN_CONTEXT,
  });
  // Elsewhere it would be another key under the same alias.
  if (role !== 'primary') return;
  // A key that does not exist yet has no ARN: the only statement of the kind.
  allow(fn, ['kms:CreateKey', 'kms:TagResource'], ['*'], { Bool: { 'kms:MultiRegion': 'true' } });
  const aliases = REGION_ROLES.map(
    each => `arn:${Aws.PARTITION}:kms:${deployment.regions[each]}:${Aws.ACCOUNT_ID}:${TENANT_KEY_ALIAS_PREFIX}*`,
  );
  const keysOfRegions = REGION_ROLES.map(each => keysWithAlias(deployment, each));
  allow(fn, ['kms:CreateAlias'], [...aliases, ...keysOfRegions]);
  // Describes a replica to see that it has its alias.
  allow(fn, ['kms:ReplicateKey', 'kms:DescribeKey'], keysOfRegions);
}

/** Reads the public signing key: what every function checks signatures with. */
export function mayVerify(fn: lambda.Function, deployment: Deployment, role: WorkRole): void {
  allow(fn, ['kms:GetPublicKey'], [keysWithAlias(deployment, role)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [signingKeyAlias(deployment)] },
  });
}

/** Tells people: publishes to the two topics. */
export function mayNotify(fn: lambda.Function, deployment: Deployment, role: WorkRole): void {
  allow(fn, ['sns:Publish'], [topicArn(deployment, 'alarm', role), topicArn(deployment, 'info', role)]);
  allow(fn, ['kms:GenerateDataKey', 'kms:Decrypt'], [keysWithAlias(deployment, role)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [noticesKeyAlias(deployment)] },
  });
}

/** Starts the one state machine that takes snapshots. */
export function mayStartBackups(fn: lambda.Function, deployment: Deployment, role: WorkRole): void {
  allow(fn, ['states:StartExecution'], [workflowArn(deployment, 'back-up-fleet', role)]);
}

/** Answers the task of restore-tenant that waits for a person. */
export function mayAnswerTasks(fn: lambda.Function, deployment: Deployment, role: WorkRole): void {
  allow(fn, ['states:SendTaskSuccess', 'states:SendTaskFailure'], [workflowArn(deployment, 'restore-tenant', role)]);
}

/** Signs manifests and records, and reads the public key. */
export function maySign(fn: lambda.Function, deployment: Deployment, role: WorkRole): void {
  allow(fn, ['kms:Sign', 'kms:GetPublicKey', 'kms:DescribeKey'], [keysWithAlias(deployment, role)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [signingKeyAlias(deployment)] },
  });
}

/** Reads and writes the catalog by key; a scan is not among it. */
export function mayUseCatalog(fn: lambda.Function, deployment: Deployment, role: WorkRole): void {
  allow(
    fn,
    [
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:ConditionCheckItem',
    ],
    [table(deployment, role, catalogTableName(deployment))],
  );
}

/** Logs in to the source database. */
export function mayReachDatabase(fn: lambda.Function, deployment: Deployment, role: WorkRole): void {
  const { authentication, identifier } = databaseIn(deployment, role);
  if (authentication.kind === 'secret') {
    allow(fn, ['secretsmanager:GetSecretValue'], [authentication.secretArn]);
    return;
  }
  allow(
    fn,
    ['rds-db:connect'],
    [
      `arn:${Aws.PARTITION}:rds-db:${deployment.regions[role]}:${Aws.ACCOUNT_ID}:dbuser:${identifier}/${authentication.user}`,
    ],
  );
}
