/** Which chunks a snapshot reads again: those that changed, a few chosen at random, and what is too small to stay. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseChecks, inGroups, stretchesOf, withTinyNeighbours } from '../../../lib/domain/chunk-layout.ts';
import { complement, countIn, includes, nth, toRanges, within } from '../../../lib/domain/index-ranges.ts';

const indexes = fc.uniqueArray(fc.nat(60), { maxLength: 40 });
const promisedSets = fc.dictionary(fc.constantFrom('a', 'b', 'c'), indexes);
const numbers = (seed: number) => () => {
  // Park and Miller.
  seed = (seed * 48271) % 2147483647;
  return seed / 2147483647;
};
const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);
const listed = (ranges: readonly (readonly [number, number])[]) =>
  ranges.flatMap(([start, end]) => Array.from({ length: end - start }, (_, at) => start + at));

test('ranges are sets of numbers', () => {
  fc.assert(
    fc.property(indexes, fc.nat(61), fc.nat(61), (chosen, one, other) => {
      const ranges = toRanges(chosen);
      expect(listed(ranges)).toEqual(sorted(chosen));
      for (const [place, [start]] of ranges.slice(1).entries()) expect(start).toBeGreaterThan(ranges[place]![1]);
      expect(countIn(ranges)).toBe(chosen.length);
      expect(listed(complement(ranges, 61))).toEqual([...Array(61).keys()].filter(index => !chosen.includes(index)));
      for (let index = -1; index <= 61; index++) expect(includes(ranges, index)).toBe(chosen.includes(index));
      for (const [place, index] of sorted(chosen).entries()) expect(nth(ranges, place)).toBe(index);
      const range = [Math.min(one, other), Math.max(one, other)] as const;
      expect(listed(within(ranges, range))).toEqual(sorted(chosen).filter(at => at >= range[0] && at < range[1]));
    }),
  );
});

describe('the checked chunks', () => {
  test('are unchanged ones, as many as configured or all of them', () => {
    fc.assert(
      fc.property(promisedSets, fc.nat(50), fc.integer({ min: 1, max: 2147483646 }), (tables, count, seed) => {
        const promised = new Map(Object.entries(tables).map(([table, chunks]) => [table, toRanges(chunks)]));
        const total = Object.values(tables).reduce((sum, chunks) => sum + chunks.length, 0);
        const chosen = chooseChecks(promised, count, numbers(seed));
        expect([...chosen.values()].reduce((sum, chunks) => sum + chunks.size, 0)).toBe(Math.min(count, total));
        for (const [table, chunks] of chosen) for (const chunk of chunks) expect(tables[table]).toContain(chunk);
      }),
    );
  });

  test('come from all tables, in proportion to their chunks', () => {
    const promised = new Map([
      ['small', [[0, 2]] as const],
      [
        'large',
        [
          [5, 10],
          [12, 25],
        ] as const,
      ],
    ]);
    const random = numbers(7);
    const counts = new Map<string, number>();
    for (let round = 0; round < 2000; round++)
      for (const [table, chunks] of chooseChecks(promised, 2, random))
        for (const chunk of chunks) counts.set(`${table} ${chunk}`, (counts.get(`${table} ${chunk}`) ?? 0) + 1);
    expect(counts.size).toBe(20);
    for (const count of counts.values()) expect(count).toBeGreaterThan(140);
    for (const count of counts.values()) expect(count).toBeLessThan(270);
  });

  test('are read separately, and everything else is kept or read as without them', () => {
    fc.assert(
      fc.property(fc.nat(40), indexes, indexes, (more, read, checked) => {
        const count = 1 + more;
        const within = (all: number[]) => all.filter(index => index < count);
        const stretches = stretchesOf(count, toRanges(within(read)), within(checked));
        expect(stretches.flatMap(({ range }) => listed([range]))).toEqual([...Array(count).keys()]);
        for (const { range, read: again } of stretches) {
          const alone = range[1] - range[0] === 1 && checked.includes(range[0]);
          for (const index of listed([range])) {
            if (read.includes(index)) expect(again).toBe(true);
            else expect(again).toBe(alone && checked.includes(index));
          }
        }
      }),
    );
  });
});

describe('tiny chunks', () => {
  test('join a neighbour that is read, and no others', () => {
    const lengths = [9, 3, 3, 9, 1, 12];
    const grown = (...read: number[]) => sorted(withTinyNeighbours(read, { first: 100, lengths, mergeBytes: 6 }));
    expect(grown(101)).toEqual([101, 102]);
    expect(grown(103)).toEqual([103]);
    expect(grown(104)).toEqual([104]);
    expect(grown(100, 102)).toEqual([100, 101, 102]);
  });

  test('are read as one with their neighbours, up to the limit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(20), { minLength: 1 }),
        fc.nat(25),
        indexes,
        async (lengths, mergeBytes, alone) => {
          const separate = (index: number) => alone.includes(index - 7);
          const chunks = lengths.map((length, index) => ({ from: index === 0 ? null : [String(index)], length }));
          const groups = [];
          for await (const group of inGroups(toAsync(chunks), { first: 7, mergeBytes, separate })) groups.push(group);
          expect(groups[0]).toMatchObject({ index: 7, from: null });
          for (const [place, { index, from, bytes, only }] of groups.entries()) {
            const own = lengths.slice(index - 7, (groups[place + 1]?.index ?? lengths.length + 7) - 7);
            expect(from).toEqual(chunks[index - 7]!.from);
            expect(bytes).toBe(own.reduce((sum, length) => sum + length, 0));
            expect(only).toBe(own.length === 1 ? chunks[index - 7] : undefined);
            if (own.length === 1) continue;
            expect(bytes).toBeLessThanOrEqual(mergeBytes);
            expect(own.some((_, at) => separate(index + at))).toBe(false);
          }
        },
      ),
    );
  });
});

async function* toAsync<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}
