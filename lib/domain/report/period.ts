/** The periods of reports: whole days in UTC, so that every report of a period has the same range. Pure. */
import * as z from 'zod';
import { DAY_MS } from '../daily-share.ts';

export const REPORT_KINDS = ['daily', 'weekly', 'monthly', 'quarterly', 'yearly'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

/** Days as `2026-01-31`; `to` is not included. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

/** A day of the calendar, as `2026-01-31`. */
export const Day = z.iso.date();

/** `2026-01-31`, in UTC. */
export function dayOfTime(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** The beginning of the day, in milliseconds since 1970. */
export function startOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

/** The last complete period of the kind: weeks begin on Monday. */
export function lastPeriod(kind: ReportKind, now: Date): Period {
  const today = new Date(startOfDay(dayOfTime(now.getTime())));
  const [year, month] = [today.getUTCFullYear(), today.getUTCMonth()];
  const between = (from: number, to: number): Period => ({ from: dayOfTime(from), to: dayOfTime(to) });
  const firstOf = (y: number, m: number) => Date.UTC(y, m, 1);
  if (kind === 'daily') return between(today.getTime() - DAY_MS, today.getTime());
  if (kind === 'weekly') {
    const monday = today.getTime() - ((today.getUTCDay() + 6) % 7) * DAY_MS;
    return between(monday - 7 * DAY_MS, monday);
  }
  if (kind === 'monthly') return between(firstOf(year, month - 1), firstOf(year, month));
  const quarter = month - (month % 3);
  if (kind === 'quarterly') return between(firstOf(year, quarter - 3), firstOf(year, quarter));
  return between(firstOf(year - 1, 0), firstOf(year, 0));
}

/** As many days just before it. */
export function periodBefore({ from, to }: Period): Period {
  return { from: dayOfTime(2 * startOfDay(from) - startOfDay(to)), to: from };
}

/** Its days, in order. */
export function daysOf({ from, to }: Period): string[] {
  const days: string[] = [];
  for (let time = startOfDay(from); time < startOfDay(to); time += DAY_MS) days.push(dayOfTime(time));
  return days;
}
