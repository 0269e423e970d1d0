/**
 * Grants for stored objects. Invariants, enforced by tests: only `grantExpire…` can delete an object, and none can bypass
 * or shorten a retention. Grants that end in `Tenant` are for a session role, which a function assumes for one tenant; the
 * others are for a function's own role.
 */
import { GOVERNANCE_PREFIX, governanceKindPrefix } from '../../domain/governance-key.ts';
import {
  CHECKPOINTS_PREFIX,
  KEY_COPIES_PREFIX,
  LOG_PREFIX,
  REMOVALS_PREFIX,
  TENANTS_PREFIX,
  tenantPrefix,
} from '../../domain/object-key.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Deployment } from '../deployment.ts';
import {
  catalogTableName,
  keysTableName,
  type RegionName,
  regionsOf,
  replicaRegionsOf,
  vaultBucketArn,
  vaultKeyAlias,
} from '../names.ts';
import { allowInVault, type Grantee, keysWithAlias, table } from './grant.ts';

const EVERYTHING = ['*'];
const OF_TENANTS = [`${TENANTS_PREFIX}*`, `${CHECKPOINTS_PREFIX}*`];
const OF_ALL_TENANTS_TOGETHER = [`${LOG_PREFIX}*`, `${tenantPrefix(SYSTEM)}*`];
const KEY_COPIES = [`${KEY_COPIES_PREFIX}*`];
const REMOVALS = [`${REMOVALS_PREFIX}*`];
const POLICIES_IN_FORCE = [`${TENANTS_PREFIX}*/retention/*`];
const POLICY_APPROVALS = [`${GOVERNANCE_PREFIX}policies/*`];
const READ_OBJECTS = [
  ...['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectRetention', 's3:GetObjectLegalHold'],
  ...['s3:GetObjectTagging', 's3:GetObjectVersionTagging'],
];
/** Records of legal holds; and of the tenants under one, the list of their copies of the log. */
const HOLDS = [`${GOVERNANCE_PREFIX}holds/*`];
/** Partition of the catalog with the index of standing holds (operations/catalog/hold-items.ts). */
const HOLD_INDEX = 'holds#standing';
const COPIES_OF_LOG = [`${TENANTS_PREFIX}*/manifests/held-log/*`];
const DEPARTURES = [`${governanceKindPrefix('departures')}*`];
const DESTRUCTIONS = [`${governanceKindPrefix('destructions')}*`];
const OF_THE_LOG = [`${LOG_PREFIX}*`];

/** Reads stored objects and their locks. */
export function grantReadVault(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, EVERYTHING);
}

/** Stores new objects under lock, and extends locks. These permissions cannot shorten a COMPLIANCE lock. */
export function grantWriteVault(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadVault(fn, deployment, region);
  writeObjects(fn, deployment, region, EVERYTHING);
}

/** Reads the objects of tenants; the session policy narrows it to one tenant. */
export function grantReadTenant(to: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(to, deployment, region, OF_TENANTS);
}

/** Reads the digest key of the tenant, with which its part of the log is compared, and none of its other objects. */
export function grantReadDigestKey(to: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(to, deployment, region, [`${TENANTS_PREFIX}*/digest-key`]);
}

/** Reads the tenant's digest key, the plans of its previews and the records of its restores, and none of its backups. */
export function grantReadRestores(to: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadDigestKey(to, deployment, region);
  const documents = ['restore-plans', 'manifests/restore-record'].map(place => `${TENANTS_PREFIX}*/${place}/*`);
  grantReadObjects(to, deployment, region, documents);
}

export function grantWriteTenant(to: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadTenant(to, deployment, region);
  writeObjects(to, deployment, region, OF_TENANTS);
}

/**
 * Extends locks, deletes versions whose lock has ended (S3 itself refuses the others), and adds to the history of the
 * tenant's retention.
 */
export function grantExpireTenant(to: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadTenant(to, deployment, region);
  expireObjects(to, deployment, region, OF_TENANTS);
  writeObjects(to, deployment, region, POLICIES_IN_FORCE);
}

/** Deletes versions whose lock has ended, of a tenant whose destruction is certified. Changes no lock. */
export function grantClearTenant(to: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadTenant(to, deployment, region);
  allowInVault(to, ['s3:DeleteObjectVersion'], objects(deployment, region, OF_TENANTS));
}

/**
 * Sees every copy of a tenant's backups beyond its own session: its part of the log, and the copies in the other regions.
 * All of it is sealed, and this grants no key.
 */
export function grantSeeEveryCopy(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, OF_THE_LOG);
  for (const other of replicaRegionsOf(deployment))
    grantReadObjects(fn, deployment, other, [...OF_TENANTS, ...OF_THE_LOG]);
}

/** Stores the signed documents of destructions. */
export function grantKeepDestructions(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, [`${GOVERNANCE_PREFIX}*`]);
  grantStoreDocuments(fn, deployment, region, DESTRUCTIONS);
}

/** Reads the approved changes of retention: who expires cannot store one. */
export function grantReadPolicyApprovals(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, POLICY_APPROVALS);
}

export function grantExpireLog(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, [...OF_THE_LOG, ...HOLDS, ...COPIES_OF_LOG, ...DESTRUCTIONS]);
  expireObjects(fn, deployment, region, OF_THE_LOG);
}

/**
 * Reads the objects that all tenants share: packs, in which each tenant's part is sealed under that tenant's key, and
 * manifests, sealed under the system key, which this grant can open.
 */
export function grantReadLog(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, OF_ALL_TENANTS_TOGETHER);
  const pooled = deployment.keys.mode === 'pooled';
  const owner = pooled ? 'kms:EncryptionContext:branch-key-id' : 'kms:EncryptionContext:holdfast:owner';
  allowInVault(fn, ['kms:Decrypt'], [keysWithAlias(deployment, region)], { StringEquals: { [owner]: SYSTEM } });
  allowInVault(fn, ['kms:DescribeKey'], [keysWithAlias(deployment, region)]);
  allowInVault(fn, ['dynamodb:GetItem', 'dynamodb:Query'], [table(deployment, region, keysTableName(deployment))], {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': SYSTEM },
  });
}

/** Sees which legal holds stand: signed, and sealed only where people and matters are named. */
export function grantReadHolds(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, HOLDS);
}

/**
 * Sees which legal holds stand, in the vault and in the catalog's index: for whoever stores objects of tenants, so that they
 * are held from the beginning. With a grant to set holds where the objects are.
 */
export function grantSeeHolds(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadHolds(fn, deployment, region);
  allowInVault(fn, ['dynamodb:GetItem'], [table(deployment, region, catalogTableName(deployment))], {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [HOLD_INDEX] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
}

/** Sees which tenants were destroyed or left the database: documents that are signed, not sealed. */
export function grantReadEnds(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, [...DESTRUCTIONS, ...DEPARTURES]);
}

/** Signs nothing itself: stores the lists of what an expiry removes. */
export function grantAnnounceRemovals(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, REMOVALS);
  writeObjects(fn, deployment, region, REMOVALS);
}

/** In another region: removes versions of tenants and of the log whose lock has ended; sees what the primary still has. */
export function grantExpireReplicas(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const expiring = [...OF_TENANTS, ...OF_THE_LOG];
  grantReadObjects(fn, deployment, region, [...expiring, ...REMOVALS, ...HOLDS]);
  allowInVault(fn, ['s3:DeleteObjectVersion'], objects(deployment, region, expiring));
  grantReadVault(fn, deployment, 'primary');
}

/** Stores signed notes that tenants left the database; with `grantSign`. */
export function grantNoteDepartures(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantStoreDocuments(fn, deployment, region, DEPARTURES);
}

/** Reads objects and locks in all regions: sealed under tenants' keys, of which it has none. */
export function grantCompareVaults(fn: Grantee, deployment: Deployment): void {
  for (const region of regionsOf(deployment)) grantReadVault(fn, deployment, region);
}

/** Stores copies of the wrapped branch keys, and lists the earlier ones. Can use no key that would open them. */
export function grantCopyKeys(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, KEY_COPIES);
  writeObjects(fn, deployment, region, KEY_COPIES);
  allowInVault(fn, ['dynamodb:Query'], [table(deployment, region, keysTableName(deployment))]);
}

/** Adds rows from the copies to the table of keys. */
export function grantRestoreKeys(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, KEY_COPIES);
  allowInVault(fn, ['dynamodb:GetItem', 'dynamodb:PutItem'], [table(deployment, region, keysTableName(deployment))]);
}

/** Reads and lists objects under these prefixes (with `*` for the reference), and decrypts them at rest. */
export function grantReadObjects(
  fn: Grantee,
  deployment: Deployment,
  region: RegionName,
  prefixes: readonly string[],
): void {
  const bucket = vaultBucketArn(deployment, region);
  allowInVault(fn, READ_OBJECTS, objects(deployment, region, prefixes));
  const narrowed = prefixes === EVERYTHING ? undefined : { StringLike: { 's3:prefix': prefixes } };
  allowInVault(fn, ['s3:ListBucket', 's3:ListBucketVersions'], [bucket], narrowed);
  allowInVault(fn, ['kms:Decrypt'], [keysWithAlias(deployment, region)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [vaultKeyAlias(deployment)] },
  });
}

/** Sets (`ON`) or removes the holds of objects. A request without the header is no request for a hold. */
export function grantChangeHolds(
  fn: Grantee,
  deployment: Deployment,
  { region, prefixes, to }: { region: RegionName; prefixes: readonly string[]; to: 'ON' | 'OFF' },
): void {
  const other = to === 'ON' ? 'OFF' : 'ON';
  allowInVault(fn, ['s3:PutObjectLegalHold'], objects(deployment, region, prefixes), {
    StringNotEquals: { 's3:object-lock-legal-hold': other },
  });
}

/** Stores new objects under lock, and extends locks, under these prefixes. Sets no hold and no tag: for small documents of no tenant. */
export function grantStoreObjects(
  fn: Grantee,
  deployment: Deployment,
  region: RegionName,
  prefixes: readonly string[],
): void {
  allowInVault(fn, ['s3:PutObject', 's3:PutObjectRetention'], objects(deployment, region, prefixes));
  encryptAtRest(fn, deployment, region);
}

/** The same for documents about tenants: they are held from the beginning, where a hold stands. Frees nothing. */
export function grantStoreDocuments(
  fn: Grantee,
  deployment: Deployment,
  region: RegionName,
  prefixes: readonly string[],
): void {
  grantStoreObjects(fn, deployment, region, prefixes);
  grantSeeHolds(fn, deployment, region);
  grantChangeHolds(fn, deployment, { region, prefixes, to: 'ON' });
}

function writeObjects(fn: Grantee, deployment: Deployment, region: RegionName, prefixes: readonly string[]): void {
  const actions = [
    ...['s3:PutObject', 's3:PutObjectRetention', 's3:PutObjectTagging'],
    ...['s3:PutObjectVersionTagging', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
  ];
  allowInVault(fn, actions, objects(deployment, region, prefixes));
  // Stores what is held, and frees nothing.
  grantChangeHolds(fn, deployment, { region, prefixes, to: 'ON' });
  encryptAtRest(fn, deployment, region);
}

function encryptAtRest(fn: Grantee, deployment: Deployment, region: RegionName): void {
  allowInVault(fn, ['kms:GenerateDataKey'], [keysWithAlias(deployment, region)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [vaultKeyAlias(deployment)] },
  });
}

/** Deletes by version only: a delete marker, which needs another permission, would hide an object without removing it. */
function expireObjects(fn: Grantee, deployment: Deployment, region: RegionName, prefixes: readonly string[]): void {
  allowInVault(fn, ['s3:PutObjectRetention', 's3:DeleteObjectVersion'], objects(deployment, region, prefixes));
}

function objects(deployment: Deployment, region: RegionName, prefixes: readonly string[]): string[] {
  return prefixes.map(prefix => `${vaultBucketArn(deployment, region)}/${prefix}`);
}
