/**
 * Who may do what with tenants' keys and the signing key. Invariant, held by tests: a tenant's data key is only ever asked
 * for with a tenant in the encryption context.
 */
import { Aws } from 'aws-cdk-lib';
import type { Deployment } from '../deployment.ts';
import { keysTableName, REGIONS, signingKeyAlias, TENANT_KEY_ALIAS_PREFIX, type WorkRegion } from '../names.ts';
import { allow, type Grantee, keysWithAlias, table } from './grant.ts';

const OWNER_IN_CONTEXT = { Null: { 'kms:EncryptionContext:holdfast:owner': 'false' } };
const BRANCH_IN_CONTEXT = { Null: { 'kms:EncryptionContext:branch-key-id': 'false' } };
const MULTI_REGION = { BoolIfExists: { 'kms:MultiRegion': 'true' } };

/** Opens what was sealed under tenants' keys; seals nothing and makes no key. */
export function grantOpenTenantKeys(fn: Grantee, deployment: Deployment, region: WorkRegion): void {
  allow(fn, ['dynamodb:GetItem', 'dynamodb:Query'], [table(deployment, region, keysTableName(deployment))]);
  const context = deployment.keys.mode === 'pooled' ? BRANCH_IN_CONTEXT : OWNER_IN_CONTEXT;
  // By the context and not by the alias: KMS may take five minutes until a new key's alias counts.
  allow(fn, ['kms:Decrypt'], [keysWithAlias(deployment, region)], context);
  allow(fn, ['kms:DescribeKey'], [keysWithAlias(deployment, region)]);
}

/** Opens and seals under the key of a tenant that has one. */
export function grantSealForTenant(fn: Grantee, deployment: Deployment, region: WorkRegion): void {
  grantOpenTenantKeys(fn, deployment, region);
  // A branch key wraps data keys without KMS.
  if (deployment.keys.mode === 'pooled') return;
  allow(fn, ['kms:GenerateDataKey'], [keysWithAlias(deployment, region)], OWNER_IN_CONTEXT);
}

/** The same, and in the primary region makes the key of a tenant that has none: elsewhere it would be another key under the same alias. */
export function grantUseTenantKeys(fn: Grantee, deployment: Deployment, region: WorkRegion): void {
  grantSealForTenant(fn, deployment, region);
  if (region !== 'primary') return;
  if (deployment.keys.mode === 'pooled') {
    // The key store makes a branch key in one transaction.
    allow(fn, ['dynamodb:PutItem'], [table(deployment, region, keysTableName(deployment))]);
    const actions = ['kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
    allow(fn, actions, [keysWithAlias(deployment, region)], BRANCH_IN_CONTEXT);
    return;
  }
  grantMakeKeys(fn, deployment, region);
}

/** In three regions: a multi-region key, its alias and rotation, and a replica with its alias in each other region. */
function grantMakeKeys(fn: Grantee, deployment: Deployment, region: WorkRegion): void {
  const keysOfRegions = REGIONS.map(each => keysWithAlias(deployment, each));
  // A key that does not exist yet has no ARN: the only statement of the kind. Also asked for a replica, in its region.
  allow(fn, ['kms:CreateKey', 'kms:TagResource'], ['*'], MULTI_REGION);
  const aliases = REGIONS.map(
    each => `arn:${Aws.PARTITION}:kms:${deployment.regions[each]}:${Aws.ACCOUNT_ID}:${TENANT_KEY_ALIAS_PREFIX}*`,
  );
  allow(fn, ['kms:CreateAlias'], [...aliases, ...keysOfRegions]);
  allow(fn, ['kms:ReplicateKey', 'kms:EnableKeyRotation'], [keysWithAlias(deployment, region)], MULTI_REGION);
  allow(fn, ['kms:DescribeKey'], keysOfRegions);
}

/** Reads the public signing key: what every function checks signatures with. */
export function grantVerify(fn: Grantee, deployment: Deployment, region: WorkRegion): void {
  allow(fn, ['kms:GetPublicKey'], [keysWithAlias(deployment, region)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [signingKeyAlias(deployment)] },
  });
}

/** Signs manifests and records, and reads the public key. */
export function grantSign(fn: Grantee, deployment: Deployment, region: WorkRegion): void {
  allow(fn, ['kms:Sign', 'kms:GetPublicKey', 'kms:DescribeKey'], [keysWithAlias(deployment, region)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [signingKeyAlias(deployment)] },
  });
}
