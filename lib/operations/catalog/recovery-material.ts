/**
 * What the catalog contains about one tenant's recoverability, in the terms of domain/backup-chain.ts. An index only: a
 * plan verifies every manifest that it finds through it.
 */
import {
  type ChainMaterial,
  type LogGap,
  type RecoveryWindow,
  recoveryWindow,
  type StoredRange,
} from '../../domain/backup-chain.ts';
import { InputError } from '../../domain/errors.ts';
import type { GapEntry } from '../../domain/log-manifest.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { gapEnd } from '../../domain/table-gaps.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { type BackupItem, backups, gaps, type RunItem, runs, tenants } from './catalog-index.ts';
import { heldRuns, withCopies } from './held-log-items.ts';

export interface RecoveryMaterial {
  readonly tenant: TenantRef;
  readonly material: ChainMaterial;
  readonly window: RecoveryWindow;
  readonly backups: readonly BackupItem[];
  readonly runs: readonly RunItem[];
  readonly gaps: readonly GapEntry[];
}

/** InputError `unknown-tenant` where nothing was ever stored for the tenant. */
export async function recoveryMaterial(deps: Pick<Deps, 'catalog'>, tenant: TenantRef): Promise<RecoveryMaterial> {
  const [stored, log, broken] = await Promise.all([
    backups.list(deps.catalog, tenant),
    runs.list(deps.catalog),
    gaps.list(deps.catalog, tenant),
  ]);
  if (stored.length === 0 && (await tenants.get(deps.catalog, tenant)) === undefined) {
    throw new InputError('unknown-tenant', 'Nothing is stored for this tenant.', {
      hint: 'Check the tenant id; `holdfast status` lists the protected tenants.',
    });
  }
  const copied = reachesBefore(stored, log) ? await heldRuns.list(deps.catalog, tenant) : [];
  return assembleMaterial(tenant, stored, withCopies(log, copied), broken);
}

/** A backup is older than the shared log, or that has a hole: the tenant's own copies, if it has any, are needed too. */
function reachesBefore(stored: readonly BackupItem[], log: readonly RunItem[]): boolean {
  const first = log[0];
  if (first === undefined) return true;
  const begin = parseLsn(first.from);
  return (
    stored.some(item => parseLsn(item.from) < begin) ||
    log.some((run, index) => index > 0 && run.previous?.sha256 !== log[index - 1]!.sha256)
  );
}

export function assembleMaterial(
  tenant: TenantRef,
  stored: readonly BackupItem[],
  log: readonly RunItem[],
  broken: readonly GapEntry[],
  logRanges = rangesOf(log),
): RecoveryMaterial {
  const material: ChainMaterial = {
    snapshots: stored.filter(item => item.kind === 'snapshot').map(range),
    incrementals: stored.filter(item => item.kind === 'incremental').map(range),
    runs: logRanges,
    gaps: broken.map(gap => logGap(gap, stored)),
  };
  return { tenant, material, window: recoveryWindow(material), backups: stored, runs: log, gaps: broken };
}

/** Of the log that all tenants share: computed once for queries about many tenants. */
export function rangesOf(log: readonly RunItem[]): readonly StoredRange[] {
  return log.map(range);
}

function range(item: Pick<BackupItem, 'id' | 'from' | 'to' | 'fromTime' | 'toTime' | 'source'>): StoredRange {
  const { id, from, to, fromTime, toTime, source } = item;
  return { id, from: parseLsn(from), to: parseLsn(to), fromTime, toTime, ...(source && { source }) };
}

/** A gap ends where it was detected: a snapshot with a replay start there or later does not need what is missing. */
function logGap(gap: GapEntry, stored: readonly BackupItem[]): LogGap {
  const closing = gap.to === null ? undefined : stored.find(item => item.kind === 'snapshot' && item.to === gap.to);
  const end = gap.seen === undefined ? (closing?.from ?? gap.to) : gapEnd(gap);
  return {
    id: gap.id,
    from: parseLsn(gap.from),
    fromTime: gap.fromTime,
    end: end === null ? null : parseLsn(end),
    reason: gap.reason,
    ...(gap.tables && { tables: gap.tables }),
  };
}
