/**
 * The chunk bounds of the next snapshot, from those of the last one and the changes since. Pure. Invariant: bounds
 * come only from the base or from rows; an unchanged chunk keeps its bound, except that neighbours that have become
 * tiny are read together as one.
 */
import type { ChunkEntry, KeyBound } from './manifest.ts';
import type { LayoutSegment, WorkItem } from './snapshot-parts.ts';

/** A range of the next snapshot before it gets its number. */
export type LayoutStretch = { readonly keep: [number, number] } | { readonly work: WorkItem };

export interface LayoutOptions {
  readonly table: string;
  /** Chunks to read; all others are reused. */
  readonly read: ReadonlySet<number>;
  /** Chunks that are unchanged according to the log (compared if they are read anyway). */
  readonly promised: ReadonlySet<number>;
  /** Of these, chunks that are read only to be compared: each separately, so that its bounds stay the same. */
  readonly checked?: ReadonlySet<number> | undefined;
  /** Neighbours that together stay under this many bytes become one chunk when one of them is read anyway. */
  readonly mergeBytes: number;
}

/** All of one table, in key order. */
export function layOut(
  chunks: readonly Pick<ChunkEntry, 'from' | 'length'>[],
  options: LayoutOptions,
): LayoutStretch[] {
  const read = withTinyNeighbours(chunks, options);
  const alone = (index: number) => !read.has(index) && options.checked?.has(index) === true;
  const stretches: LayoutStretch[] = [];
  for (let start = 0; start < chunks.length; ) {
    let end = start + 1;
    while (end < chunks.length && read.has(end) === read.has(start) && !alone(start) && !alone(end)) end += 1;
    if (read.has(start) || alone(start)) stretches.push({ work: toWork(chunks, start, end, options) });
    else stretches.push({ keep: [start, end] });
    start = end;
  }
  return stretches;
}

/**
 * A random choice of `count` of the unchanged chunks, each equally likely: large tables are checked more often.
 * `random`: [0, 1).
 */
export function chooseChecks(
  promised: ReadonlyMap<string, ReadonlySet<number>>,
  count: number,
  random: () => number,
): Map<string, Set<number>> {
  const total = [...promised.values()].reduce((sum, chunks) => sum + chunks.size, 0);
  const places = new Set<number>();
  for (let last = Math.max(0, total - count); last < total; last++) {
    const place = Math.floor(random() * (last + 1));
    places.add(places.has(place) ? last : place);
  }
  const chosen = new Map<string, Set<number>>();
  let before = 0;
  for (const [table, chunks] of promised) {
    const own = [...chunks].filter((_, index) => places.has(before + index));
    if (own.length > 0) chosen.set(table, new Set(own));
    before += chunks.size;
  }
  return chosen;
}

/** The chunks next to changed rows that are too small to stay separate. */
function withTinyNeighbours(
  chunks: readonly Pick<ChunkEntry, 'length'>[],
  { read, mergeBytes }: LayoutOptions,
): Set<number> {
  const grown = new Set(read);
  for (const index of read) {
    for (const other of [index - 1, index + 1]) {
      const neighbour = chunks[other];
      if (neighbour && neighbour.length + chunks[index]!.length <= mergeBytes) grown.add(other);
    }
  }
  return grown;
}

function toWork(
  chunks: readonly Pick<ChunkEntry, 'from' | 'length'>[],
  start: number,
  end: number,
  { table, promised, mergeBytes }: LayoutOptions,
): WorkItem {
  const merged: { from: KeyBound; promised: number | null; bytes: number }[] = [];
  for (let index = start; index < end; index++) {
    const chunk = chunks[index]!;
    const last = merged.at(-1);
    if (last && last.bytes + chunk.length <= mergeBytes) {
      last.bytes += chunk.length;
      last.promised = null;
    } else {
      merged.push({ from: chunk.from, promised: promised.has(index) ? index : null, bytes: chunk.length });
    }
  }
  return {
    table,
    from: chunks[start]!.from,
    to: chunks[end]?.from ?? null,
    chunks: merged.map(({ from, promised: index }) => ({ from, promised: index })),
  };
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

/** Numbers the stretches' work items; `number` hands out the numbers. */
export function toLayout(stretches: readonly LayoutStretch[], number: (work: WorkItem) => number): LayoutSegment[] {
  return stretches.map(stretch => ('keep' in stretch ? { keep: stretch.keep } : { work: number(stretch.work) }));
}

/**
 * The chunks without empty ones: the range of an empty chunk joins the chunk before it, so that its rows and digest
 * stay the same. At least one chunk stays, and the first begins at minus infinity.
 */
export function withoutEmpty<C extends { from: KeyBound; rows: number }>(chunks: readonly C[]): C[] {
  const filled = chunks.filter(chunk => chunk.rows > 0);
  if (filled.length === 0) return chunks.slice(0, 1).map(chunk => ({ ...chunk, from: null }));
  return filled.map((chunk, index) => (index === 0 ? { ...chunk, from: null } : chunk));
}
