/**
 * What would happen if everything had to be restored now: predicted from measured rates of stagings (restores and
 * verifications) and of what a restore does beside it, per row. Invariants: without a measurement there is no
 * prediction; a tenant without a snapshot is named as such and never counted as fast.
 */
import { OBJECTIVES, TIERS, type Tier } from '../../domain/objectives.ts';
import type { Readiness, TierReadiness } from '../../domain/report/report.ts';
import type { RestoreRecord } from '../../domain/restore-record.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { backups } from '../catalog/catalog-index.ts';
import { eachTenant } from '../catalog/each-tenant.ts';
import { type StagingHistoryItem, stagingHistory } from '../restore/plan/estimate-restore.ts';
import { type Drill, missedDrills } from './drills-done.ts';
import type { DayDeps } from './measure-days.ts';

interface ReadyTenant {
  readonly tier: Tier;
  readonly stagings: readonly StagingHistoryItem[];
  /** Of the newest snapshot; undefined: there is none. */
  readonly size: { readonly bytes: number; readonly rows: number } | undefined;
}

export interface ReadinessAsked {
  readonly tierOf: (tenant: TenantRef) => Tier;
  /** Of the period: what a restore does beside staging comes from them. */
  readonly records: readonly RestoreRecord[];
  readonly drills: readonly Drill[];
  /** Months of the period that are over, as `2026-01`. */
  readonly months: readonly string[];
}

export async function measureReadiness(
  deps: DayDeps,
  { tierOf, records, drills, months }: ReadinessAsked,
): Promise<Readiness> {
  const all = (
    await eachTenant(deps, 'Predicting restores', async ({ ref, tenantId, left, destruction }) => {
      if (tenantId === null || left || destruction) return [];
      const newest = (await backups.list(deps.catalog, ref)).filter(item => item.kind === 'snapshot').at(-1);
      const size = newest && { bytes: newest.bytes, rows: newest.rows };
      return [{ tier: tierOf(ref), stagings: await stagingHistory(deps, ref), size }];
    })
  ).flat();
  const fleet = msPerByte(all.flatMap(({ stagings }) => stagings));
  const beside = msPerRow(records);
  const seconds = ({ stagings, size }: ReadyTenant) => {
    const rate = msPerByte(stagings) ?? fleet;
    return size === undefined || rate === null ? null : (size.bytes * rate + size.rows * (beside ?? 0)) / 1000;
  };
  const tiers = TIERS.flatMap(tier => {
    const own = all.filter(tenant => tenant.tier === tier);
    return own.length === 0 ? [] : [tierReadiness(tier, own, own.map(seconds))];
  });
  const sums = tiers.map(({ allSeconds }) => allSeconds);
  return {
    tiers,
    allSeconds: sums.length === 0 ? null : addUp(sums),
    basis: { stagings: all.flatMap(({ stagings }) => stagings).length, restores: records.length },
    drills: {
      done: [...drills],
      missed: missedDrills(
        drills,
        tiers.map(({ tier }) => tier),
        months,
      ),
    },
  };
}

function tierReadiness(tier: Tier, own: readonly ReadyTenant[], seconds: readonly (number | null)[]): TierReadiness {
  const sizes = own.flatMap(({ size }) => size ?? []);
  const restorable = seconds.filter((_, index) => own[index]!.size !== undefined);
  const allSeconds = addUp(restorable);
  return {
    ...{ tier, tenants: own.length, objectiveSeconds: OBJECTIVES[tier].recoveryTimeSeconds },
    rows: sizes.reduce((sum, size) => sum + size.rows, 0),
    bytes: sizes.reduce((sum, size) => sum + size.bytes, 0),
    longestSeconds: allSeconds === null || restorable.length === 0 ? null : Math.max(...restorable.map(one => one!)),
    allSeconds: restorable.length === 0 ? null : allSeconds,
    withoutSnapshot: own.length - sizes.length,
    measuredTenants: own.filter(({ stagings }) => stagings.length > 0).length,
  };
}

/** Null where one is not known. */
function addUp(seconds: readonly (number | null)[]): number | null {
  return seconds.includes(null) ? null : seconds.reduce<number>((sum, one) => sum + one!, 0);
}

/** All time over all bytes, replay of the log included; null where nothing was staged. */
function msPerByte(stagings: readonly StagingHistoryItem[]): number | null {
  const bytes = stagings.reduce((sum, item) => sum + item.bytes, 0);
  return bytes === 0 ? null : stagings.reduce((sum, item) => sum + item.loadMs + item.replayMs, 0) / bytes;
}

/** Planning, comparing, writing and proving, over the rows of the restored states. */
function msPerRow(records: readonly RestoreRecord[]): number | null {
  const rows = records.flatMap(({ proof }) => Object.values(proof.rows)).reduce((sum, count) => sum + count, 0);
  const ms = records.reduce((sum, { phases: p }) => sum + p.planMs + p.diffMs + p.applyMs + p.proveMs, 0);
  return rows === 0 ? null : ms / rows;
}
