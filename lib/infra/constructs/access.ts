/**
 * Who may do what, in words: each function here gives exactly the permissions of one capability to one function's role,
 * or (those that end in `Tenant`, and the tenants' keys) to the role whose sessions a function takes for one tenant.
 * Invariants, held by tests: no capability but `mayExpire…` can delete an object; none can bypass or shorten a
 * retention; a tenant's data key is only ever asked for with a tenant in the encryption context.
 */
import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { DONE_PARTITION } from '../../domain/function-config.ts';
import { CHECKPOINTS_PREFIX, LOG_PREFIX, TENANTS_PREFIX, tenantPrefix } from '../../domain/object-key.ts';
import { SYSTEM } from '../../domain/tenant.ts';
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
const MULTI_REGION = { BoolIfExists: { 'kms:MultiRegion': 'true' } };

const EVERYTHING = ['*'];
const OF_TENANTS = [`${TENANTS_PREFIX}*`, `${CHECKPOINTS_PREFIX}*`];
const OF_ALL_TENANTS_TOGETHER = [`${LOG_PREFIX}*`, `${tenantPrefix(SYSTEM)}*`];
const OF_THE_LOG = [`${LOG_PREFIX}*`];

/** A function, or whatever else takes a statement into its role. */
export type Grantee = Pick<lambda.Function, 'addToRolePolicy'>;
export type TenantCapability = (to: Grantee, deployment: Deployment, role: WorkRole) => void;

function allow(fn: Grantee, actions: string[], resources: string[], conditions?: object): void {
  fn.addToRolePolicy(new iam.PolicyStatement({ actions, resources, ...(conditions && { conditions }) }));
}

function keysWithAlias(deployment: Deployment, role: RegionRole): string {
  return `arn:${Aws.PARTITION}:kms:${deployment.regions[role]}:${Aws.ACCOUNT_ID}:key/*`;
}

function table(deployment: Deployment, role: RegionRole, name: string): string {
  return `arn:${Aws.PARTITION}:dynamodb:${deployment.regions[role]}:${Aws.ACCOUNT_ID}:table/${name}`;
}

/** Reads stored objects and their locks. */
export function mayReadVault(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  mayReadObjects(fn, deployment, role, EVERYTHING);
}

/** Stores new objects under lock, and lengthens locks. A COMPLIANCE lock cannot be shortened with these. */
export function mayWriteVault(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  mayReadVault(fn, deployment, role);
  writeObjects(fn, deployment, role, EVERYTHING);
}

/** Reads the objects of tenants, which the session narrows to one. */
export function mayReadTenant(to: Grantee, deployment: Deployment, role: WorkRole): void {
  mayReadObjects(to, deployment, role, OF_TENANTS);
}

export function mayWriteTenant(to: Grantee, deployment: Deployment, role: WorkRole): void {
  mayReadTenant(to, deployment, role);
  writeObjects(to, deployment, role, OF_TENANTS);
}

/** Lengthens locks, and deletes versions whose lock has ended: S3 itself refuses the others. */
export function mayExpireTenant(to: Grantee, deployment: Deployment, role: WorkRole): void {
  mayReadTenant(to, deployment, role);
  expireObjects(to, deployment, role, OF_TENANTS);
}

export function mayExpireLog(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  mayReadObjects(fn, deployment, role, OF_THE_LOG);
  expireObjects(fn, deployment, role, OF_THE_LOG);
}

/**
 * Reads what all tenants share: packs, in which each tenant's part is sealed under that tenant's key, and manifests,
 * sealed under the system's key, which this opens.
 */
export function mayReadLog(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  mayReadObjects(fn, deployment, role, OF_ALL_TENANTS_TOGETHER);
  const pooled = deployment.keys.mode === 'pooled';
  const owner = pooled ? 'kms:EncryptionContext:branch-key-id' : 'kms:EncryptionContext:holdfast:owner';
  allow(fn, ['kms:Decrypt'], [keysWithAlias(deployment, role)], { StringEquals: { [owner]: SYSTEM } });
  allow(fn, ['kms:DescribeKey'], [keysWithAlias(deployment, role)]);
  allow(fn, ['dynamodb:GetItem', 'dynamodb:Query'], [table(deployment, role, keysTableName(deployment))], {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': SYSTEM },
  });
}

/** Reads objects under these prefixes (with `*` where a reference stands), lists them, and what encrypts them at rest. */
export function mayReadObjects(fn: Grantee, deployment: Deployment, role: WorkRole, prefixes: readonly string[]): void {
  const bucket = vaultBucketArn(deployment, role);
  const actions = [
    ...['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectRetention', 's3:GetObjectLegalHold'],
    ...['s3:GetObjectTagging', 's3:GetObjectVersionTagging'],
  ];
  allow(fn, actions, objects(deployment, role, prefixes));
  const narrowed = prefixes === EVERYTHING ? undefined : { StringLike: { 's3:prefix': prefixes } };
  allow(fn, ['s3:ListBucket', 's3:ListBucketVersions'], [bucket], narrowed);
  allow(fn, ['kms:Decrypt'], [keysWithAlias(deployment, role)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [vaultKeyAlias(deployment)] },
  });
}

function writeObjects(fn: Grantee, deployment: Deployment, role: WorkRole, prefixes: readonly string[]): void {
  const actions = [
    ...['s3:PutObject', 's3:PutObjectRetention', 's3:PutObjectLegalHold', 's3:PutObjectTagging'],
    ...['s3:PutObjectVersionTagging', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
  ];
  allow(fn, actions, objects(deployment, role, prefixes));
  allow(fn, ['kms:GenerateDataKey'], [keysWithAlias(deployment, role)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [vaultKeyAlias(deployment)] },
  });
}

/** By version only: a delete marker, which needs another permission, would hide what it cannot remove. */
function expireObjects(fn: Grantee, deployment: Deployment, role: WorkRole, prefixes: readonly string[]): void {
  allow(fn, ['s3:PutObjectRetention', 's3:DeleteObjectVersion'], objects(deployment, role, prefixes));
}

function objects(deployment: Deployment, role: WorkRole, prefixes: readonly string[]): string[] {
  return prefixes.map(prefix => `${vaultBucketArn(deployment, role)}/${prefix}`);
}

/** Opens what was sealed under tenants' keys; seals nothing and makes no key. */
export function mayOpenTenantKeys(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  allow(fn, ['dynamodb:GetItem', 'dynamodb:Query'], [table(deployment, role, keysTableName(deployment))]);
  const context = deployment.keys.mode === 'pooled' ? BRANCH_IN_CONTEXT : OWNER_IN_CONTEXT;
  // By the context and not by the alias: KMS may take five minutes until a new key's alias counts.
  allow(fn, ['kms:Decrypt'], [keysWithAlias(deployment, role)], context);
  allow(fn, ['kms:DescribeKey'], [keysWithAlias(deployment, role)]);
}

/** Opens and seals under the key of a tenant that has one. */
export function maySealForTenant(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  mayOpenTenantKeys(fn, deployment, role);
  // A branch key wraps data keys without KMS.
  if (deployment.keys.mode === 'pooled') return;
  allow(fn, ['kms:GenerateDataKey'], [keysWithAlias(deployment, role)], OWNER_IN_CONTEXT);
}

/** The same, and in the primary region makes the key of a tenant that has none: elsewhere it would be another key under the same alias. */
export function mayUseTenantKeys(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  maySealForTenant(fn, deployment, role);
  if (role !== 'primary') return;
  if (deployment.keys.mode === 'pooled') {
    // The key store makes a branch key in one transaction.
    allow(fn, ['dynamodb:PutItem'], [table(deployment, role, keysTableName(deployment))]);
    const actions = ['kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
    allow(fn, actions, [keysWithAlias(deployment, role)], BRANCH_IN_CONTEXT);
    return;
  }
  mayMakeKeys(fn, deployment, role);
}

/** In three regions: a multi-region key, its alias and rotation, and a replica with its alias in each other region. */
function mayMakeKeys(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  const keysOfRegions = REGION_ROLES.map(each => keysWithAlias(deployment, each));
  // A key that does not exist yet has no ARN: the only statement of the kind. Also asked for a replica, in its region.
  allow(fn, ['kms:CreateKey', 'kms:TagResource'], ['*'], MULTI_REGION);
  const aliases = REGION_ROLES.map(
    each => `arn:${Aws.PARTITION}:kms:${deployment.regions[each]}:${Aws.ACCOUNT_ID}:${TENANT_KEY_ALIAS_PREFIX}*`,
  );
  allow(fn, ['kms:CreateAlias'], [...aliases, ...keysOfRegions]);
  allow(fn, ['kms:ReplicateKey', 'kms:EnableKeyRotation'], [keysWithAlias(deployment, role)], MULTI_REGION);
  allow(fn, ['kms:DescribeKey'], keysOfRegions);
}

/** Reads the public signing key: what every function checks signatures with. */
export function mayVerify(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  allow(fn, ['kms:GetPublicKey'], [keysWithAlias(deployment, role)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [signingKeyAlias(deployment)] },
  });
}

/** Tells people: publishes to the two topics. */
export function mayNotify(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  allow(fn, ['sns:Publish'], [topicArn(deployment, 'alarm', role), topicArn(deployment, 'info', role)]);
  allow(fn, ['kms:GenerateDataKey', 'kms:Decrypt'], [keysWithAlias(deployment, role)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [noticesKeyAlias(deployment)] },
  });
}

/** Starts the one state machine that takes snapshots. */
export function mayStartBackups(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  allow(fn, ['states:StartExecution'], [workflowArn(deployment, 'back-up-fleet', role)]);
}

/** Answers the task that waits for a person. IAM knows no resource for it: which task it is, its token says. */
export function mayAnswerTasks(fn: Grantee): void {
  allow(fn, ['states:SendTaskSuccess', 'states:SendTaskFailure'], ['*']);
}

/** Signs manifests and records, and reads the public key. */
export function maySign(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  allow(fn, ['kms:Sign', 'kms:GetPublicKey', 'kms:DescribeKey'], [keysWithAlias(deployment, role)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [signingKeyAlias(deployment)] },
  });
}

/** Reads the catalog by key. */
export function mayReadCatalog(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  allow(fn, ['dynamodb:GetItem', 'dynamodb:Query'], [table(deployment, role, catalogTableName(deployment))]);
}

/** Reads of the catalog what waits for approval, and nothing else. */
export function mayReadApprovals(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  allow(fn, ['dynamodb:GetItem', 'dynamodb:Query'], [table(deployment, role, catalogTableName(deployment))], {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['tenant#*#approvals'] },
  });
}

/** Reads and writes the catalog by key; a scan is not among it. */
export function mayUseCatalog(fn: Grantee, deployment: Deployment, role: WorkRole): void {
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

/** Notes in the catalog's table what was done and must not be done twice, in the one partition for that. */
export function mayRemember(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  const actions = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'];
  allow(fn, actions, [table(deployment, role, catalogTableName(deployment))], {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [DONE_PARTITION] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
}

/** Reaches the source database from its network, and logs in. */
export function mayReachDatabase(fn: lambda.Function, deployment: Deployment, role: WorkRole): void {
  mayUseNetwork(fn);
  mayLogIn(fn, deployment, role);
}

/** The database's login: its password, or a token for its user. */
export function mayLogIn(fn: Grantee, deployment: Deployment, role: WorkRole): void {
  const { authentication } = databaseIn(deployment, role);
  if (authentication.kind === 'secret') {
    allow(fn, ['secretsmanager:GetSecretValue'], [authentication.secretArn]);
    return;
  }
  // By its resource id: IAM does not know databases by their names.
  const name = `dbuser:${authentication.resourceId ?? '*'}/${authentication.user}`;
  allow(fn, ['rds-db:connect'], [`arn:${Aws.PARTITION}:rds-db:${deployment.regions[role]}:${Aws.ACCOUNT_ID}:${name}`]);
}

/**
 * What Lambda needs to put a function into a VPC. Its code needs none of it, and is refused.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
function mayUseNetwork(fn: lambda.Function): void {
  const actions = [
    ...['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'],
    ...['ec2:DescribeSubnets', 'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses'],
  ];
  allow(fn, actions, ['*']);
  const { region, account } = fn.stack;
  const own = `arn:${Aws.PARTITION}:lambda:${region}:${account}:function:${(fn.node.defaultChild as lambda.CfnFunction).functionName}`;
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      ...{ effect: iam.Effect.DENY, actions, resources: ['*'] },
      conditions: { ArnEquals: { 'lambda:SourceFunctionArn': own } },
    }),
  );
}

/** Takes sessions of this role. */
export function mayTakeSessions(fn: Grantee, role: iam.IRole): void {
  allow(fn, ['sts:AssumeRole'], [role.roleArn]);
}
