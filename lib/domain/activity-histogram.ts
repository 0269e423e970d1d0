/**
 * A tenant's activity over time, and what is unusual in it. A run of the log has its sums at one moment, that of its last
 * commit; only its largest transactions have their own: a run of many hours (a backlog) is not spread over them.
 *
 * A spike is a bucket with at least SPIKE_ROWS changes of a kind and more than SPIKE_FACTOR times the median of the other
 * buckets with changes of that kind: compared with the range itself, not with a rule about tenants. Any truncate is one.
 */
import {
  type Activity,
  addChanges,
  type ChangeCounts,
  changeCount,
  isTableNamed,
  NO_CHANGES,
  type TableSum,
  type TransactionSums,
  totalOf,
} from './activity.ts';

export const SPIKE_ROWS = 10;
export const SPIKE_FACTOR = 5;
const KINDS = ['delete', 'update', 'insert'] as const;
const HOUR_MS = 3600_000;
/** Those that people read clocks by. */
export const BUCKET_MS = [1 / 60, 5 / 60, 10 / 60, 0.25, 0.5, 1, 2, 6, 12, 24].map(hours => hours * HOUR_MS);
/** Buckets that a default size leaves. */
const FEW_BUCKETS = 60;

/** A segment as far as a histogram needs it. */
export interface ActivitySample {
  readonly maxCommitTime: string;
  readonly changes: number;
  readonly activity?: Activity | undefined;
}

export interface TimeRange {
  /** ISO UTC; inclusive. */
  readonly from: string;
  readonly to: string;
}

export interface ActivityBucket extends ChangeCounts {
  /** Milliseconds since 1970: [from, to). */
  readonly from: number;
  readonly to: number;
  /** Changes of runs that did not record their tables, by an earlier version. */
  readonly unrecorded: number;
  /** The largest transactions that committed in it. */
  readonly largest: readonly TransactionSums[];
}

export interface Spike {
  readonly kind: keyof ChangeCounts;
  readonly bucket: ActivityBucket;
  readonly count: number;
  /** Of the other buckets with such changes. */
  readonly median: number;
  /** The one with the most such changes; undefined where none is known. */
  readonly transaction: TransactionSums | undefined;
}

/** The smallest size that leaves few buckets. */
export function bucketSize({ from, to }: TimeRange): number {
  const span = Date.parse(to) - Date.parse(from);
  return BUCKET_MS.find(size => span / size <= FEW_BUCKETS) ?? BUCKET_MS.at(-1)!;
}

/** The number of buckets of a range. */
export function bucketCount({ from, to }: TimeRange, sizeMs: number): number {
  return Math.floor(Date.parse(to) / sizeMs) - Math.floor(Date.parse(from) / sizeMs) + 1;
}

/** Buckets of the whole range in order, also empty ones, aligned to the clock of UTC. */
export function histogram(
  samples: readonly ActivitySample[],
  range: TimeRange,
  sizeMs: number,
  table?: string,
): ActivityBucket[] {
  const first = Math.floor(Date.parse(range.from) / sizeMs);
  const buckets = Array.from({ length: bucketCount(range, sizeMs) }, (_, index) => ({
    ...NO_CHANGES,
    ...{ from: (first + index) * sizeMs, to: (first + index + 1) * sizeMs, unrecorded: 0 },
    largest: [] as TransactionSums[],
  }));
  const isWanted = (sum: TableSum) => table === undefined || isTableNamed(sum.table, table);
  const add = (time: string, counts: ChangeCounts) => {
    const bucket = buckets[placeOf(time)]!;
    Object.assign(bucket, addChanges(bucket, counts));
    return bucket;
  };
  // A segment that reaches beyond the range ends where the range does.
  const placeOf = (time: string) =>
    Math.min(buckets.length - 1, Math.max(0, Math.floor(Date.parse(time) / sizeMs) - first));
  for (const { maxCommitTime, changes, activity } of samples) {
    if (activity === undefined) {
      buckets[placeOf(maxCommitTime)]!.unrecorded += changes;
      continue;
    }
    let rest = totalOf(activity.tables.filter(isWanted));
    for (const transaction of activity.largest) {
      const tables = transaction.tables.filter(isWanted);
      const counts = totalOf(tables);
      if (changeCount(counts) === 0) continue;
      rest = subtract(rest, counts);
      if (isWithin(transaction.time, range)) add(transaction.time, counts).largest.push({ ...transaction, tables });
    }
    add(maxCommitTime, rest);
  }
  return buckets;
}

function isWithin(time: string, { from, to }: TimeRange): boolean {
  return time >= from && time <= to;
}

function subtract(from: ChangeCounts, counts: ChangeCounts): ChangeCounts {
  return {
    insert: from.insert - counts.insert,
    update: from.update - counts.update,
    delete: from.delete - counts.delete,
    truncate: from.truncate - counts.truncate,
  };
}

/** What stands out, truncates and deletes first, then by how far. */
export function spikesOf(buckets: readonly ActivityBucket[]): Spike[] {
  const truncated = buckets.filter(bucket => bucket.truncate > 0).map(bucket => spikeOf(bucket, 'truncate', 0));
  const far = KINDS.flatMap(kind => {
    const busy = buckets.filter(bucket => bucket[kind] > 0).sort((a, b) => a[kind] - b[kind]);
    const spikes = busy.flatMap((bucket, index) => {
      const median = medianWithout(busy, index, kind);
      const isFar = bucket[kind] >= SPIKE_ROWS && bucket[kind] > SPIKE_FACTOR * median;
      return isFar ? [spikeOf(bucket, kind, median)] : [];
    });
    return spikes.reverse();
  });
  return [...truncated, ...far];
}

function spikeOf(bucket: ActivityBucket, kind: Spike['kind'], median: number): Spike {
  const counted = bucket.largest
    .map(transaction => ({ transaction, count: totalOf(transaction.tables)[kind] }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  return { kind, bucket, count: bucket[kind], median, transaction: counted[0]?.transaction };
}

/** Of the others, which are in rising order; 0 where there are none. */
function medianWithout(busy: readonly ActivityBucket[], index: number, kind: (typeof KINDS)[number]): number {
  const others = busy.length - 1;
  if (others === 0) return 0;
  const at = (place: number) => busy[place < index ? place : place + 1]![kind];
  const middle = Math.floor(others / 2);
  return others % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
}
