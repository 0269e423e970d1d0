/** Summaries leave out no segment with a wanted transaction. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TAG } from '../../../lib/codec/pgoutput.ts';
import { totalOf } from '../../../lib/domain/activity.ts';
import { lsn } from '../../../lib/domain/lsn.ts';
import {
  COUNTED,
  countedOf,
  isWanted,
  mayHaveWanted,
  mostPossible,
  parseCountRange,
} from '../../../lib/domain/transaction-filter.ts';
import { ActivityCounter } from '../../../lib/operations/log/activity-counter.ts';
import { Sums } from '../../../lib/operations/log/describe-changes.ts';

const TABLES = ['public.a', 'public.b'];
const change = fc.record({
  table: fc.constantFrom(...TABLES),
  kind: fc.constantFrom('insert' as const, 'update' as const, 'delete' as const),
});
const range = fc.option(fc.record({ least: fc.nat({ max: 6 }), most: fc.constantFrom(5, Number.POSITIVE_INFINITY) }), {
  nil: undefined,
});

describe('a search for transactions', () => {
  it('opens every segment with one that is wanted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(change, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 12 }),
        fc.record({ changes: range, inserts: range, updates: range, deletes: range }),
        fc.constantFrom(undefined, ...TABLES),
        (transactions, asked, table) => {
          const counter = new ActivityCounter();
          const found = transactions.map((changes, place) => {
            const sums = new Sums();
            for (const each of changes) {
              counter.count(each.table, TAG[each.kind]);
              if (table === undefined || each.table === table) sums.add(each.table, each.kind);
            }
            counter.end({ xid: place, commitLsn: lsn(BigInt(place)), commitTime: 0n });
            return { tables: sums.list() };
          });
          const counts = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
          const segment = { changes: transactions.flat().length, activity: counter.activity };
          const unrecorded = { changes: segment.changes };
          const filter = { table, counts };
          for (const transaction of found) {
            for (const counted of COUNTED) {
              const value = countedOf(totalOf(transaction.tables), counted);
              expect(mostPossible(segment, counted, table)).toBeGreaterThanOrEqual(value);
            }
            if (!isWanted(transaction, filter)) continue;
            expect(mayHaveWanted(segment, filter)).toBe(true);
            expect(mayHaveWanted(unrecorded, filter)).toBe(true);
          }
        },
      ),
    );
  });

  it.each([
    ['>100', { least: 101, most: Number.POSITIVE_INFINITY }],
    ['>= 100', { least: 100, most: Number.POSITIVE_INFINITY }],
    ['100', { least: 100, most: Number.POSITIVE_INFINITY }],
    ['<5', { least: 0, most: 4 }],
    ['<=5', { least: 0, most: 5 }],
    ['=3', { least: 3, most: 3 }],
    ['many', undefined],
    ['-1', undefined],
    ['', undefined],
  ])('reads %j', (text, expected) => expect(parseCountRange(text)).toEqual(expected));

  it('takes a truncate for more deletes than any number', () => {
    const tables = [{ table: 'public.a', insert: 0, update: 0, delete: 0, truncate: 1 }];
    expect(isWanted({ tables }, { counts: { deletes: parseCountRange('>1000000')! } })).toBe(true);
  });
});
