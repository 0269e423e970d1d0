/**
 * The rules of log indexes. An index represents a closed range of runs: for some of the tenants (a shard) it
 * repeats the manifest of each run, so that a reader of one tenant reads one document an hour instead of sixty.
 *
 * Invariants: the range of an index has no hole, and each run in it names the one before by digest; all segments of a
 * tenant in the range are in the one shard that its reference determines. Pure.
 */

import type { IndexedRun, LogIndexBody } from './log-manifest.ts';
import { type Lsn, parseLsn } from './lsn.ts';
import type { ManifestHeader } from './manifest.ts';
import { SYSTEM, type TenantRef } from './tenant.ts';

/**
 * Maximum segments of an index, which the writer keeps in memory, about 2 KB each: the range ends before there are
 * more.
 */
export const INDEX_SEGMENTS = 100_000;
const MAX_BITS = 10;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * There are 2^bits shards: the fewest with about the target number of segments each. 1,000 segments are about 280 KB
 * stored.
 */
export function shardBits(segments: number, perShard: number): number {
  return Math.min(MAX_BITS, Math.max(0, Math.ceil(Math.log2(segments / perShard))));
}

/** The first bits of the reference: its characters are five bits each, and evenly spread. `system` is in every shard. */
export function shardOf(tenant: TenantRef, bits: number): number {
  if (tenant === SYSTEM) return 0;
  const [first, second] = [ALPHABET.indexOf(tenant[0]!), ALPHABET.indexOf(tenant[1]!)];
  return ((first << 5) | second) >> (MAX_BITS - bits);
}

/** A run in the catalog. */
interface KnownRun {
  readonly from: string;
  readonly to: string;
  readonly toTime: string;
  readonly sha256: string;
  readonly previous: { readonly sha256: string } | null;
  readonly tenants: number;
}

export interface StretchLimits {
  readonly minutes: number;
  readonly runs: number;
}

/**
 * The closed ranges of consecutive runs: the same whatever runs follow. A range ends with the period, where runs are
 * not consecutive, and where it is large enough; a range of a single run is omitted. Open ranges are not included.
 */
export function closedStretches<R extends KnownRun>(runs: readonly R[], limits: StretchLimits): R[][] {
  const closed: R[][] = [];
  let open: R[] = [];
  let segments = 0;
  const close = () => {
    if (open.length > 1) closed.push(open);
    open = [];
    segments = 0;
  };
  for (const run of runs) {
    const before = open.at(-1);
    const apart = before !== undefined && !follows(before, run);
    // An empty run ends where the one before does: its position does not determine its index.
    if (run.from === run.to) {
      close();
      continue;
    }
    const full = segments + run.tenants > INDEX_SEGMENTS;
    if (before && (apart || full || periodOf(run, limits) !== periodOf(before, limits))) close();
    open.push(run);
    segments += run.tenants;
    if (open.length >= limits.runs) close();
  }
  return closed;
}

function periodOf({ toTime }: KnownRun, { minutes }: StretchLimits): number {
  return Math.floor(Date.parse(toTime) / (minutes * 60_000));
}

/** Whether nothing is between the two. */
export function follows(
  before: { readonly to: string; readonly sha256: string },
  run: { readonly from: string; readonly previous: { readonly sha256: string } | null },
): boolean {
  return run.from === before.to && run.previous?.sha256 === before.sha256;
}

/** Runs that are not before the position; one that ends there is before it, unless it is empty. */
export function isAfter(position: Lsn): (run: { readonly from: string; readonly to: string }) => boolean {
  return run => parseLsn(run.to) > position || run.from === run.to;
}

/** Whether the index contains a run of this range. */
export function covers(
  index: { readonly from: string; readonly to: string },
  { from, to }: { readonly from: string; readonly to: string },
): boolean {
  return from !== to && parseLsn(index.from) <= parseLsn(from) && parseLsn(to) <= parseLsn(index.to);
}

/** A shard's part of a run. */
export function shardOfRun(run: IndexedRun, shard: LogIndexBody['shard']): IndexedRun {
  const isMine = ({ tenant }: { readonly tenant: TenantRef }) =>
    tenant === SYSTEM || shardOf(tenant, shard.bits) === shard.number;
  return { ...run, segments: run.segments.filter(isMine), ...(run.gaps && { gaps: run.gaps.filter(isMine) }) };
}

/** An index in the catalog. */
interface KnownIndex {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly bits: number;
}

/** Why a signed shard is not the requested one; undefined if it is. */
export function wrongShard(
  header: Pick<ManifestHeader, 'from' | 'to'>,
  body: LogIndexBody,
  asked: KnownIndex,
  tenant: TenantRef,
): string | undefined {
  const { index, shard, runs } = body;
  if (index !== asked.id || shard.bits !== asked.bits) return 'belongs to another index';
  if (tenant !== SYSTEM && shard.number !== shardOf(tenant, shard.bits)) return 'belongs to other tenants';
  if (header.from !== asked.from || header.to !== asked.to) return 'covers another range';
  if (runs[0]!.from !== header.from || runs.at(-1)!.to !== header.to) return 'does not cover the range that it states';
  if (runs.some((run, at) => at > 0 && !follows(runs[at - 1]!, run))) return 'has a hole';
  const backwards = runs.some(run => parseLsn(run.to) < parseLsn(run.from));
  return backwards ? 'runs backwards' : undefined;
}
