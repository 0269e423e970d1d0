/** Which unchanged chunks a snapshot reads: a few, chosen at random, each separately. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseChecks, layOut } from '../../../lib/domain/chunk-layout.ts';

const promisedSets = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.uniqueArray(fc.nat(60), { maxLength: 20 }));
const numbers = (seed: number) => () => {
  // Park and Miller.
  seed = (seed * 48271) % 2147483647;
  return seed / 2147483647;
};

describe('the checked chunks', () => {
  test('are unchanged ones, as many as configured or all of them', () => {
    fc.assert(
      fc.property(promisedSets, fc.nat(30), fc.integer({ min: 1, max: 2147483646 }), (tables, count, seed) => {
        const promised = new Map(Object.entries(tables).map(([table, chunks]) => [table, new Set(chunks)]));
        const total = [...promised.values()].reduce((sum, chunks) => sum + chunks.size, 0);
        const chosen = chooseChecks(promised, count, numbers(seed));
        expect([...chosen.values()].reduce((sum, chunks) => sum + chunks.size, 0)).toBe(Math.min(count, total));
        for (const [table, chunks] of chosen)
          for (const chunk of chunks) expect(promised.get(table)!.has(chunk)).toBe(true);
      }),
    );
  });

  test('come from all tables, in proportion to their chunks', () => {
    const promised = new Map([
      ['small', new Set([0, 1])],
      ['large', new Set(Array.from({ length: 18 }, (_, index) => index + 5))],
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

  test('are read separately, and do not move any other chunk', () => {
    const sets = fc.record({ read: fc.uniqueArray(fc.nat(11)), checked: fc.uniqueArray(fc.nat(11)) });
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 12, maxLength: 12 }), sets, (lengths, { read, checked }) => {
        const chunks = lengths.map((length, index) => ({ from: index === 0 ? null : [String(index)], length }));
        const promised = new Set([...chunks.keys()].filter(index => !read.includes(index)));
        const asked = { table: 't', read: new Set(read), promised, mergeBytes: 12 };
        const own = checked.filter(index => promised.has(index));
        const places = (stretches: ReturnType<typeof layOut>) =>
          stretches.flatMap(stretch =>
            'keep' in stretch
              ? Array.from({ length: stretch.keep[1] - stretch.keep[0] }, (_, at) => `keep ${stretch.keep[0] + at}`)
              : stretch.work.chunks!.map(chunk => `read ${JSON.stringify(chunk)}`),
          );
        const without = places(layOut(chunks, asked));
        const expected = without.map(place => {
          const index = own.find(candidate => place === `keep ${candidate}`);
          return index === undefined ? place : `read ${JSON.stringify({ from: chunks[index]!.from, promised: index })}`;
        });
        expect(places(layOut(chunks, { ...asked, checked: new Set(own) }))).toEqual(expected);
      }),
    );
  });
});
