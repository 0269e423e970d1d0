/** Sets of chunks of a table as sorted, disjoint ranges [start, end): most chunks are like their neighbours. Pure. */
export type IndexRange = readonly [start: number, end: number];
export type IndexRanges = readonly IndexRange[];

/** Neighbours are joined. `indexes`: in any order, each at most once. */
export function toRanges(indexes: Iterable<number>): IndexRange[] {
  return joined([...indexes].sort((a, b) => a - b).map(index => [index, index + 1] as const));
}

/** Ranges in order, those that touch or overlap as one. */
export function joined(ranges: IndexRanges): IndexRange[] {
  const all: [number, number][] = [];
  for (const [start, end] of ranges) {
    const last = all.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else all.push([start, end]);
  }
  return all;
}

/** What is in [0, count) and not in the ranges. */
export function complement(ranges: IndexRanges, count: number): IndexRange[] {
  const ends = [0, ...ranges.map(([, end]) => end)];
  const starts = [...ranges.map(([start]) => start), count];
  return ends.flatMap((end, place): IndexRange[] => (end < starts[place]! ? [[end, starts[place]!]] : []));
}

export function within(ranges: IndexRanges, [start, end]: IndexRange): IndexRange[] {
  return ranges
    .map(([from, to]): IndexRange => [Math.max(from, start), Math.min(to, end)])
    .filter(([from, to]) => from < to);
}

export function countIn(ranges: IndexRanges): number {
  return ranges.reduce((sum, [start, end]) => sum + end - start, 0);
}

export function includes(ranges: IndexRanges, index: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]![1] <= index) low = middle + 1;
    else high = middle;
  }
  return low < ranges.length && ranges[low]![0] <= index;
}

/** The `place`-th index of the ranges, counted from 0. */
export function nth(ranges: IndexRanges, place: number): number {
  let left = place;
  for (const [start, end] of ranges) {
    if (left < end - start) return start + left;
    left -= end - start;
  }
  throw new RangeError(`The ranges have no index number ${place}.`);
}
