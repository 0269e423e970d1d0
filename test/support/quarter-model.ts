/** What reports of a simulated quarter must say: counted minute by minute from what happened, without code of the reports. */
import { DAY, type Happened, KEPT_DAYS, MINUTE, type ReportedQuarter } from './reported-quarter.ts';

const OBJECTIVE_MINUTES = { critical: 5, standard: 60, historical: 1440, archive: 10_080 };
type Tier = keyof typeof OBJECTIVE_MINUTES;
const TIERS = Object.keys(OBJECTIVE_MINUTES) as Tier[];

export interface ModelTotals {
  readonly missing: Record<
    'log' | 'backups' | 'verifications' | 'restores' | 'drills' | 'accidents' | 'stored',
    number
  >;
  readonly measuredMinutes: number;
  readonly lateMinutes: Record<Tier, number>;
  readonly lostMinutes: number;
  readonly downMinutes: number;
  readonly changes: number;
  readonly expected: number;
  readonly covered: number;
  readonly snapshots: number;
  readonly durations: number[];
  readonly verifications: { succeeded: number; failed: number };
  readonly restores: Happened['restores'];
  readonly drills: Happened['drills'];
  readonly accidents: number;
}

/** Of the days [from, to), for a report that is made at the time. */
export function modelTotals(quarter: ReportedQuarter, from: number, to: number, madeAt: number): ModelTotals {
  const { happened, tenants, begin } = quarter;
  const cutoff = madeAt - KEPT_DAYS * DAY;
  const ends = happened.runs.filter(run => run.at < madeAt).map(run => run.at);
  // The first run that is still there began where the one before it ended.
  const firstKept = ends.findIndex(at => at >= cutoff);
  const logSince = firstKept <= 0 ? begin : ends[firstKept - 1]!;
  const made = {
    missing: { log: 0, backups: 0, verifications: 0, restores: 0, drills: 0, accidents: 0, stored: 0 },
    ...{ measuredMinutes: 0, lateMinutes: { critical: 0, standard: 0, historical: 0, archive: 0 } },
    ...{ lostMinutes: 0, downMinutes: 0, changes: 0, expected: 0, covered: 0, snapshots: 0 },
    ...{ durations: [] as number[], verifications: { succeeded: 0, failed: 0 } },
    ...{ restores: [] as Happened['restores'], drills: [] as Happened['drills'], accidents: 0 },
  };
  for (let day = from; day < to; day += DAY) {
    const isReported = happened.reported.has(new Date(day).toISOString().slice(0, 10));
    const within = (at: number) => at >= day && at < day + DAY;
    const hasLog = isReported || logSince < day + DAY;
    const isKept = isReported || day >= cutoff;
    if (!hasLog) made.missing.log += 1;
    if (!isKept) made.missing.backups += 1;
    if (!isKept) made.missing.verifications += 1;
    // Soon after its end, everything was there.
    if (!isReported && madeAt !== day + DAY) made.missing.stored += 1;
    if (hasLog) countLog(made, happened, ends, { day, since: isReported ? begin : logSince });
    if (isKept) {
      const own = happened.snapshots.filter(each => within(each.at));
      const due = tenants.filter(each => each.arrives <= day && each.leaves >= day + DAY);
      made.expected += due.length;
      made.covered += due.filter(each => own.some(({ tenant }) => tenant === each.ref)).length;
      made.snapshots += own.length;
      const sorted = own.map(({ ms }) => ms).sort((a, b) => a - b);
      if (sorted.length > 0) made.durations.push(sorted[Math.ceil(sorted.length / 2) - 1]!);
      const outcomes = happened.snapshots.filter(each => each.verified && within(each.verified.at));
      for (const { verified } of outcomes) made.verifications[verified!.ok ? 'succeeded' : 'failed'] += 1;
    }
    made.restores.push(...happened.restores.filter(({ at }) => within(at)));
    made.drills.push(...happened.drills.filter(({ at }) => within(at)));
    made.accidents += happened.accidents.filter(within).length;
  }
  return made;
}

type Counting = {
  -readonly [Part in 'measuredMinutes' | 'lostMinutes' | 'downMinutes' | 'changes']: number;
} & { lateMinutes: Record<Tier, number> };

function countLog(
  made: Counting,
  { runs, lost }: Happened,
  ends: readonly number[],
  { day, since }: { day: number; since: number },
): void {
  let newest = since;
  let next = 0;
  for (let minute = day; minute < day + DAY; minute += MINUTE) {
    while (next < ends.length && ends[next]! <= minute) newest = Math.max(newest, ends[next++]!);
    if (minute < since) continue;
    made.measuredMinutes += 1;
    const age = (minute - newest) / MINUTE;
    for (const tier of TIERS) if (age >= OBJECTIVE_MINUTES[tier]) made.lateMinutes[tier] += 1;
    const isLost = lost.some(({ from, to }) => minute >= from && minute < to);
    if (isLost) made.lostMinutes += 1;
    if (isLost || age >= OBJECTIVE_MINUTES.standard) made.downMinutes += 1;
  }
  for (const run of runs) if (run.at >= day && run.at > since && run.at < day + DAY) made.changes += run.changes;
}
