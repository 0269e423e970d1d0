/**
 * Tries of a recovery: restores beside the live rows or into another database, as recorded. Due is one for each tier in
 * each month. This is the place where records of drills join them.
 */
import type { Tier } from '../../domain/objectives.ts';
import type { Readiness } from '../../domain/report/report.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { RestoredTenant } from './measure-restores.ts';

export type Drill = Readiness['drills']['done'][number];

/** In order of time. */
export function drillsAmong(all: readonly RestoredTenant[], tierOf: (tenant: TenantRef) => Tier): Drill[] {
  const tried = all
    .flatMap(({ restores }) => restores.map(({ measured }) => measured))
    .filter(({ place, outcome }) => outcome === 'done' && (place === 'side-by-side' || place === 'into-database'));
  return tried
    .map(({ tenant, at, seconds, proved }) => ({ tenant, tier: tierOf(tenant), at, seconds, proved }))
    .sort((a, b) => (a.at < b.at ? -1 : 1));
}

/** A try that did not prove what it restored is none. */
export function missedDrills(
  done: readonly Drill[],
  tiers: readonly Tier[],
  months: readonly string[],
): Readiness['drills']['missed'] {
  const isDone = (month: string, tier: Tier) =>
    done.some(drill => drill.tier === tier && drill.at.startsWith(month) && drill.proved === true);
  return months.flatMap(month => tiers.filter(tier => !isDone(month, tier)).map(tier => ({ month, tier })));
}
