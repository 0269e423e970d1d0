/** Counting while routing gives the same as counting a list of all changes afterwards. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TAG } from '../../../lib/codec/pgoutput.ts';
import { changeCount, totalOf } from '../../../lib/domain/activity.ts';
import { formatLsn, lsn } from '../../../lib/domain/lsn.ts';
import { serverTimeText } from '../../../lib/domain/server-time.ts';
import { ActivityCounter } from '../../../lib/operations/log/activity-counter.ts';
import { Sums } from '../../../lib/operations/log/describe-changes.ts';

const KINDS = ['insert', 'update', 'delete', 'truncate'] as const;
const change = fc.record({
  table: fc.constantFrom('public.a', 'public.b', 'public.c'),
  kind: fc.constantFrom(...KINDS.slice(0, 3), ...KINDS),
});
const transactions = fc.array(fc.array(change, { maxLength: 12 }), { maxLength: 30 });
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

const byTable = (a: { table: string }, b: { table: string }) => (a.table < b.table ? -1 : 1);

function summed(changes: readonly Change[]) {
  const sums = new Sums();
  for (const { table, kind } of changes) sums.add(table, kind);
  return sums.list().sort(byTable);
}

/** The places of the first `most` transactions by this number; those for which it is 0 are not among them. */
function greatest(numbers: readonly number[], most: number): number[] {
  const places = [...numbers.keys()].filter(place => numbers[place]! > 0);
  return places.sort((a, b) => (numbers[a] === numbers[b] ? a - b : numbers[a]! < numbers[b]! ? 1 : -1)).slice(0, most);
}

describe('the activity of a segment', () => {
  it('is the sums of its changes and the largest of its transactions', () => {
    fc.assert(
      fc.property(transactions, all => {
        const counter = new ActivityCounter();
        for (const [place, changes] of all.entries()) {
          for (const { table, kind } of changes) counter.count(table, TAG[kind]);
          counter.end({ xid: place, commitLsn: lsn(BigInt(place)), commitTime: BigInt(-place) });
        }
        const counts = all.map(changes => totalOf(summed(changes)));
        const places = new Set([
          ...greatest(counts.map(changeCount), 3),
          ...greatest(
            counts.map(each => (each.truncate > 0 ? Number.POSITIVE_INFINITY : each.delete)),
            1,
          ),
          ...greatest(
            counts.map(each => each.update),
            1,
          ),
        ]);
        const largest = [...places]
          .sort((a, b) => a - b)
          .map(place => ({
            ...{ xid: place, lsn: formatLsn(lsn(BigInt(place))), time: serverTimeText(BigInt(-place)) },
            tables: summed(all[place]!),
          }));
        const tables = summed(all.flat());
        expect(counter.activity).toEqual(tables.length === 0 ? undefined : { tables, largest });
      }),
    );
  });
});
