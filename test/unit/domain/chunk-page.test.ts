/** Pages of chunks: what is put together is what is read, and manifests of both formats say the same. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Chunk, type ChunkPage, chunksOf, makePage, View } from '../../../lib/domain/chunk-page.ts';
import { SnapshotBody } from '../../../lib/domain/snapshot-body.ts';

const views = [1, 2].map(at =>
  View.parse({ snapshot: `${at}:${at}:`, from: '0/1', to: '0/2', at: `2026-01-0${at}T00:00:00Z` }),
);
const blocks = ['a', 'b', 'c'].flatMap(pack => [0, 512].map(offset => ({ pack, offset, length: 512, rawLength: 900 })));
const someChunks = fc.array(
  fc.record({
    rows: fc.integer({ min: 1, max: 300 }),
    checksum: fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
    digest: fc.stringMatching(/^[0-9a-f]{64}$/),
    offset: fc.nat(100),
    length: fc.nat(400),
    block: fc.constantFrom(...blocks),
    view: fc.constantFrom(...views),
  }),
  { minLength: 1, maxLength: 30 },
);

function inOrder(chunks: readonly Omit<Chunk, 'from'>[]): Chunk[] {
  return chunks.map((chunk, index) => ({
    ...chunk,
    from: index === 0 ? null : [String(index)],
    block: chunk.length > 0 ? chunk.block : null,
  }));
}

test('a page gives back its chunks, under its own bound and view', () => {
  fc.assert(
    fc.property(someChunks, fc.boolean(), (made, kept) => {
      const chunks = inOrder(made);
      const page: ChunkPage = makePage(chunks);
      const stored = JSON.parse(JSON.stringify(page.content!));
      const entry = { ...page, from: ['0'], ...(kept && { view: views[0]! }) };
      expect(chunksOf(entry, stored)).toEqual(
        chunks.map((chunk, index) => ({
          ...chunk,
          from: index === 0 ? ['0'] : chunk.from,
          view: kept ? views[0] : chunk.view,
        })),
      );
      expect(page).toMatchObject({ chunks: chunks.length, rows: chunks.reduce((sum, { rows }) => sum + rows, 0) });
      const packs = new Set(chunks.flatMap(({ block }) => (block ? [block.pack] : [])));
      expect(new Set(page.packs.map(({ key }) => key))).toEqual(packs);
    }),
  );
});

test('a page that refers to what is not there, or has another number of chunks, is refused', () => {
  const whole = makePage(inOrder([{ ...chunkOf(3), view: views[0]! }]));
  const { content } = whole;
  expect(chunksOf(whole, content)).toHaveLength(1);
  expect(chunksOf({ ...whole, packs: [] }, content)).toBeUndefined();
  expect(chunksOf(whole, { ...content, blocks: [] })).toBeUndefined();
  expect(chunksOf(whole, { ...content, views: [] })).toBeUndefined();
  expect(chunksOf({ ...whole, chunks: 2 }, content)).toBeUndefined();
});

function chunkOf(length: number): Omit<Chunk, 'from' | 'view'> {
  return { rows: 1, checksum: '5', digest: 'ab'.repeat(32), offset: 0, length, block: blocks[0]! };
}

const facts = {
  tenantId: 't',
  server: { version: 180000, system: '1', database: 'd', encoding: 'UTF8' },
  schema: { tables: [], types: [], extensions: [] },
  model: [],
  read: 'full',
  base: null,
  reason: 'manual',
  sequences: {},
};
const table = { table: 'public.t', columns: ['id'], key: ['id'], rows: 1, checksum: '5', bytes: 3 };

test('a manifest that lists its chunks is read in pages of a thousand', () => {
  const count = 2001;
  const { block: _, ...chunk } = chunkOf(3);
  const entries = Array.from({ length: count }, (_unused, index) => {
    return { ...chunk, from: index === 0 ? null : [String(index)], block: index % blocks.length, view: index % 2 };
  });
  const packs = ['a', 'b', 'c'];
  const listed = blocks.map(block => ({ ...block, pack: packs.indexOf(block.pack) }));
  const body = { ...facts, views, packs, blocks: listed, tables: [{ ...table, chunks: entries }] };
  const { tables } = SnapshotBody.parse(body);
  const { pages } = tables[0]!;
  expect(pages.map(page => page.chunks)).toEqual([1000, 1000, 1]);
  expect(pages.flatMap(page => chunksOf(page, page.content!)!)).toEqual(
    entries.map(entry => ({ ...entry, block: blocks[entry.block], view: views[entry.view] })),
  );
  // Read again, as it is written now, it is the same.
  expect(SnapshotBody.parse(JSON.parse(JSON.stringify(SnapshotBody.parse(body))))).toEqual(SnapshotBody.parse(body));
  expect(() => SnapshotBody.parse({ ...body, blocks: [] })).toThrow();
  expect(() => SnapshotBody.parse({ ...body, packs: ['a'] })).toThrow();
  expect(() => SnapshotBody.parse({ ...facts, views, tables: [table] })).toThrow();
});
