/**
 * One COPY compared with neighbouring chunks: whatever rows are there now, the chunks that are accepted without being read
 * by themselves hold exactly the rows of their ranges.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Chunk } from '../../../lib/domain/chunk-page.ts';
import { RunComparison } from '../../../lib/operations/storage/run-comparison.ts';

/** Rows by key; chunks begin at multiples of ten. */
const rows = fc.dictionary(fc.integer({ min: 0, max: 49 }).map(String), fc.constantFrom('a', 'b'), { minKeys: 5 });
const change = fc.record({ key: fc.integer({ min: 0, max: 49 }), value: fc.option(fc.constantFrom('a', 'b', 'c')) });

type Row = readonly [key: number, value: string];
const inOrder = (all: Record<string, string>): Row[] =>
  Object.entries(all)
    .map(([key, value]) => [Number(key), value] as const)
    .sort(([a], [b]) => a - b);
const digestOf = (part: readonly Row[]) => JSON.stringify(part);

function run(before: readonly Row[]): { chunk: Chunk; index: number }[] {
  const numbers = [...new Set(before.map(([key]) => Math.floor(key / 10)))];
  return numbers.map(index => {
    const own = before.filter(([key]) => Math.floor(key / 10) === index);
    return {
      index,
      chunk: { from: [String(index * 10)], rows: own.length, checksum: '1', digest: digestOf(own) } as unknown as Chunk,
    };
  });
}

test('accepts a chunk only where its range has its rows', () => {
  fc.assert(
    fc.property(rows, fc.array(change, { maxLength: 3 }), (base, changes) => {
      const before = inOrder(base);
      const now = inOrder(
        changes.reduce<Record<string, string>>((all, { key, value }) => {
          const { [String(key)]: _, ...rest } = all;
          return value === null ? rest : { ...rest, [String(key)]: value };
        }, base),
      );
      const chunks = run(before);
      // The range of the run begins with its first chunk's bound.
      const inRange = now.filter(([key]) => key >= chunks[0]!.index * 10);
      const accepted: Chunk[] = [];
      const comparison = new RunComparison(chunks, chunk => accepted.push(chunk));
      let at = 0;
      while (!comparison.broken && comparison.expected && at + comparison.expected.chunk.rows <= inRange.length) {
        const part = inRange.slice(at, at + comparison.expected.chunk.rows);
        at += part.length;
        comparison.take({ rows: part.length, checksum: '1', digest: digestOf(part) });
      }
      if (!comparison.broken && at < inRange.length) comparison.break();
      const again = comparison.end().map(({ index }) => index);
      expect([...accepted, ...chunks.filter(({ index }) => again.includes(index)).map(({ chunk }) => chunk)]).toEqual(
        chunks.map(({ chunk }) => chunk),
      );
      for (const [place, { index, chunk }] of chunks.entries()) {
        if (again.includes(index)) continue;
        const end = chunks[place + 1] ? chunks[place + 1]!.index * 10 : Number.POSITIVE_INFINITY;
        expect(digestOf(inRange.filter(([key]) => key >= index * 10 && key < end))).toBe(chunk.digest);
      }
      if (changes.length === 0) expect(again).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
