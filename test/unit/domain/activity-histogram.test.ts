/** A histogram loses and invents no change, and names what is far outside the range's own median. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addChanges, type ChangeCounts, NO_CHANGES, totalOf } from '../../../lib/domain/activity.ts';
import {
  type ActivitySample,
  BUCKET_MS,
  bucketCount,
  bucketSize,
  histogram,
  spikesOf,
} from '../../../lib/domain/activity-histogram.ts';
import { LsnText } from '../../../lib/domain/lsn.ts';

const START = Date.UTC(2026, 2, 1, 10);
const MINUTE = 60_000;
const at = (minutes: number) => new Date(START + minutes * MINUTE).toISOString().replace('Z', '000Z');
const RANGE = { from: at(0), to: at(180) };
const count = fc.nat({ max: 20 });
const sums = (table: string) =>
  fc
    .record({ insert: count, update: count, delete: count, truncate: fc.nat({ max: 1 }) })
    .map(counts => ({ table, ...counts }));
/** A segment of two tables; its largest transaction did all of it, or a part. */
const sample: fc.Arbitrary<ActivitySample> = fc
  .record({
    tables: fc.tuple(sums('public.a'), sums('public.b')),
    minute: fc.nat({ max: 180 }),
    early: fc.nat({ max: 30 }),
  })
  .map(({ tables, minute, early }) => ({
    ...{ maxCommitTime: at(minute), changes: 1 },
    activity: {
      tables,
      largest: [
        {
          ...{ xid: 7, lsn: LsnText.parse('0/7'), time: at(Math.max(0, minute - early)) },
          tables: tables.map(sum => ({ ...sum, insert: Math.floor(sum.insert / 2), delete: 0 })),
        },
      ],
    },
  }));

function total(list: readonly ChangeCounts[]): ChangeCounts {
  const { insert, update, delete: deleted, truncate } = list.reduce(addChanges, NO_CHANGES);
  return { insert, update, delete: deleted, truncate };
}

describe('a histogram of activity', () => {
  it('has every change of the range once, of the table that was asked for', () => {
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 20 }),
        fc.constantFrom(...BUCKET_MS),
        fc.constantFrom(undefined, 'a', 'public.b'),
        (samples, size, table) => {
          const buckets = histogram(samples, RANGE, size, table);
          const wanted = samples.map(({ activity }) =>
            totalOf(activity!.tables.filter(sum => table === undefined || sum.table.endsWith(table))),
          );
          expect(total(buckets)).toEqual(total(wanted));
          expect(buckets).toHaveLength(bucketCount(RANGE, size));
          for (const bucket of buckets) {
            for (const { time } of bucket.largest) {
              expect(Date.parse(time)).toBeGreaterThanOrEqual(bucket.from);
              expect(Date.parse(time)).toBeLessThan(bucket.to);
            }
          }
        },
      ),
    );
  });

  it('chooses a size that leaves few lines', () => {
    expect(bucketSize({ from: at(0), to: at(60) })).toBe(MINUTE);
    expect(bucketSize({ from: at(0), to: at(24 * 60) })).toBe(30 * MINUTE);
    expect(bucketSize({ from: at(0), to: at(30 * 24 * 60) })).toBe(12 * 60 * MINUTE);
  });

  it('counts what an earlier version recorded as not recorded', () => {
    const [bucket] = histogram([{ maxCommitTime: at(3), changes: 42 }], RANGE, 180 * MINUTE);
    expect(bucket).toMatchObject({ ...NO_CHANGES, unrecorded: 42 });
  });
});

describe('spikes', () => {
  const plain = (
    minute: number,
    counts: Partial<ChangeCounts>,
    transaction?: Partial<ChangeCounts>,
  ): ActivitySample => ({
    ...{ maxCommitTime: at(minute), changes: 1 },
    activity: {
      tables: [{ ...NO_CHANGES, ...counts, table: 'public.a' }],
      largest: transaction
        ? [
            {
              ...{ xid: 7, lsn: LsnText.parse('0/7'), time: at(minute) },
              tables: [{ ...NO_CHANGES, ...transaction, table: 'public.a' }],
            },
          ]
        : [],
    },
  });
  const usual = Array.from({ length: 100 }, (_, n) => plain(n, { delete: 3 + (n % 4), update: 50, insert: 100 }));
  const spikes = (samples: ActivitySample[]) => spikesOf(histogram(samples, RANGE, MINUTE));

  it('are none in usual work', () => expect(spikes(usual)).toEqual([]));

  it('are what is far above the median of its own kind, with the largest transaction', () => {
    const found = spikes([...usual, plain(101, { delete: 40 }, { delete: 38 }), plain(102, { update: 200 })]);
    expect(found).toMatchObject([
      { kind: 'delete', count: 40, median: 4.5, transaction: { xid: 7 }, bucket: { from: START + 101 * MINUTE } },
    ]);
  });

  it('are found among few minutes, and in the only one', () => {
    expect(spikes([plain(1, { delete: 10 })])).toMatchObject([{ kind: 'delete', count: 10, median: 0 }]);
    expect(spikes([plain(1, { delete: 9 })])).toEqual([]);
    expect(spikes([plain(1, { delete: 10 }), plain(2, { delete: 60 })])).toMatchObject([{ count: 60, median: 10 }]);
  });

  it('are truncates always, and first', () => {
    const found = spikes([...usual, plain(101, { delete: 400 }), plain(110, { truncate: 1 })]);
    expect(found.map(({ kind }) => kind)).toEqual(['truncate', 'delete']);
  });
});
