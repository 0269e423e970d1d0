/**
 * How the recovery point was, from the runs of the log: each makes the moments up to its end recoverable, and until the
 * next one the newest moment only grows older. Invariant: only the time since the first run in the catalog is measured.
 */
import { OBJECTIVES, TIERS, type Tier } from '../../domain/objectives.ts';
import type { DayMeasures } from '../../domain/report/day-measures.ts';
import { clipSpans, coveredMs, lateSpans, longestSilence, type TimeSpan } from '../../domain/report/time-spans.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { gaps, type RunItem, runs } from '../catalog/catalog-index.ts';

export interface MeasuredLog {
  readonly runs: readonly RunItem[];
  /** Moments of no log: milliseconds since 1970. */
  readonly lost: readonly TimeSpan[];
}

/** Before the first slot there was no log to lose. */
const NOT_LOST = new Set(['slot-created', 'suspect', 'unprotected']);

export async function readLog(deps: Pick<Deps, 'catalog' | 'clock'>): Promise<MeasuredLog> {
  const now = deps.clock.now().getTime();
  const whole = (await gaps.list(deps.catalog, SYSTEM)).filter(
    gap => gap.tables === undefined && !NOT_LOST.has(gap.reason),
  );
  const lost = whole.map(gap => ({
    from: Date.parse(gap.fromTime),
    to: gap.toTime === null ? now : Date.parse(gap.toTime),
  }));
  return { runs: await runs.list(deps.catalog), lost };
}

/** Null where nothing of the day was measured. */
export function measureLog({ runs: all, lost }: MeasuredLog, day: TimeSpan, now: number): DayMeasures['log'] {
  const first = all[0];
  if (first === undefined) return null;
  const bounds = { from: Math.max(day.from, Date.parse(first.fromTime)), to: Math.min(day.to, now) };
  if (bounds.from >= bounds.to) return null;
  const moments = [Date.parse(first.fromTime), ...all.map(run => Date.parse(run.toTime))];
  const seconds = (spans: readonly TimeSpan[]) => coveredMs(clipSpans(spans, bounds)) / 1000;
  const late = (tier: Tier) => lateSpans(moments, OBJECTIVES[tier].recoveryPointSeconds * 1000, now);
  const own = all.filter(run => Date.parse(run.toTime) >= day.from && Date.parse(run.toTime) < day.to);
  const sum = (value: (run: RunItem) => number) => own.reduce((total, run) => total + value(run), 0);
  return {
    measuredSeconds: (bounds.to - bounds.from) / 1000,
    lateSeconds: Object.fromEntries(TIERS.map(tier => [tier, seconds(late(tier))])) as Record<Tier, number>,
    lostSeconds: seconds(lost),
    downSeconds: seconds([...late('standard'), ...lost]),
    longestSilenceSeconds: longestSilence(moments, bounds, now) / 1000,
    runs: own.length,
    transactions: sum(run => run.transactions),
    changes: sum(run => run.changes),
    storedBytes: sum(run => run.storedBytes),
  };
}
