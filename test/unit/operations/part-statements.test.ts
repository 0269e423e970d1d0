/** The statements of a part: every key range once, in order, and many unchanged neighbours in one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Chunk, type ChunkPage, makePage } from '../../../lib/domain/chunk-page.ts';
import { complement, toRanges } from '../../../lib/domain/index-ranges.ts';
import { batchesOf, type StatementSource } from '../../../lib/operations/snapshot/part-statements.ts';
import { PageReader, TableChunks } from '../../../lib/operations/storage/page-reader.ts';

const TABLE = 'public.t';
const VIEW = { snapshot: '1:1:', from: '0/1', to: '0/1', at: '2026-01-01T00:00:00Z' } as unknown as Chunk['view'];
const never = () => Promise.reject(new Error('Nothing is stored.'));

function source(lengths: readonly number[], touched: readonly number[], read: 'full' | 'changed'): StatementSource {
  const chunks = lengths.map(
    (length, index): Chunk => ({
      ...{ from: index === 0 ? null : [String(index)], rows: length, checksum: '0', digest: '00'.repeat(32) },
      ...{ length, block: { pack: 'p', offset: 0, length: 9, rawLength: 9 }, offset: 0, view: VIEW },
    }),
  );
  const pages: ChunkPage[] = [];
  for (let start = 0; start < chunks.length; start += 7) pages.push(makePage(chunks.slice(start, start + 7)));
  const reader = new PageReader({ vault: {} as never, keyring: {} as never }, 'tenant' as never);
  const promised = complement(toRanges(touched), lengths.length);
  const item = { table: TABLE, from: null, to: null, base: { chunks: [0, lengths.length] as const, promised } };
  return {
    plan: { work: [item], parts: [[0]], read, mergeBytes: 0 },
    tables: new Map([[TABLE, { owned: { table: TABLE }, columns: [] } as never]]),
    base: { chunksOf: () => new TableChunks(reader, pages) } as never,
    again: () => [],
    unreadable: never,
  };
}

const rangesOf = async (from: StatementSource, next = { position: 0, chunk: 0, from: null as string[] | null }) => {
  const batches = [];
  for await (const batch of batchesOf(from, 0, next)) batches.push(batch);
  return batches;
};

test('cover the item once, in order, whatever was touched', async () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(lengths, fc.uniqueArray(fc.nat(59)), fc.nat(59), async (sizes, some, stop) => {
      const touched = some.filter(index => index < sizes.length);
      const from = source(sizes, touched, 'full');
      const statements = (await rangesOf(from)).flat();
      expect(statements[0]!.range.from).toBeNull();
      expect(statements.at(-1)!.range.to).toBeNull();
      for (const [place, { range }] of statements.slice(1).entries())
        expect(range.from).toEqual(statements[place]!.range.to);
      for (const { run, promised, chunk } of statements) {
        // Where everything may have changed, it is tried nevertheless.
        const tried = touched.length === sizes.length;
        for (const { index } of tried ? [] : (run ?? [])) expect(touched).not.toContain(index);
        expect(promised !== undefined).toBe(run === undefined && !touched.includes(chunk));
      }
      // A batch ends with its run.
      for (const batch of await rangesOf(from))
        expect(batch.slice(0, -1).every(({ run }) => run === undefined)).toBe(true);
      // Continued within a chunk, only the rest of it is left.
      const chunk = stop % sizes.length;
      const [first] = (await rangesOf(from, { position: 0, chunk, from: [`${chunk}.5`] })).flat();
      expect(first).toMatchObject({ chunk, range: { from: [`${chunk}.5`] } });
      expect(first!.promised).toBeUndefined();
    }),
  );
});

test('take a statement for hundreds of unchanged chunks', async () => {
  const statements = (await rangesOf(source(Array(5000).fill(3), [2500], 'full'))).flat();
  expect(statements.length).toBeLessThan(25);
  expect(statements.filter(({ chunk, run }) => chunk === 2500 && run === undefined)).toHaveLength(1);
});

test('are one a chunk where what changed is unknown and the first runs differ', async () => {
  const from = source(Array(1000).fill(3), [...Array(1000).keys()], 'full');
  let compared = 0;
  const differing = { ...from, again: () => [{ index: compared++, chunk: {} as Chunk }] };
  const statements = (await rangesOf(differing)).flat();
  expect(statements.filter(({ run }) => run)).toHaveLength(2);
});

test('a range whose page does not open is cut anew, from where it was reached', async () => {
  const from = source(Array(30).fill(3), [], 'full');
  const chunks = from.base!.chunksOf(TABLE);
  const pages = chunks.pages.map((page, place) => (place === 2 ? { ...page, packs: [] } : page));
  const reported: unknown[] = [];
  const reader = new PageReader({ vault: {} as never, keyring: {} as never }, 'tenant' as never);
  const damaged: StatementSource = {
    ...from,
    base: { chunksOf: () => new TableChunks(reader, pages) } as never,
    unreadable: async error => void reported.push(error),
  };
  const statements = (await rangesOf(damaged)).flat();
  expect(reported).toHaveLength(1);
  const last = statements.at(-1)!;
  expect(last).toMatchObject({ inherited: null, chunk: 30, range: { to: null } });
  expect(
    statements
      .slice(0, -1)
      .map(({ range }) => range.to)
      .at(-1) ?? null,
  ).toEqual(last.range.from);
  // Continued there, it goes on as such.
  const rest = (await rangesOf(damaged, { position: 0, chunk: 30, from: ['17'] })).flat();
  expect(rest).toMatchObject([{ inherited: null, range: { from: ['17'], to: null } }]);
});
