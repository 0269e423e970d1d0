/**
 * Grants for the audit trail and the anchors over it. Invariants, enforced by tests: nobody can delete an event, shorten
 * its lock or store one under a taken place; who writes events has no key that opens one, except in pooled mode, where
 * sealing opens the auditors' branch key.
 */
import { AUDIT_PREFIX, governancePrefix } from '../../domain/governance-key.ts';
import { placePrefix } from '../../domain/object-key.ts';
import { AUDITORS, SYSTEM } from '../../domain/tenant.ts';
import type { Deployment } from '../deployment.ts';
import { awsRegion, catalogTableName, keysTableName, type RegionName } from '../names.ts';
import { grantNotify } from './access.ts';
import { grantSign } from './access-keys.ts';
import { grantReadObjects, grantStoreDocuments, grantStoreObjects } from './access-vault.ts';
import { allowInVault, type Grantee, keysWithAlias, table } from './grant.ts';

const ANCHORS = `${governancePrefix('anchors', SYSTEM)}*`;
/** Partition of the catalog in which the chains' ends are noted (operations/catalog/audit-heads.ts). */
const HEADS = 'audit#heads';

/** Where the trail of that region lies: the secondary has its own where it can take over (operations/failover/place-vault.ts). */
function ownPrefix(deployment: Deployment, region: RegionName): string {
  const isOwn = deployment.failover !== undefined && region !== 'primary';
  return isOwn ? placePrefix(awsRegion(deployment, region)) : '';
}

function eventsIn(deployment: Deployment, region: RegionName): string[] {
  return [`${ownPrefix(deployment, region)}${AUDIT_PREFIX}*`];
}

function anchorsIn(deployment: Deployment, region: RegionName): string[] {
  return [`${ownPrefix(deployment, region)}${ANCHORS}`];
}

/** Appends events to the audit trail, signed and sealed, and alarms if that fails. */
export function grantAppendAudit(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, eventsIn(deployment, region));
  grantStoreDocuments(fn, deployment, region, eventsIn(deployment, region));
  grantSealForAuditors(fn, deployment, region);
  grantSign(fn, deployment, region);
  grantNotify(fn, deployment, region);
  allowHeads(fn, deployment, region, ['dynamodb:GetItem', 'dynamodb:UpdateItem']);
}

/** Reads and opens events and anchors, and asks the catalog which chains it knows of. */
export function grantReadAudit(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, [...eventsIn(deployment, region), ...anchorsIn(deployment, region)]);
  grantOpenForAuditors(fn, deployment, region);
  allowHeads(fn, deployment, region, ['dynamodb:GetItem', 'dynamodb:Query']);
}

/** Reads anchors, stores new ones, and lengthens the locks of their pages. */
export function grantAnchorAudit(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantAppendAudit(fn, deployment, region);
  grantReadObjects(fn, deployment, region, anchorsIn(deployment, region));
  grantStoreObjects(fn, deployment, region, anchorsIn(deployment, region));
}

/** Seals under the existing key of the auditors. */
export function grantSealForAuditors(fn: Grantee, deployment: Deployment, region: RegionName): void {
  if (deployment.keys.mode === 'pooled') {
    grantOpenForAuditors(fn, deployment, region);
    return;
  }
  findKey(fn, deployment, region);
  allowInVault(fn, ['kms:GenerateDataKey'], [keysWithAlias(deployment, region)], {
    StringEquals: { 'kms:EncryptionContext:holdfast:owner': AUDITORS },
  });
}

/** Opens what is sealed under the auditors' key. */
export function grantOpenForAuditors(fn: Grantee, deployment: Deployment, region: RegionName): void {
  findKey(fn, deployment, region);
  const pooled = deployment.keys.mode === 'pooled';
  const owner = pooled ? 'kms:EncryptionContext:branch-key-id' : 'kms:EncryptionContext:holdfast:owner';
  allowInVault(fn, ['kms:Decrypt'], [keysWithAlias(deployment, region)], { StringEquals: { [owner]: AUDITORS } });
}

function findKey(fn: Grantee, deployment: Deployment, region: RegionName): void {
  allowInVault(fn, ['kms:DescribeKey'], [keysWithAlias(deployment, region)]);
  allowInVault(fn, ['dynamodb:GetItem', 'dynamodb:Query'], [table(deployment, region, keysTableName(deployment))], {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [AUDITORS] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
}

function allowHeads(fn: Grantee, deployment: Deployment, region: RegionName, actions: string[]): void {
  const heads = ownPrefix(deployment, region) === '' ? HEADS : `${HEADS}#${awsRegion(deployment, region)}`;
  allowInVault(fn, actions, [table(deployment, region, catalogTableName(deployment))], {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [heads] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
}
