/**
 * What would happen if everything had to be restored now: predicted from measured rates of stagings (restores and
 * verifications) and of what drills and restores do beside it, per row; and compared with drills. Invariants: without a measurement there is no
 * prediction; a tenant without a snapshot is named as such and never counted as fast.
 */
import type { DrillRecord, RestorePhases } from '../../domain/drill.ts';
import type { DueDrill } from '../../domain/drill-schedule.ts';
import { OBJECTIVES, TIERS, type Tier } from '../../domain/objectives.ts';
import type { Readiness } from '../../domain/report/report.ts';
import type { RestoreRecord } from '../../domain/restore-record.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { backups } from '../catalog/catalog-index.ts';
import { eachTenant } from '../catalog/each-tenant.ts';
import { type StagingHistoryItem, stagingHistory } from '../restore/plan/estimate-restore.ts';
import type { DayDeps } from './measure-days.ts';
import { drilledRestores, longestSeconds, measuredDrill, missedDrills } from './measure-drills.ts';

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
  /** Signed records of drills of the period, in order of time. */
  readonly drills: readonly DrillRecord[];
  readonly due: readonly DueDrill[];
  /** Months of the period that are over, as `2026-01`. */
  readonly months: readonly string[];
}

export async function measureReadiness(
  deps: DayDeps,
  { tierOf, records, drills, due, months }: ReadinessAsked,
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
  const proved = drilledRestores(drills);
  const beside = msPerRow([
    ...records.map(({ phases, proof }) => ({ phases, rows: Object.values(proof.rows) })),
    ...proved.map(({ restore: { phases, rows } }) => ({ phases, rows: [rows] })),
  ]);
  const seconds = ({ stagings, size }: ReadyTenant) => {
    const rate = msPerByte(stagings) ?? fleet;
    return size === undefined || rate === null ? null : (size.bytes * rate + size.rows * (beside ?? 0)) / 1000;
  };
  const tiers = TIERS.flatMap(tier => {
    const own = all.filter(tenant => tenant.tier === tier);
    return own.length === 0
      ? []
      : [
          {
            ...tierReadiness(tier, own, own.map(seconds)),
            drilledSeconds: longestSeconds(proved.flatMap(each => (each.tier === tier ? [each.restore] : []))),
          },
        ];
  });
  const sums = tiers.map(({ allSeconds }) => allSeconds);
  return {
    tiers,
    allSeconds: sums.length === 0 ? null : addUp(sums),
    basis: {
      stagings: all.reduce((sum, { stagings }) => sum + stagings.length, 0),
      ...{ restores: records.length, drilled: proved.length },
    },
    drills: {
      done: drills.map(measuredDrill),
      missed: missedDrills(
        drills,
        tiers.map(({ tier }) => tier),
        months,
      ),
      due: due.filter(({ state }) => state !== 'done'),
      wholeSystemSeconds: wholeSystemSeconds(drills),
    },
  };
}

/** Of the last one. */
function wholeSystemSeconds(drills: readonly DrillRecord[]): number | null {
  const last = drills.findLast(({ prediction, outcome }) => prediction !== undefined && outcome !== 'failed');
  return last?.prediction === undefined ? null : last.prediction.predictedMs / 1000;
}

function tierReadiness(tier: Tier, own: readonly ReadyTenant[], seconds: readonly (number | null)[]) {
  const sizes = own.flatMap(({ size }) => size ?? []);
  const restorable = seconds.filter((_, index) => own[index]!.size !== undefined);
  const allSeconds = addUp(restorable);
  return {
    ...{ tier, tenants: own.length, objectiveSeconds: OBJECTIVES[tier].recoveryTimeSeconds },
    rows: sizes.reduce((sum, size) => sum + size.rows, 0),
    bytes: sizes.reduce((sum, size) => sum + size.bytes, 0),
    longestSeconds:
      allSeconds === null || restorable.length === 0
        ? null
        : restorable.reduce<number>((most, one) => Math.max(most, one!), 0),
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
function msPerRow(
  done: readonly { readonly phases: RestorePhases; readonly rows: readonly number[] }[],
): number | null {
  const rows = done.flatMap(each => each.rows).reduce((sum, count) => sum + count, 0);
  const ms = done.reduce((sum, { phases: p }) => sum + p.planMs + p.diffMs + p.applyMs + p.proveMs, 0);
  return rows === 0 ? null : ms / rows;
}
