/**
 * Runs of the log that form one history. Invariant: a stretch has no hole, is of one source epoch and one system, and goes
 * on to a later timeline only exactly where the earlier one ended; a leftover of a server that failed over is in a stretch
 * of its own. Pure.
 */
import type { Moment, StoredRange } from './backup-chain.ts';
import { type Lsn, parseLsn } from './lsn.ts';
import { epochOf, type SourceIdentity } from './source-epoch.ts';

export interface LogStretch {
  readonly from: Lsn;
  readonly to: Moment;
  /** Where runs of another server, or of a later timeline, begin in it; in log order. */
  readonly sources: readonly { readonly from: Lsn; readonly source: SourceIdentity }[];
  readonly runs: readonly StoredRange[];
}

/** A run or a snapshot that reaches from one epoch into another describes no server's history. */
export function isOfOneEpoch({ from, to }: Pick<StoredRange, 'from' | 'to'>): boolean {
  return epochOf(from) === epochOf(to);
}

/** Whether the WAL up to the position is that of both: the same timeline, or one that the later one left there or beyond. */
function sharesUpTo(position: Lsn, earlier: SourceIdentity, later: SourceIdentity): boolean {
  if (earlier.system !== later.system) return false;
  if (earlier.timeline === later.timeline) return true;
  const left = later.left?.find(({ timeline }) => timeline === earlier.timeline);
  return left !== undefined && position <= parseLsn(left.at);
}

/**
 * Whether the snapshot shows what the log says: the run that has its position has the snapshot's history. A run of an
 * earlier timeline went on where the snapshot's server no longer was.
 */
export function isInHistory({ to, source }: StoredRange, { sources }: LogStretch): boolean {
  const run = sources.findLast(({ from }) => from <= to)?.source;
  return source === undefined || run === undefined || sharesUpTo(to, source, run);
}

/** Whether a run goes on with the history of the stretch: a later timeline exactly where the earlier one was left. */
function goesOn(stretch: LogStretch, { from, source }: StoredRange): boolean {
  const before = stretch.sources.at(-1)?.source;
  if (from > stretch.to.lsn) return false;
  if (before === undefined || source === undefined) return true;
  if (before.system === source.system && before.timeline === source.timeline) return true;
  return from === stretch.to.lsn && sharesUpTo(stretch.to.lsn, before, source);
}

/** Cached by the given list: a month of one-minute runs is evaluated for each snapshot of each tenant. */
const stretchesOf = new WeakMap<readonly StoredRange[], readonly LogStretch[]>();

/** The ranges that the runs cover without a hole, in log order. */
export function logStretches(runs: readonly StoredRange[]): readonly LogStretch[] {
  const known = stretchesOf.get(runs);
  if (known) return known;
  const found: OpenStretch[] = [];
  for (const run of runs.filter(isOfOneEpoch).sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    const last = found.findLast(stretch => goesOn(stretch, run));
    if (last === undefined) found.push(newStretch(run));
    else extend(last, run);
  }
  stretchesOf.set(runs, found);
  return found;
}

type OpenStretch = LogStretch & { to: Moment; sources: LogStretch['sources'][number][]; runs: StoredRange[] };

function newStretch(run: StoredRange): OpenStretch {
  const sources = run.source === undefined ? [] : [{ from: run.from, source: run.source }];
  return { from: run.from, to: { lsn: run.to, time: run.toTime }, sources, runs: [run] };
}

function extend(stretch: OpenStretch, run: StoredRange): void {
  const known = stretch.sources.at(-1)?.source;
  stretch.runs.push(run);
  if (run.source !== undefined && known?.timeline !== run.source.timeline)
    stretch.sources.push({ from: run.from, source: run.source });
  if (run.to > stretch.to.lsn) stretch.to = { lsn: run.to, time: run.toTime };
}
