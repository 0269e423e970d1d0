/**
 * What became known of a day after its signed report: a loss of log that began before midnight is found when the shipper
 * runs again, and the signed report stays as it is. Invariant: a correction makes a day worse and never better. Pure.
 */
import * as z from 'zod';
import type { DayMeasures } from './day-measures.ts';

/** How many days a daily report looks back. */
export const CORRECTED_DAYS = 35;

const Seconds = z.number().nonnegative();

export const DayCorrection = z.object({
  day: z.string(),
  /** As in the measures of the day: what is known now, not what is added. */
  ...{ lostSeconds: Seconds, downSeconds: Seconds },
});
export type DayCorrection = z.infer<typeof DayCorrection>;

/** Undefined where `now` says nothing worse of the same day. */
export function correctionOf(known: DayMeasures, now: DayMeasures['log']): DayCorrection | undefined {
  if (known.log === null || now === null) return undefined;
  const { log } = corrected(known, { ...now, day: known.day });
  const { lostSeconds, downSeconds } = log!;
  const isWorse = lostSeconds > known.log.lostSeconds || downSeconds > known.log.downSeconds;
  return isWorse ? { day: known.day, lostSeconds, downSeconds } : undefined;
}

/** A day without a measured log stays as it is: it counts neither as up nor as down. */
export function corrected(known: DayMeasures, { lostSeconds, downSeconds }: DayCorrection): DayMeasures {
  const { log } = known;
  if (log === null) return known;
  const worse = (before: number, after: number) => Math.max(before, Math.min(after, log.measuredSeconds));
  return {
    ...known,
    log: {
      ...log,
      lostSeconds: worse(log.lostSeconds, lostSeconds),
      downSeconds: worse(log.downSeconds, downSeconds),
    },
  };
}
