/**
 * Drills of a time, by their signed records and by nothing else. Invariants: a day with a record that is not what was signed
 * is not known; a drill counts by when it ended, and a game day, which restores nothing, proves no recovery.
 */
import type { DrillRecord, ProvedRestore } from '../../domain/drill.ts';
import { idTime } from '../../domain/new-id.ts';
import type { Tier } from '../../domain/objectives.ts';
import type { DayMeasures, MeasuredDrill } from '../../domain/report/day-measures.ts';
import { dayOfTime } from '../../domain/report/period.ts';
import type { Readiness } from '../../domain/report/report.ts';
import type { TimeSpan } from '../../domain/report/time-spans.ts';
import type { Deps } from '../../ports.ts';
import { listDrills } from '../storage/drill-records.ts';

export interface ReadDrills {
  /** In order of time. */
  readonly records: readonly DrillRecord[];
  /** Days on which a drill began whose record is not what was signed. */
  readonly unknownDays: ReadonlySet<string>;
}

/** Of all time. */
export async function readDrills(deps: Pick<Deps, 'vault' | 'signer'>): Promise<ReadDrills> {
  const { drills, altered } = await listDrills(deps);
  const begun = altered.map(key => idTime(key.slice(key.lastIndexOf('/') + 1)));
  return {
    records: drills.map(({ record }) => record).sort((a, b) => (a.endedAt < b.endedAt ? -1 : 1)),
    unknownDays: new Set(begun.flatMap(time => (time === undefined ? [] : [dayOfTime(time)]))),
  };
}

export function drillsWithin({ records }: ReadDrills, { from, to }: TimeSpan): DrillRecord[] {
  return records.filter(({ endedAt }) => Date.parse(endedAt) >= from && Date.parse(endedAt) < to);
}

export function measureDrills(drills: ReadDrills, day: TimeSpan): DayMeasures['drills'] {
  return drills.unknownDays.has(dayOfTime(day.from)) ? null : drillsWithin(drills, day).map(measuredDrill);
}

export function measuredDrill({ id, kind, endedAt, outcome, tenants }: DrillRecord): MeasuredDrill {
  const proved = tenants.filter(each => each.outcome !== 'failed');
  return {
    ...{ id, kind, at: endedAt, outcome, tenants: tenants.length, proved: proved.length },
    seconds: longestSeconds(proved.flatMap(({ restore }) => restore ?? [])),
  };
}

/** Null of none. */
export function longestSeconds(restores: readonly Pick<ProvedRestore, 'recoveryMs'>[]): number | null {
  return restores.length === 0 ? null : restores.reduce((most, { recoveryMs }) => Math.max(most, recoveryMs), 0) / 1000;
}

/** Recoveries that drills proved, with the tier that the tenant had then. */
export function drilledRestores(records: readonly DrillRecord[]): { tier: Tier; at: string; restore: ProvedRestore }[] {
  return records.flatMap(({ endedAt, tenants }) =>
    tenants.flatMap(({ tier, outcome, restore }) =>
      restore !== null && outcome !== 'failed' ? [{ tier, at: endedAt, restore }] : [],
    ),
  );
}

/** Months and tiers without a tenant that a drill proved. */
export function missedDrills(
  records: readonly DrillRecord[],
  tiers: readonly Tier[],
  months: readonly string[],
): Readiness['drills']['missed'] {
  const proved = new Set(drilledRestores(records).map(({ tier, at }) => `${at.slice(0, 7)} ${tier}`));
  return months.flatMap(month => tiers.filter(tier => !proved.has(`${month} ${tier}`)).map(tier => ({ month, tier })));
}
