/**
 * The totals of a period from the measures of its days. Invariant: a day that is not known is counted as not known, and
 * adds nothing; a share is null where nothing was measured.
 */
import * as z from 'zod';
import { TIERS, type Tier } from '../objectives.ts';
import type { DayMeasures, MeasuredDrill, MeasuredRestore } from './day-measures.ts';

const Count = z.number().int().nonnegative();
const Seconds = z.number().nonnegative();
const Share = z.number().min(0).max(1).nullable();

export const PeriodTotals = z.object({
  days: Count,
  /** Days of which each part is not known. */
  missing: z.object({
    ...{ log: Count, backups: Count, verifications: Count, restores: Count },
    ...{ drills: Count, accidents: Count, stored: Count },
  }),
  log: z.object({
    ...{ measuredSeconds: Seconds, downSeconds: Seconds, lostSeconds: Seconds },
    /** Share of the measured time in which the newest moment met the objective of the tier. */
    met: z.record(z.enum(TIERS), Share),
    /** Share of the measured time that was neither late by the objective `standard` nor lost. */
    availability: Share,
    ...{ longestSilenceSeconds: Seconds.nullable(), changes: Count, storedBytes: Count },
  }),
  backups: z.object({
    ...{ expected: Count, covered: Count, snapshots: Count, incrementals: Count, storedBytes: Count },
    /** Tenant days with a snapshot, of those expected. */
    success: Share,
    /** Median of the medians of the days, and the longest. */
    medianMs: Count.nullable(),
    maxMs: Count.nullable(),
  }),
  verifications: z.object({ succeeded: Count, failed: Count }),
  restores: z.object({
    done: Count,
    /** Of all that were measured. */
    ...{ medianSeconds: Seconds.nullable(), maxSeconds: Seconds.nullable() },
    notProved: Count,
    failed: Count,
  }),
  /** Of all kinds; `slow`: proved, but slower than the objective. */
  drills: z.object({ passed: Count, slow: Count, failed: Count }),
  accidents: Count,
  /** At the last day of which it is known. */
  stored: z.object({ day: z.string(), logBytes: Count, backupBytes: Count, tenants: Count }).nullable(),
});
export type PeriodTotals = z.infer<typeof PeriodTotals>;

/** `days`: all of the period, in order. */
export function totalsOfDays(days: readonly DayMeasures[]): PeriodTotals {
  const present = <P extends keyof DayMeasures>(part: P) =>
    days.flatMap(day => (day[part] === null ? [] : [day[part] as NonNullable<DayMeasures[P]>]));
  const missing = (part: keyof DayMeasures) => days.length - present(part).length;
  const stored = days.findLast(day => day.stored !== null);
  const verifications = present('verifications');
  return {
    days: days.length,
    missing: {
      ...{ log: missing('log'), backups: missing('backups'), verifications: missing('verifications') },
      ...{ restores: missing('restores'), drills: missing('drills') },
      ...{ accidents: missing('accidents'), stored: missing('stored') },
    },
    log: logTotals(present('log')),
    backups: backupTotals(present('backups')),
    verifications: {
      succeeded: sum(verifications.map(({ succeeded }) => succeeded)),
      failed: sum(verifications.map(({ failed }) => failed)),
    },
    restores: restoreTotals(present('restores').flat()),
    drills: drillTotals(present('drills').flat()),
    accidents: present('accidents').flat().length,
    stored: stored?.stored ? { day: stored.day, ...stored.stored } : null,
  };
}

function logTotals(logs: readonly NonNullable<DayMeasures['log']>[]): PeriodTotals['log'] {
  const measuredSeconds = sum(logs.map(log => log.measuredSeconds));
  const downSeconds = sum(logs.map(log => log.downSeconds));
  const share = (bad: number) => (measuredSeconds === 0 ? null : 1 - bad / measuredSeconds);
  const late = (tier: Tier) => sum(logs.map(log => log.lateSeconds[tier] ?? 0));
  return {
    ...{ measuredSeconds, downSeconds, lostSeconds: sum(logs.map(log => log.lostSeconds)) },
    met: Object.fromEntries(TIERS.map(tier => [tier, share(late(tier))])) as PeriodTotals['log']['met'],
    availability: share(downSeconds),
    longestSilenceSeconds: logs.length === 0 ? null : Math.max(...logs.map(log => log.longestSilenceSeconds)),
    changes: sum(logs.map(log => log.changes)),
    storedBytes: sum(logs.map(log => log.storedBytes)),
  };
}

function backupTotals(all: readonly NonNullable<DayMeasures['backups']>[]): PeriodTotals['backups'] {
  const durations = all.flatMap(({ durationMs }) => durationMs ?? []);
  const expected = sum(all.map(each => each.expected));
  const covered = sum(all.map(each => each.covered));
  return {
    ...{ expected, covered },
    snapshots: sum(all.map(each => each.snapshots)),
    incrementals: sum(all.map(each => each.incrementals)),
    storedBytes: sum(all.map(each => each.storedBytes)),
    success: expected === 0 ? null : covered / expected,
    medianMs: quantile(
      durations.map(({ median }) => median),
      0.5,
    ),
    maxMs: durations.length === 0 ? null : Math.max(...durations.map(({ max }) => max)),
  };
}

function restoreTotals(recorded: readonly MeasuredRestore[]): PeriodTotals['restores'] {
  const all = recorded.filter(({ outcome }) => outcome === 'done');
  const seconds = all.flatMap(each => each.seconds ?? []);
  return {
    ...{ done: all.length, failed: recorded.length - all.length },
    medianSeconds: quantile(seconds, 0.5),
    maxSeconds: seconds.length === 0 ? null : Math.max(...seconds),
    notProved: all.filter(({ proved }) => proved === false).length,
  };
}

function drillTotals(ended: readonly MeasuredDrill[]): PeriodTotals['drills'] {
  const count = (outcome: MeasuredDrill['outcome']) => ended.filter(each => each.outcome === outcome).length;
  return { passed: count('passed'), slow: count('slow'), failed: count('failed') };
}

/** The value at the share of the sorted values, the nearest rank; null of none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
