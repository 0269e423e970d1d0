/**
 * What is known of days, for reports and the status page. Invariants: a day whose signed report is altered is not known, even
 * if the catalog says something; what later reports or the catalog now say of a loss of log makes a day worse, never better.
 */
import { DAY_MS } from '../../domain/daily-share.ts';
import { CORRECTED_DAYS, corrected, correctionOf, type DayCorrection } from '../../domain/report/day-corrections.ts';
import { type DayMeasures, unmeasuredDay } from '../../domain/report/day-measures.ts';
import { dayOfTime, daysOf, startOfDay } from '../../domain/report/period.ts';
import { type ReportedDays, reportedDays } from './kept-reports.ts';
import { type DayDeps, measureDays } from './measure-days.ts';
import { type MeasuredLog, measureLog, readLog } from './measure-log.ts';

interface KnownDays {
  /** One for each day, in order. */
  readonly days: readonly DayMeasures[];
  /** What the signed reports of days do not say, and is in `days`. */
  readonly corrections: readonly DayCorrection[];
  /** What they were measured with; nothing was read for no days. */
  readonly log?: MeasuredLog;
}

/** Signed daily reports first: they were measured when everything was there. `days`: in order, without gaps. */
export async function knownDays(deps: DayDeps, days: readonly string[], recordsFailures: boolean): Promise<KnownDays> {
  if (days.length === 0) return { days: [], corrections: [] };
  const log = await readLog(deps);
  const reported = await reportedDays(deps, [...days, ...daysAfter(days.at(-1)!, deps.clock.now())]);
  const open = days.filter(day => !reported.measures.has(day) && !reported.altered.includes(day));
  const measured = await measureDays(deps, { days: open, recordsFailures, log });
  const byDay = new Map(measured.map(each => [each.day, each]));
  const corrections: DayCorrection[] = [];
  const known = days.map(day => {
    const signed = reported.measures.get(day);
    if (signed === undefined) return byDay.get(day) ?? unmeasuredDay(day);
    const said = withSaid(signed, reported);
    const news = newsOf(said, log, deps.clock.now());
    const now = news ? corrected(said, news) : said;
    const correction = correctionOf(signed, now.log);
    if (correction) corrections.push(correction);
    return now;
  });
  return { days: known, corrections, log };
}

/** What became known of days before `from` that no signed report says yet. */
export async function correctionsBefore(deps: DayDeps, from: string): Promise<DayCorrection[]> {
  const now = deps.clock.now();
  const first = dayOfTime(startOfDay(from) - CORRECTED_DAYS * DAY_MS);
  const before = daysOf({ from: first, to: from });
  const reported = await reportedDays(deps, [...before, ...daysAfter(before.at(-1)!, now)]);
  const log = await readLog(deps);
  return before.flatMap(day => {
    const signed = reported.measures.get(day);
    return (signed && newsOf(withSaid(signed, reported), log, now)) ?? [];
  });
}

/** With what the reports of later days say. */
function withSaid(signed: DayMeasures, { corrections }: ReportedDays): DayMeasures {
  return (corrections.get(signed.day) ?? []).reduce(corrected, signed);
}

/** What the catalog says beyond it. */
function newsOf(said: DayMeasures, log: MeasuredLog, now: Date): DayCorrection | undefined {
  const span = { from: startOfDay(said.day), to: startOfDay(said.day) + DAY_MS };
  return correctionOf(said, measureLog(log, span, now.getTime()));
}

/** Those whose reports can say something of days until this one. */
function daysAfter(last: string, now: Date): string[] {
  const from = startOfDay(last) + DAY_MS;
  const to = Math.min(now.getTime(), from + CORRECTED_DAYS * DAY_MS);
  return daysOf({ from: dayOfTime(from), to: dayOfTime(to) });
}
