/**
 * What is known of days, for reports and the status page. Invariant: a day whose signed report is altered is not known, even
 * if the catalog says something.
 */
import { type DayMeasures, unmeasuredDay } from '../../domain/report/day-measures.ts';
import { reportedDays } from './kept-reports.ts';
import { type DayDeps, measureDays } from './measure-days.ts';

/** One for each day, in order. Those of signed reports first: they were measured when everything was there. */
export async function knownDays(
  deps: DayDeps,
  days: readonly string[],
  recordsFailures: boolean,
): Promise<DayMeasures[]> {
  const { measures, altered } = await reportedDays(deps, days);
  const open = days.filter(day => !measures.has(day) && !altered.includes(day));
  const measured = new Map((await measureDays(deps, { days: open, recordsFailures })).map(each => [each.day, each]));
  return days.map(day => measures.get(day) ?? measured.get(day) ?? unmeasuredDay(day));
}
