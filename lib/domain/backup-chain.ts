/**
 * Which moments can be recovered, and from what. Pure. A target is reachable if some snapshot ends at or before it
 * and the change log covers every position from the start of that snapshot's replay to the target, without a gap.
 * Invariant: the result of `chooseChain` covers [snapshot.from, target] without a hole, never crosses a gap, and is of one
 * server's history: of one source epoch, of one system, and no part of it is from a timeline that the next one left before.
 */

import { isInHistory, isOfOneEpoch, logStretches } from './log-stretches.ts';
import type { Lsn } from './lsn.ts';
import type { SourceIdentity } from './source-epoch.ts';

/**
 * A stored range. Of a snapshot, `from` is the start of replay and `to` its first target; of log, it contains the
 * commits with a record that starts in [from, to). Times: server clock, ISO UTC.
 */
export interface StoredRange {
  readonly id: string;
  readonly from: Lsn;
  readonly to: Lsn;
  readonly fromTime: string;
  readonly toTime: string;
  /** The server that it was read from; of documents of earlier versions and of incrementals, unknown. */
  readonly source?: SourceIdentity;
}

/** Log in [from, end) is missing or not reliable for this tenant; `end` null: not known to have ended. */
export interface LogGap {
  readonly id: string;
  readonly from: Lsn;
  readonly fromTime: string;
  readonly end: Lsn | null;
  readonly reason: string;
  /** Only these tables are affected: the window ignores such gaps, a plan for the tables does not (table-gaps.ts). */
  readonly tables?: readonly string[];
}

/** All of one tenant, in any order; runs are those of all tenants, incrementals are the tenant's own. */
export interface ChainMaterial {
  readonly snapshots: readonly StoredRange[];
  readonly incrementals: readonly StoredRange[];
  readonly runs: readonly StoredRange[];
  readonly gaps: readonly LogGap[];
}

export interface Moment {
  readonly lsn: Lsn;
  readonly time: string;
}

/** Every position in [from, to] can be recovered. */
export interface Stretch {
  readonly from: Moment;
  readonly to: Moment;
}

export interface RecoveryWindow {
  /** In log order, not adjacent. Empty: no moment can be recovered yet. */
  readonly stretches: readonly Stretch[];
  /** Between the ranges, and after the last one if the log is known to be broken. `to` null: still open. */
  readonly gaps: readonly { readonly from: Moment; readonly to: Moment | null; readonly reason: string }[];
}

export interface BackupChain {
  readonly snapshot: StoredRange;
  readonly incrementals: readonly StoredRange[];
  /** The log needed beyond the incrementals: commits with a record that starts in [logFrom, target]. */
  readonly logFrom: Lsn;
  readonly runs: readonly StoredRange[];
}

/** The moments that can be recovered. */
export function recoveryWindow(material: ChainMaterial): RecoveryWindow {
  const reaches = material.snapshots
    .map(snapshot => ({ snapshot, reach: reachOf(snapshot, material)?.to }))
    .filter(({ snapshot, reach }) => reach !== undefined && reach.lsn >= snapshot.to)
    .sort((a, b) => compare(a.snapshot.to, b.snapshot.to));
  const stretches: Stretch[] = [];
  for (const { snapshot, reach } of reaches) {
    const last = stretches.at(-1);
    if (last && snapshot.to <= last.to.lsn) {
      if (reach!.lsn > last.to.lsn) stretches[stretches.length - 1] = { from: last.from, to: reach! };
    } else {
      stretches.push({ from: { lsn: snapshot.to, time: snapshot.toTime }, to: reach! });
    }
  }
  return { stretches, gaps: gapsBetween(stretches, material) };
}

/** True where the position can be recovered. */
export function isReachable(window: RecoveryWindow, target: Lsn): boolean {
  return window.stretches.some(stretch => stretch.from.lsn <= target && target <= stretch.to.lsn);
}

/** The nearest reachable moments on both sides of a position that cannot be recovered. */
export function nearestMoments(window: RecoveryWindow, target: Lsn): { before?: Moment; after?: Moment } {
  const before = window.stretches.findLast(stretch => stretch.to.lsn <= target)?.to;
  const after = window.stretches.find(stretch => stretch.from.lsn >= target)?.from;
  return { ...(before && { before }), ...(after && { after }) };
}

/** The position of a time: `after` the last range, `before` the first, in a `gap` between two of them. */
export function locateTime(
  window: RecoveryWindow,
  time: string,
): { in: Stretch } | { outside: 'before' | 'after' | 'gap'; before?: Moment; after?: Moment } {
  const within = window.stretches.findLast(stretch => stretch.from.time <= time && time <= stretch.to.time);
  if (within) return { in: within };
  const before = window.stretches.findLast(stretch => stretch.to.time < time)?.to;
  const after = window.stretches.find(stretch => stretch.from.time > time)?.from;
  const outside = !before ? 'before' : !after ? 'after' : 'gap';
  return { outside, ...(before && { before }), ...(after && { after }) };
}

/**
 * The chain for a position: the latest snapshot that serves it, then incrementals as far as they reach, then log
 * runs. Undefined if the position cannot be recovered.
 */
export function chooseChain(material: ChainMaterial, target: Lsn): BackupChain | undefined {
  const candidates = material.snapshots
    .filter(snapshot => snapshot.to <= target)
    .sort((a, b) => compare(b.to, a.to) || compare(b.from, a.from));
  for (const snapshot of candidates) {
    const reach = reachOf(snapshot, material);
    if (reach === undefined || reach.to.lsn < target) continue;
    const usable = material.incrementals.filter(part => part.to <= target && !touchesGap(part, material.gaps));
    const incrementals = cover(usable, snapshot.from, target);
    const logFrom = incrementals.at(-1)?.to ?? snapshot.from;
    const runs = cover(reach.runs, logFrom, target);
    if (logFrom >= target || (runs.at(-1)?.to ?? logFrom) >= target) return { snapshot, incrementals, logFrom, runs };
  }
  return undefined;
}

/** Ranges from one position as far as possible without a hole, each as long as possible. */
function cover(ranges: readonly StoredRange[], from: Lsn, until: Lsn): StoredRange[] {
  const sorted = [...ranges].sort((a, b) => compare(a.from, b.from) || compare(a.to, b.to));
  const chosen: StoredRange[] = [];
  let position = from;
  let next = 0;
  while (position < until) {
    let best: StoredRange | undefined;
    for (; next < sorted.length && sorted[next]!.from <= position; next += 1) {
      if (sorted[next]!.to > (best?.to ?? position)) best = sorted[next];
    }
    if (!best) break;
    chosen.push(best);
    position = best.to;
  }
  return chosen;
}

/** How far the log reaches from a snapshot, and by which runs. */
interface Reach {
  readonly to: Moment;
  readonly runs: readonly StoredRange[];
}

/** Undefined if the snapshot's replay would start inside a gap. */
function reachOf(snapshot: StoredRange, material: ChainMaterial): Reach | undefined {
  if (!isOfOneEpoch(snapshot)) return undefined;
  const log = logStretches(material.runs).find(
    stretch => stretch.from <= snapshot.from && snapshot.from < stretch.to.lsn && isInHistory(snapshot, stretch),
  );
  let reach: Moment = log ? log.to : { lsn: snapshot.from, time: snapshot.fromTime };
  for (const gap of material.gaps) {
    if (gap.tables) continue;
    if (gap.end !== null && snapshot.from >= gap.end) continue;
    if (snapshot.from > gap.from) return undefined;
    if (gap.from < reach.lsn) reach = { lsn: gap.from, time: gap.fromTime };
  }
  return { to: reach, runs: log?.runs ?? [] };
}

/** An open gap of tables does not exclude incrementals: the restore excludes those tables. */
function touchesGap(range: StoredRange, gaps: readonly LogGap[]): boolean {
  const closed = gaps.filter(gap => gap.end !== null || !gap.tables);
  return closed.some(gap => range.to > gap.from && (gap.end === null || range.from < gap.end));
}

function gapsBetween(stretches: readonly Stretch[], material: ChainMaterial): RecoveryWindow['gaps'] {
  const between = stretches.map((stretch, index) => ({ from: stretch.to, to: stretches[index + 1]?.from ?? null }));
  return between
    .map(range => ({ ...range, reason: reasonFor(range.from.lsn, range.to?.lsn, material) }))
    .filter(range => range.to !== null || range.reason !== 'log-missing');
}

function reasonFor(from: Lsn, to: Lsn | undefined, { gaps }: ChainMaterial): string {
  const recorded = gaps.find(
    gap =>
      !gap.tables && (gap.end === null || gap.end > from) && (to === undefined || gap.from < to) && gap.from >= from,
  );
  return recorded?.reason ?? 'log-missing';
}

function compare(a: Lsn, b: Lsn): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
