/**
 * How often tenants of each tier get a snapshot: one schedule runs at the shortest interval, and a run skips who is not due.
 * Invariant: a tenant whose newest snapshot is missing, failed or unusable is due at every run. No moment is lost by a longer
 * interval, for the log has them all; a restore replays more of it.
 */
import * as z from 'zod';
import { OBJECTIVES, TIERS, type Tier } from './objectives.ts';
import { DAYS_A_MONTH, runsPerMonth } from './run-frequency.ts';

const HOUR_MS = 3600 * 1000;
const MOST_HOURS = 7 * 24;
const DAILY_HOURS = 24;

const hours = (tier: Tier) =>
  z
    .number()
    .int()
    .min(1)
    .max(MOST_HOURS)
    .default(DAILY_HOURS)
    .describe(
      `Hours between snapshots of a tenant of the tier ${tier}, whose recovery time is ${OBJECTIVES[tier].recoveryTimeSeconds / 3600} hours. At most a week.`,
    );

export const SnapshotHours = z.strictObject({
  critical: hours('critical'),
  standard: hours('standard'),
  historical: hours('historical'),
  archive: hours('archive'),
} satisfies Record<Tier, z.ZodType>);
export type SnapshotHours = z.infer<typeof SnapshotHours>;

/**
 * `newest`: when the newest usable snapshot was committed, in milliseconds since 1970; undefined where there is none. A run
 * is early or late by minutes: due is who is nearer to this run than to the next one of the shortest interval.
 */
export function isSnapshotDue(newest: number | undefined, tier: Tier, every: SnapshotHours, now: number): boolean {
  if (newest === undefined) return true;
  return now - newest >= (every[tier] - shortestHours(every) / 2) * HOUR_MS;
}

/** Whether a schedule starts as often as the tier with the shortest interval asks. InputError `bad-schedule`. */
export function startsOftenEnough(expression: string, every: SnapshotHours): boolean {
  return (DAYS_A_MONTH * 24) / runsPerMonth(expression) <= shortestHours(every) + 1e-6;
}

function shortestHours(every: SnapshotHours): number {
  return Math.min(...TIERS.map(tier => every[tier]));
}
