/**
 * Which chunks of the base the next snapshot reads again, and with which bounds. Pure. Invariant: bounds come only from
 * the base or from rows; an unchanged chunk keeps its bound, except that neighbours that have become tiny are read
 * together as one.
 */
import type { KeyBound } from './chunk-page.ts';
import { countIn, type IndexRange, type IndexRanges, includes, nth, toRanges } from './index-ranges.ts';

/**
 * With the neighbours of read chunks that are too small to stay separate: one of them and its neighbour would be one
 * chunk. `lengths`: bytes of chunks that follow each other, from number `first` on; only these are considered.
 */
export function withTinyNeighbours(
  read: Iterable<number>,
  { first, lengths, mergeBytes }: { first: number; lengths: readonly number[]; mergeBytes: number },
): Set<number> {
  const grown = new Set<number>();
  for (const index of read) {
    grown.add(index);
    for (const other of [index - 1, index + 1]) {
      const neighbour = lengths[other - first];
      if (neighbour !== undefined && neighbour + lengths[index - first]! <= mergeBytes) grown.add(other);
    }
  }
  return grown;
}

/**
 * A random choice of `count` of the unchanged chunks, each equally likely: large tables are checked more often.
 * `random`: [0, 1).
 */
export function chooseChecks(
  promised: ReadonlyMap<string, IndexRanges>,
  count: number,
  random: () => number,
): Map<string, Set<number>> {
  const total = [...promised.values()].reduce((sum, ranges) => sum + countIn(ranges), 0);
  const places = new Set<number>();
  for (let last = Math.max(0, total - count); last < total; last++) {
    const place = Math.floor(random() * (last + 1));
    places.add(places.has(place) ? last : place);
  }
  const chosen = new Map<string, Set<number>>();
  let before = 0;
  for (const [table, ranges] of promised) {
    const size = countIn(ranges);
    const own = [...places].filter(place => place >= before && place < before + size);
    if (own.length > 0) chosen.set(table, new Set(own.map(place => nth(ranges, place - before))));
    before += size;
  }
  return chosen;
}

/**
 * A table in key order: what is kept, and what is read. Chunks of `alone` are read too, each by itself, so that its
 * bounds stay the same, unless their neighbours are read anyway.
 */
export function stretchesOf(
  count: number,
  read: IndexRanges,
  alone: Iterable<number> = [],
): { readonly range: IndexRange; readonly read: boolean }[] {
  const single = toRanges(alone)
    .flatMap(([start, end]) => Array.from({ length: end - start }, (_, at): IndexRange => [start + at, start + at + 1]))
    .filter(([index]) => !includes(read, index));
  const all = [...read, ...single].sort(([a], [b]) => a - b);
  const stretches: { range: IndexRange; read: boolean }[] = [];
  let end = 0;
  for (const range of all) {
    if (end < range[0]) stretches.push({ range: [end, range[0]], read: false });
    stretches.push({ range, read: true });
    end = range[1];
  }
  if (end < count) stretches.push({ range: [end, count], read: false });
  return stretches;
}

/** A chunk of the base that is read again, or several tiny ones together. */
export interface ReadGroup<C> {
  readonly from: KeyBound;
  /** Number of its first chunk. */
  readonly index: number;
  /** Bytes that the base has. */
  readonly bytes: number;
  /** The chunk; undefined for several. */
  readonly only: C | undefined;
}

/**
 * Neighbours that together stay under `mergeBytes` become one, except those that stay separate. `first`: number of the
 * first chunk.
 */
export async function* inGroups<C extends { readonly from: KeyBound; readonly length: number }>(
  chunks: AsyncIterable<C>,
  { first, mergeBytes, separate }: { first: number; mergeBytes: number; separate: (index: number) => boolean },
): AsyncGenerator<ReadGroup<C>> {
  let group: ReadGroup<C> | undefined;
  let index = first;
  let joins = false;
  for await (const chunk of chunks) {
    const joined = joins;
    joins = !separate(index);
    if (group && joined && joins && group.bytes + chunk.length <= mergeBytes)
      group = { ...group, bytes: group.bytes + chunk.length, only: undefined };
    else {
      if (group) yield group;
      group = { from: chunk.from, index, bytes: chunk.length, only: chunk };
    }
    index += 1;
  }
  if (group) yield group;
}

/** Spreads work over parts of about equal size, in order, none larger than `partBytes` unless one item is. */
export function divide(sizes: readonly number[], partBytes: number): number[][] {
  const parts: number[][] = [];
  let filled = Number.POSITIVE_INFINITY;
  for (const [index, size] of sizes.entries()) {
    if (filled + size > partBytes || parts.length === 0) {
      parts.push([]);
      filled = 0;
    }
    parts.at(-1)!.push(index);
    filled += size;
  }
  return parts.length > 0 ? parts : [[]];
}
