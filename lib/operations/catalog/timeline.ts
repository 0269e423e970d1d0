/**
 * What can be recovered, for people: one tenant's timeline, and the fleet's status. From the catalog only, without the
 * database. Times are the source server's clock; ages are against the context's clock.
 */
import { isReachable } from '../../domain/backup-chain.ts';
import { formatLsn, parseLsn } from '../../domain/lsn.ts';
import { type TableGap, tableGaps } from '../../domain/table-gaps.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { refOf } from '../context.ts';
import {
  type ArchiveItem,
  archives,
  type BackupItem,
  backups,
  type ErasureItem,
  erasures,
  gaps,
  markers,
  type RestoreCommitItem,
  type RunItem,
  restoreCommits,
  restores,
  runs,
  type TenantItem,
} from './catalog-index.ts';
import { eachTenant } from './each-tenant.ts';
import { assembleMaterial, type RecoveryMaterial, rangesOf, recoveryMaterial } from './recovery-material.ts';

type TimelineDeps = Pick<Deps, 'catalog' | 'clock' | 'installation' | 'progress'>;

export interface TimelineMoment {
  readonly lsn: string;
  readonly time: string;
}

export interface Timeline {
  readonly tenant: TenantRef;
  /** Stretches in which every moment can be recovered, in order. */
  readonly window: readonly { readonly from: TimelineMoment; readonly to: TimelineMoment }[];
  readonly gaps: readonly {
    readonly from: TimelineMoment;
    readonly to: TimelineMoment | null;
    readonly reason: string;
  }[];
  /** Stretches in which some tables cannot be recovered while all others can. */
  readonly tableGaps: readonly TableGap[];
  readonly newest: TimelineMoment | null;
  /** Milliseconds since the newest recoverable moment; null where there is none. */
  readonly newestAgeMs: number | null;
  readonly snapshots: readonly BackupItem[];
  readonly incrementals: readonly BackupItem[];
  readonly markers: readonly {
    readonly name: string;
    readonly lsn: string;
    readonly time: string;
    readonly reachable: boolean;
  }[];
  /** Restores of this tenant as recorded, and where the log saw them commit. */
  readonly restores: readonly unknown[];
  readonly restoreCommits: readonly RestoreCommitItem[];
  readonly erasures: readonly ErasureItem[];
  /** Self-contained copies, oldest first. */
  readonly archives: readonly ArchiveItem[];
}

/** InputError `unknown-tenant`. */
export async function timeline(deps: TimelineDeps, tenant: TenantId): Promise<Timeline> {
  const ref = refOf(deps, tenant);
  const at = await recoveryMaterial(deps, ref);
  const newest = newestMoment(at);
  return {
    tenant: ref,
    window: at.window.stretches.map(({ from, to }) => ({ from: shown(from), to: shown(to) })),
    gaps: at.window.gaps.map(({ from, to, reason }) => ({ from: shown(from), to: to && shown(to), reason })),
    tableGaps: tableGaps(at.gaps, at.backups),
    newest,
    newestAgeMs: newest && ageOf(deps, newest.time),
    snapshots: at.backups.filter(item => item.kind === 'snapshot'),
    incrementals: at.backups.filter(item => item.kind === 'incremental'),
    markers: (await markers.list(deps.catalog, ref)).map(({ name, lsn, time }) => ({
      ...{ name, lsn, time },
      reachable: isReachable(at.window, parseLsn(lsn)),
    })),
    restores: await restores.list(deps.catalog, ref),
    restoreCommits: await restoreCommits.list(deps.catalog, ref),
    erasures: await erasures.list(deps.catalog, ref),
    archives: await archives.list(deps.catalog, ref),
  };
}

export interface TenantStatus {
  readonly tenant: TenantRef;
  /** Null after a rebuild without the tenant's key. */
  readonly tenantId: string | null;
  readonly oldest: TimelineMoment | null;
  readonly newest: TimelineMoment | null;
  readonly newestAgeMs: number | null;
  readonly snapshots: number;
  readonly incrementals: number;
  readonly lastSnapshot: string | null;
  readonly archives: number;
  /** The moment of the newest one. */
  readonly lastArchive: string | null;
  readonly lastVerified: { readonly at: string; readonly ok: boolean; readonly backup: string } | null;
  /** Bytes stored for this tenant's snapshots, incrementals and archives. */
  readonly storedBytes: number;
  readonly gaps: number;
  /** Tables that cannot be recovered to the newest moment, and why. */
  readonly tableGaps: readonly TableGap[];
  /** The log is broken (entirely, or for suspect tables) and only a new snapshot moves the newest moment forward. */
  readonly needsSnapshot: boolean;
  /** Nothing new of it is expected: it left the database, or its key is being destroyed or was. */
  readonly outside?: 'departed' | 'destroyed';
}

export interface FleetStatus {
  readonly tenants: readonly TenantStatus[];
  readonly log: {
    readonly runs: number;
    readonly newest: TimelineMoment | null;
    readonly newestAgeMs: number | null;
    readonly storedBytes: number;
  };
  readonly storedBytes: number;
}

/** Every tenant of the catalog, in the order of the catalog. `read`: the runs of the log, if the caller has read them. */
export async function fleetStatus(deps: TimelineDeps, read?: readonly RunItem[]): Promise<FleetStatus> {
  const log = read ?? (await runs.list(deps.catalog));
  const logRanges = rangesOf(log);
  const all = await eachTenant(deps, 'Reading the catalog', tenant => statusOfTenant(deps, tenant, log, logRanges));
  const last = log.at(-1);
  const logBytes = log.reduce((sum, run) => sum + run.storedBytes, 0);
  return {
    tenants: all,
    log: {
      runs: log.length,
      newest: last ? { lsn: last.to, time: last.toTime } : null,
      newestAgeMs: last ? ageOf(deps, last.toTime) : null,
      storedBytes: logBytes,
    },
    storedBytes: all.reduce((sum, tenant) => sum + tenant.storedBytes, logBytes),
  };
}

/** One tenant of the catalog. `log`: the runs of the log, with their ranges (rangesOf). */
export async function statusOfTenant(
  deps: TimelineDeps,
  { ref, tenantId, left, destruction }: TenantItem,
  log: readonly RunItem[],
  logRanges: ReturnType<typeof rangesOf>,
): Promise<TenantStatus> {
  const [stored, broken, archived] = await Promise.all([
    backups.list(deps.catalog, ref),
    gaps.list(deps.catalog, ref),
    archives.list(deps.catalog, ref),
  ]);
  const known = statusOf(deps, assembleMaterial(ref, stored, log, broken, logRanges), tenantId);
  const status = { ...known, ...archiveStatus(archived, known.storedBytes) };
  if (destruction) return { ...status, outside: 'destroyed' as const };
  return left ? { ...status, outside: 'departed' as const } : status;
}

function archiveStatus(archived: readonly ArchiveItem[], storedBytes: number) {
  const lastArchive = archived.reduce<string | null>(
    (last, { toTime }) => (toTime > (last ?? '') ? toTime : last),
    null,
  );
  const bytes = archived.reduce((sum, item) => sum + item.storedBytes, storedBytes);
  return { archives: archived.length, lastArchive, storedBytes: bytes };
}

function statusOf(
  deps: TimelineDeps,
  at: RecoveryMaterial,
  tenantId: string | null,
): Omit<TenantStatus, 'archives' | 'lastArchive'> {
  const snapshots = at.backups.filter(item => item.kind === 'snapshot');
  const verified = snapshots
    .filter(item => item.verified)
    .sort((a, b) => (a.verified!.at < b.verified!.at ? -1 : 1))
    .at(-1);
  const first = at.window.stretches[0];
  const newest = newestMoment(at);
  const openTables = tableGaps(at.gaps, at.backups).filter(gap => gap.to === null);
  return {
    tenant: at.tenant,
    tenantId,
    oldest: first ? shown(first.from) : null,
    newest,
    newestAgeMs: newest && ageOf(deps, newest.time),
    snapshots: snapshots.length,
    incrementals: at.backups.length - snapshots.length,
    lastSnapshot: snapshots.at(-1)?.createdAt ?? null,
    lastVerified: verified ? { ...verified.verified!, backup: verified.id } : null,
    storedBytes: at.backups.reduce((sum, item) => sum + item.storedBytes, 0),
    gaps: at.window.gaps.length,
    tableGaps: openTables,
    needsSnapshot: !newest || at.window.gaps.some(gap => gap.to === null) || openTables.some(gap => gap.ended),
  };
}

function newestMoment(at: RecoveryMaterial): TimelineMoment | null {
  const last = at.window.stretches.at(-1);
  return last ? shown(last.to) : null;
}

function shown(moment: { lsn: Parameters<typeof formatLsn>[0]; time: string }): TimelineMoment {
  return { lsn: formatLsn(moment.lsn), time: moment.time };
}

function ageOf(deps: Pick<Deps, 'clock'>, time: string): number {
  return Math.max(0, deps.clock.now().getTime() - Date.parse(time));
}
