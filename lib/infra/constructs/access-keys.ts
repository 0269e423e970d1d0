/**
 * Grants for tenants' keys and the signing key. Invariant, enforced by tests: a tenant's data key can be requested only
 * with a tenant in the encryption context.
 */
import { Aws } from 'aws-cdk-lib';
import { TENANT_KEY_ALIAS_PREFIX } from '../../domain/key-alias.ts';
import { HELD_TAG, OWNER_TAG } from '../../domain/key-policy.ts';
import type { Deployment } from '../deployment.ts';
import {
  awsRegion,
  destroyKeysRoleArn,
  keysTableName,
  makesKeys,
  type RegionName,
  regionsOf,
  signingKeyAlias,
} from '../names.ts';
import { allowInVault, type Grantee, keysWithAlias, table } from './grant.ts';

const OWNER_IN_CONTEXT = { Null: { 'kms:EncryptionContext:holdfast:owner': 'false' } };
const BRANCH_IN_CONTEXT = { Null: { 'kms:EncryptionContext:branch-key-id': 'false' } };
const MULTI_REGION = { BoolIfExists: { 'kms:MultiRegion': 'true' } };
/** Who makes a key says whose it is, and nothing about holds. */
const NEW_KEY = { ...MULTI_REGION, 'ForAllValues:StringEquals': { 'aws:TagKeys': [OWNER_TAG] } };
/** A reference has 26 characters: no alias of the stacks has the form of a tenant's. */
const OF_TENANT = { 'kms:ResourceAliases': [`${TENANT_KEY_ALIAS_PREFIX}${'?'.repeat(26)}`] };

/** Opens data sealed under tenants' keys; cannot seal, and cannot create keys. */
export function grantOpenTenantKeys(fn: Grantee, deployment: Deployment, region: RegionName): void {
  allowInVault(fn, ['dynamodb:GetItem', 'dynamodb:Query'], [table(deployment, region, keysTableName(deployment))]);
  const context = deployment.keys.mode === 'pooled' ? BRANCH_IN_CONTEXT : OWNER_IN_CONTEXT;
  // By the context and not by the alias: in KMS authorization, a new alias can take five minutes to take effect.
  allowInVault(fn, ['kms:Decrypt'], [keysWithAlias(deployment, region)], context);
  allowInVault(fn, ['kms:DescribeKey'], [keysWithAlias(deployment, region)]);
}

/** Sees what exists of tenants' keys and their replicas, and can use none. */
export function grantSeeTenantKeys(to: Grantee, deployment: Deployment, region: RegionName): void {
  allowInVault(to, ['dynamodb:GetItem', 'dynamodb:Query'], [table(deployment, region, keysTableName(deployment))]);
  const everywhere = regionsOf(deployment).map(each => keysWithAlias(deployment, each));
  allowInVault(to, ['kms:DescribeKey'], everywhere);
}

/** Takes sessions of the one role that destroys tenants' keys (destroy-keys-role.ts); for what carries a destruction out. */
export function grantDestroyKeys(fn: Grantee, deployment: Deployment, _region: RegionName): void {
  allowInVault(fn, ['sts:AssumeRole'], [destroyKeysRoleArn(deployment)]);
}

/** Opens and seals under existing tenant keys. */
export function grantSealForTenant(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantOpenTenantKeys(fn, deployment, region);
  // A branch key wraps data keys without KMS.
  if (deployment.keys.mode === 'pooled') return;
  allowInVault(fn, ['kms:GenerateDataKey'], [keysWithAlias(deployment, region)], OWNER_IN_CONTEXT);
}

/** The same, and creates missing tenant keys where that is possible (`makesKeys`). */
export function grantUseTenantKeys(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantSealForTenant(fn, deployment, region);
  if (!makesKeys(deployment, region)) return;
  if (deployment.keys.mode === 'pooled') {
    // The key store creates a branch key in one transaction.
    allowInVault(fn, ['dynamodb:PutItem'], [table(deployment, region, keysTableName(deployment))]);
    const actions = ['kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
    allowInVault(fn, actions, [keysWithAlias(deployment, region)], BRANCH_IN_CONTEXT);
    return;
  }
  grantMakeKeys(fn, deployment, region);
}

/** Creates a multi-region key with alias and rotation, in this region only. */
function grantMakeKeys(fn: Grantee, deployment: Deployment, region: RegionName): void {
  // A key that does not exist yet has no ARN: the only such statement.
  allowInVault(fn, ['kms:CreateKey', 'kms:TagResource'], ['*'], NEW_KEY);
  allowInVault(fn, ['kms:CreateAlias'], [tenantAliases(deployment, region), keysWithAlias(deployment, region)]);
  allowInVault(fn, ['kms:EnableKeyRotation'], [keysWithAlias(deployment, region)], MULTI_REGION);
}

/**
 * Makes replicas of tenants' keys with their aliases in the other regions; can use no key and create none. A replica
 * requires CreateKey too, in its region, where it has no ARN yet.
 */
export function grantReplicateKeys(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const others = regionsOf(deployment).filter(each => each !== region);
  const there = { StringEquals: { 'kms:ReplicaRegion': others.map(each => awsRegion(deployment, each)) } };
  allowInVault(fn, ['kms:ReplicateKey'], [keysWithAlias(deployment, region)], { ...MULTI_REGION, ...there });
  allowInVault(fn, ['kms:CreateKey', 'kms:TagResource'], ['*'], NEW_KEY);
  allowInVault(
    fn,
    ['kms:CreateAlias'],
    others.flatMap(each => [tenantAliases(deployment, each), keysWithAlias(deployment, each)]),
  );
  allowInVault(
    fn,
    ['kms:DescribeKey'],
    regionsOf(deployment).map(each => keysWithAlias(deployment, each)),
  );
}

/** Tags tenants' keys, and their replicas, as held: by their policies, nobody can schedule their deletion then. */
export function grantMarkHeldKeys(fn: Grantee, deployment: Deployment): void {
  if (deployment.keys.mode === 'pooled') return;
  const keys = heldKeys(fn, deployment);
  allowInVault(fn, ['kms:ListResourceTags'], keys, { 'ForAnyValue:StringLike': OF_TENANT });
  allowInVault(fn, ['kms:TagResource'], keys, {
    'ForAnyValue:StringLike': OF_TENANT,
    'ForAllValues:StringEquals': { 'aws:TagKeys': [HELD_TAG] },
    StringEquals: { [`aws:RequestTag/${HELD_TAG}`]: 'true' },
  });
}

/** Removes that tag. */
export function grantUnmarkHeldKeys(fn: Grantee, deployment: Deployment): void {
  if (deployment.keys.mode === 'pooled') return;
  allowInVault(fn, ['kms:UntagResource'], heldKeys(fn, deployment), {
    'ForAnyValue:StringLike': OF_TENANT,
    'ForAllValues:StringEquals': { 'aws:TagKeys': [HELD_TAG] },
    Null: { 'aws:TagKeys': 'false' },
  });
}

/** KMS finds a key to tag by its id. */
function heldKeys(fn: Grantee, deployment: Deployment): string[] {
  const everywhere = regionsOf(deployment).map(each => keysWithAlias(deployment, each));
  allowInVault(fn, ['kms:DescribeKey'], everywhere);
  return everywhere;
}

function tenantAliases(deployment: Deployment, region: RegionName): string {
  return `arn:${Aws.PARTITION}:kms:${awsRegion(deployment, region)}:${Aws.ACCOUNT_ID}:${TENANT_KEY_ALIAS_PREFIX}*`;
}

/** Reads the public signing key, with which every function verifies signatures. */
export function grantVerify(fn: Grantee, deployment: Deployment, region: RegionName): void {
  allowInVault(fn, ['kms:GetPublicKey'], [keysWithAlias(deployment, region)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [signingKeyAlias(deployment)] },
  });
}

/** Signs manifests and records, and reads the public key. */
export function grantSign(fn: Grantee, deployment: Deployment, region: RegionName): void {
  allowInVault(fn, ['kms:Sign', 'kms:GetPublicKey', 'kms:DescribeKey'], [keysWithAlias(deployment, region)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [signingKeyAlias(deployment)] },
  });
}
