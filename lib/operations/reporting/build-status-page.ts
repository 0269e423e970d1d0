/** The status page from signed reports, the catalog and signed posts. Reads only. */
import { DAY_MS } from '../../domain/daily-share.ts';
import { dayOfTime, daysOf, startOfDay } from '../../domain/report/period.ts';
import { STATUS_DAYS, type StatusPage, statusPageOf } from '../../domain/status-page/status-page.ts';
import type { StatusComponent } from '../../domain/status-page/status-post.ts';
import { knownDays } from './known-days.ts';
import type { DayDeps } from './measure-days.ts';
import { standingState } from './standing-state.ts';
import { listIncidents } from './status-posts.ts';

export interface StatusPageAsked {
  readonly title: string;
  /** Those that are shown, with their incidents. @default - all */
  readonly components?: readonly StatusComponent[];
  /** Failures are recorded: on AWS. */
  readonly recordsFailures: boolean;
}

/** `altered`: keys of posts that do not verify. Throws what the catalog and the vault throw. */
export async function buildStatusPage(
  deps: DayDeps,
  { title, components, recordsFailures }: StatusPageAsked,
): Promise<{ readonly page: StatusPage; readonly altered: readonly string[] }> {
  const now = deps.clock.now();
  const tomorrow = startOfDay(dayOfTime(now.getTime())) + DAY_MS;
  const days = daysOf({ from: dayOfTime(tomorrow - STATUS_DAYS * DAY_MS), to: dayOfTime(tomorrow) });
  const { incidents, altered } = await listIncidents(deps);
  // The log is most of what is read: once.
  const { days: measured, log } = await knownDays(deps, days, recordsFailures);
  const page = statusPageOf({
    ...{ title, ...(components && { components }), now, incidents, unverifiedPosts: altered.length },
    days: measured,
    standing: await standingState(deps, log),
  });
  return { page, altered };
}
