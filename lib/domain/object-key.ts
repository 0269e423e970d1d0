/**
 * With governance-key.ts the only definition of vault paths. All objects of one tenant are under `tenants/<ref>/`, so that holds, retention
 * and access policies can name a prefix; the change log of all tenants is one pack and one manifest per run under
 * `log/` (each tenant's segment in it sealed under that tenant's key). The state of a running snapshot has a separate
 * prefix, so that a lifecycle rule can remove all of it and nothing else.
 */
import {
  AUDIT_PREFIX,
  auditPrefix,
  GOVERNANCE_KINDS,
  GOVERNANCE_PREFIX,
  governanceKey,
  governancePrefix,
} from './governance-key.ts';
import { type Lsn, sortableLsn } from './lsn.ts';
import type { ManifestKind } from './manifest.ts';
import { AUDITORS, parseTenantRef, SYSTEM, type TenantRef } from './tenant.ts';

export const TENANTS_PREFIX = 'tenants/';
export const CHECKPOINTS_PREFIX = 'checkpoints/';
/** Copies of the pooled mode's branch keys; a lifecycle rule removes them. */
export const KEY_COPIES_PREFIX = 'key-copies/';
/** Signed lists of what expired, for the other regions; a lifecycle rule removes them. */
export const REMOVALS_PREFIX = 'removals/';
/** What this vault accepted as the state of the regions: each place has its own, and replication must leave it out. */
export const REGION_STATES_PREFIX = 'region-states/';
/** What a witness saw of the regions: in its own vault alone. */
const WITNESS_PROBES_PREFIX = 'witness-probes/';
/** What is a region's own, where replication leaves nothing out: under the name of its region. */
const PLACES_PREFIX = 'places/';
export const LOG_PREFIX = 'log/';
export const LOG_MANIFESTS_PREFIX = `${LOG_PREFIX}manifests/`;
export const LOG_INDEXES_PREFIX = `${LOG_PREFIX}indexes/`;

export function tenantPrefix(tenant: TenantRef): string {
  return tenant === SYSTEM || tenant === AUDITORS ? `${tenant}/` : `${TENANTS_PREFIX}${tenant}/`;
}

/** All objects of one tenant in the vault, and no others. */
export function prefixesOf(tenant: TenantRef): readonly string[] {
  return [tenantPrefix(tenant), `${CHECKPOINTS_PREFIX}${tenant}/`];
}

/** Expiry never removes these, whatever names them. */
export function isPermanent(key: string): boolean {
  return [AUDIT_PREFIX, GOVERNANCE_PREFIX, REGION_STATES_PREFIX, PLACES_PREFIX].some(prefix => key.startsWith(prefix));
}

/** Everything that is the own of a region whose vault is replicated whole. */
export function placePrefix(region: string): string {
  return `${PLACES_PREFIX}${region}/`;
}

/** Sorts by the term. */
export function regionStateKey(term: number): string {
  return `${REGION_STATES_PREFIX}${String(term).padStart(10, '0')}`;
}

/** Of one region, oldest first. */
export function witnessProbesPrefix(region: string): string {
  return `${WITNESS_PROBES_PREFIX}${region}/`;
}

/** Sorts by the time. */
export function witnessProbeKey(region: string, at: Date): string {
  return `${witnessProbesPrefix(region)}${String(at.getTime()).padStart(15, '0')}`;
}

/** The kind of an object of this tenant: what follows its prefix, without ids. */
export function kindOfObject(tenant: TenantRef, key: string): string {
  if (key.startsWith(CHECKPOINTS_PREFIX)) return 'checkpoints';
  const path = key.slice(tenantPrefix(tenant).length).split('/');
  return path.slice(0, Math.max(1, path.length - 1)).join('/');
}

/**
 * Everything of the tenant that a legal hold keeps. The state of running snapshots is not part of it: the rows in it are
 * in the snapshot once that is complete.
 */
export function heldPrefixes(tenant: TenantRef): readonly string[] {
  return [tenantPrefix(tenant), auditPrefix(tenant), ...GOVERNANCE_KINDS.map(kind => governancePrefix(kind, tenant))];
}

/** The tenant whose holds apply to the object; undefined for what belongs to no single tenant. */
export function holdableOwner(key: string): TenantRef | undefined {
  const ref = /^(?:tenants|audit|governance\/[a-z-]+)\/([^/]+)\//.exec(key)?.[1];
  return ref === undefined ? undefined : parseTenantRef(ref);
}

/** The tenant's digest key, sealed under the tenant's key. */
export function digestKeyKey(tenant: TenantRef): string {
  return `${tenantPrefix(tenant)}digest-key`;
}

/** The signed list of a copy's pages; a copy exists when it exists. */
export function keyCopyKey(id: string): string {
  return `${KEY_COPIES_PREFIX}${id}/copy`;
}

export function keyCopyPageKey(id: string, page: number): string {
  return `${KEY_COPIES_PREFIX}${id}/${String(page).padStart(4, '0')}`;
}

/** Undefined for a page. */
export function keyCopyIdOf(key: string): string | undefined {
  return /^key-copies\/([^/]+)\/copy$/.exec(key)?.[1];
}

/** Sorts by the time of the removal. */
export function removalListKey(id: string): string {
  return `${REMOVALS_PREFIX}${id}`;
}

/** An archive, sealed: beside its manifest, and of no other use. */
export function archiveKey(tenant: TenantRef, id: string): string {
  return `${tenantPrefix(tenant)}archives/${id}`;
}

/** Exports that wait to be fetched: sealed parts, and the signed list of each. */
export function exportsPrefix(tenant: TenantRef): string {
  return `${tenantPrefix(tenant)}exports/`;
}

/** A part of the export of a request; `name` has no slash. */
export function exportPartKey(tenant: TenantRef, request: string, name: string): string {
  return `${exportsPrefix(tenant)}${request}.${name}`;
}

/** The request that a part is of. */
export function exportRequestOf(tenant: TenantRef, key: string): string {
  return key.slice(exportsPrefix(tenant).length).split('.', 1)[0]!;
}

export function packKey(tenant: TenantRef, backup: string, number: number): string {
  return `${packPrefix(tenant)}${backup}-${String(number).padStart(4, '0')}`;
}

export function packPrefix(tenant: TenantRef): string {
  return `${tenantPrefix(tenant)}packs/`;
}

/** The progress of a part of a running snapshot: chunk index and next key, sealed. */
export function checkpointKey(tenant: TenantRef, backup: string, part: number, sequence: number): string {
  return `${checkpointPrefix(tenant, backup, part)}${String(sequence).padStart(5, '0')}`;
}

/** The complete state of a running snapshot. */
function snapshotRunPrefix(tenant: TenantRef, backup: string): string {
  return `${CHECKPOINTS_PREFIX}${tenant}/${backup}/`;
}

/** The plan of a snapshot in parts, sealed. */
export function snapshotPlanKey(tenant: TenantRef, backup: string): string {
  return `${snapshotRunPrefix(tenant, backup)}plan`;
}

/** The tenant's retention, as it was in force: signed, sorted by the place in its history. */
export function retentionPolicyPrefix(tenant: TenantRef): string {
  return `${tenantPrefix(tenant)}retention/`;
}

export function retentionPolicyKey(tenant: TenantRef, sequence: number): string {
  return `${retentionPolicyPrefix(tenant)}${String(sequence).padStart(8, '0')}`;
}

/** Approved changes of the policy with this place in the tenant's history. */
export function policyApprovalPrefix(tenant: TenantRef, replaces: number): string {
  return governanceKey('policies', tenant, `${String(replaces).padStart(8, '0')}/`);
}

/** A restore's plan while it waits for approval, sealed. */
export function restorePlanKey(tenant: TenantRef, id: string): string {
  return `${tenantPrefix(tenant)}restore-plans/${id}`;
}

/** The id of a plan of this tenant; undefined for any other key. */
export function planIdOfKey(tenant: TenantRef, key: string): string | undefined {
  const prefix = restorePlanKey(tenant, '');
  return key.startsWith(prefix) && key.length > prefix.length ? key.slice(prefix.length) : undefined;
}

/** All checkpoints of one part, the latest last. */
export function checkpointPrefix(tenant: TenantRef, backup: string, part: number): string {
  return `${snapshotRunPrefix(tenant, backup)}${String(part).padStart(5, '0')}-`;
}

/** What a part has read so far: pages of its list of chunks, sealed. */
export function partPagesKey(tenant: TenantRef, backup: string, attempt: string, number: number): string {
  return `${snapshotRunPrefix(tenant, backup)}pages-${attempt}-${String(number).padStart(4, '0')}`;
}

export function manifestKey(tenant: TenantRef, kind: Exclude<ManifestKind, 'log' | 'log-index'>, id: string): string {
  return `${manifestPrefix(tenant, kind)}${id}.json`;
}

/** Manifests of all kinds, or of one. */
export function manifestPrefix(tenant: TenantRef, kind?: Exclude<ManifestKind, 'log' | 'log-index'>): string {
  return `${tenantPrefix(tenant)}manifests/${kind === undefined ? '' : `${kind}/`}`;
}

export function logPackKey(to: Lsn, id: string, number: number): string {
  return `${LOG_PREFIX}packs/${sortableLsn(to)}-${id}-${String(number).padStart(4, '0')}`;
}

/** Sorts by the run's end. */
export function logManifestKey(to: Lsn, id: string): string {
  return `${LOG_MANIFESTS_PREFIX}${sortableLsn(to)}-${id}.json`;
}

/** One shard of a log index. Sorts by the index's end. */
export function logIndexKey(to: Lsn, id: string, shard: number): string {
  return `${LOG_INDEXES_PREFIX}${sortableLsn(to)}-${logIndexShardId(id, shard)}.json`;
}

/** Id of the shard's manifest. */
export function logIndexShardId(id: string, shard: number): string {
  return `${id}-${String(shard).padStart(4, '0')}`;
}
