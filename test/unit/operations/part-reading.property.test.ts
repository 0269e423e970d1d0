/**
 * A part read from a made database, whatever the base, the changes, the log's promises and the time budgets are: its chunks
 * have exactly the rows of the range, each once and within its bounds, under their own sums, and what the log promised
 * wrongly is reported. Every call makes progress.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toDigestKey } from '../../../lib/codec/digest.ts';
import type { Chunk, KeyBound, View } from '../../../lib/domain/chunk-page.ts';
import { type IndexRanges, toRanges } from '../../../lib/domain/index-ranges.ts';
import { emptyPart, type PartState, type SnapshotPlan } from '../../../lib/domain/snapshot-parts.ts';
import { PartResults } from '../../../lib/operations/snapshot/part-results.ts';
import { batchesOf, inCopies } from '../../../lib/operations/snapshot/part-statements.ts';
import type { SnapshotBase } from '../../../lib/operations/snapshot/snapshot-base.ts';
import { ChunkStore } from '../../../lib/operations/storage/chunk-store.ts';
import { readBlock } from '../../../lib/operations/storage/pack.ts';
import { PageBuilder } from '../../../lib/operations/storage/page-builder.ts';
import { PageReader, TableChunks } from '../../../lib/operations/storage/page-reader.ts';
import { PartSink } from '../../../lib/operations/storage/part-sink.ts';
import type { TenantTable } from '../../../lib/postgres/export/chunk-query.ts';
import { memoryVault, openKeyring } from '../../support/memory-vault.ts';

const TABLE = 'public.t';
const OWNER = 'tenant' as never;
const SHAPE = {
  owned: { table: TABLE },
  columns: [{ name: 'k' }, { name: 'v' }],
  keyPositions: [0],
} as never as TenantTable;
const VIEW = { snapshot: '1:1:', from: '0/1', to: '0/1', at: '2026-01-01T00:00:00Z' } as unknown as View;
const KEY = toDigestKey(Buffer.alloc(32, 7));
const clock = { now: () => new Date(0) };

type Rows = ReadonlyMap<number, { readonly text: string; readonly hash: bigint }>;

const vault = memoryVault(clock);
const deps = { vault, keyring: openKeyring() };
const reader = new PageReader(deps, OWNER);
let packs = 0;

const inRange = (rows: Rows, from: KeyBound, to: KeyBound) =>
  [...rows]
    .filter(([key]) => (from === null || key >= Number(from[0])) && (to === null || key < Number(to[0])))
    .sort(([a], [b]) => a - b);
const textOf = (rows: ReturnType<typeof inRange>) => rows.map(([key, { text }]) => `${key}\t${text}\n`).join('');

interface Reading {
  readonly plan: Pick<SnapshotPlan, 'work' | 'parts' | 'read' | 'mergeBytes'>;
  readonly base: SnapshotBase | undefined;
  readonly chunkBytes: number;
  /** Whether the time is up, at each look of a call. */
  readonly late: () => boolean;
  /** Bytes that arrive together. */
  readonly piece: number;
}

/** One call, as exportPart() does it, with the database's rows in the place of COPY. */
async function call(
  { plan, base, chunkBytes, late, piece }: Reading,
  rows: Rows,
  state: PartState,
): Promise<PartState> {
  const pack = `pack-${packs++}`;
  const options = { tenant: OWNER, digestKey: KEY, blockBytes: 50, packBytes: 1000, retainUntil: new Date(0) };
  const store = new ChunkStore(deps, { ...options, packKey: number => `${pack}-${number}` });
  const noStore = () => Promise.reject(new Error('Stays.'));
  const builder = new PageBuilder({ reader, chunks: 1e6, store: noStore, mayStay: () => true });
  const results = new PartResults(builder, state);
  const sink = new PartSink({ store, output: results, view: VIEW, chunkBytes, late, progress: () => {} });
  const tables = new Map([[TABLE, SHAPE]]);
  const unreadable = (error: Error) => Promise.reject(error);
  for await (const batch of batchesOf({ plan, tables, base, again: () => sink.again, unreadable }, 0, state.next!)) {
    const copies = inCopies(batch);
    sink.expect(copies);
    for (const ranges of copies) {
      if (sink.enough()) break;
      let count = 0;
      for (const [number, { range }] of ranges.entries()) {
        for (const [key, { text, hash }] of inRange(rows, range.from, range.to)) {
          const row = Buffer.from(`${ranges.length > 1 ? `${number}\t` : ''}${key}\t${text}\t${hash}\n`);
          for (let at = 0; at < row.length; at += piece) sink.bytes(row, at, Math.min(row.length, at + piece));
          sink.endRow();
          count += 1;
        }
      }
      sink.endCopy(count);
    }
    if (sink.enough()) break;
  }
  await store.flush();
  const read = await results.finish();
  await store.finish();
  return { ...state, ...read, next: sink.next };
}

/** All calls of the part. `budgets`: looks that each call may take. */
async function readAll(reading: Omit<Reading, 'late'>, rows: Rows, budgets: readonly number[]): Promise<PartState> {
  let state = emptyPart('backup', 0);
  for (let calls = 0; state.next !== null; calls++) {
    // As many as there are chunks, and the whole part where nothing stops.
    if (calls > 400) throw new Error('The part does not end.');
    let looks = 0;
    const most = budgets[calls % budgets.length]!;
    state = await call({ ...reading, late: () => ++looks > most }, rows, state);
  }
  return state;
}

async function listed(state: PartState): Promise<{ chunk: Chunk; text: string }[]> {
  const all = new TableChunks(reader, state.pages);
  const chunks: { chunk: Chunk; text: string }[] = [];
  for await (const chunk of all.between([0, all.count])) {
    const { block, offset, length } = chunk;
    const plain = block ? await readBlock(deps, OWNER, [block.pack], { ...block, pack: 0 }) : new Uint8Array();
    chunks.push({ chunk, text: Buffer.from(plain.subarray(offset, offset + length)).toString() });
  }
  return chunks;
}

function expectRows(found: Awaited<ReturnType<typeof listed>>, rows: Rows): void {
  expect(found.map(({ text }) => text).join('')).toBe(textOf(inRange(rows, null, null)));
  for (const [place, { chunk, text }] of found.entries()) {
    const own = inRange(rows, chunk.from, found[place + 1]?.chunk.from ?? null);
    expect({ place, text }).toEqual({ place, text: textOf(own) });
    const checksum = own.reduce((sum, [, { hash }]) => sum + hash, 0n).toString();
    expect(chunk).toMatchObject({ rows: own.length, checksum, length: Buffer.byteLength(text) });
  }
}

const value = fc.record({
  text: fc.constantFrom('a', 'b', 'longer', 'x'.repeat(90)),
  hash: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
});
const key = fc.nat(60);
const table = fc.oneof(
  fc.array(fc.tuple(key, value), { maxLength: 3 }),
  fc.array(fc.tuple(key, value), { minLength: 15, maxLength: 50 }),
);
/** Mostly of rows at the end of the table, where fewer or more follow than were compared. */
const changes = fc.array(fc.tuple(fc.oneof(key, fc.integer({ min: 50, max: 62 })), fc.option(value, { freq: 1 })), {
  maxLength: 5,
});

const world = fc.record({
  before: table,
  changes,
  /** Changes that the log does not have. */
  unlogged: fc.array(fc.tuple(key, fc.option(value)), { maxLength: 1 }),
  promises: fc.constantFrom('log', 'none'),
  read: fc.constantFrom('full' as const, 'changed' as const),
  chunkBytes: fc.constantFrom(1, 8, 40, 200),
  later: fc.constantFrom(1, 8, 40, 200),
  mergeBytes: fc.constantFrom(0, 20, 100),
  budgets: fc.array(fc.constantFrom(0, 1, 3, 1e9, 1e9, 1e9), { minLength: 1, maxLength: 4 }),
  piece: fc.integer({ min: 1, max: 30 }),
});

function changed(rows: Rows, list: readonly (readonly [number, { text: string; hash: bigint } | null])[]): Rows {
  const now = new Map(rows);
  for (const [at, to] of list) {
    if (to === null) now.delete(at);
    else now.set(at, to);
  }
  return now;
}

test('a part has the rows of its range, and reports what the log promised wrongly', async () => {
  await fc.assert(
    fc.asyncProperty(world, async ({ before, chunkBytes, later, budgets, piece, ...how }) => {
      const old: Rows = new Map(before);
      const whole = { table: TABLE, from: null, to: null, base: null };
      const { mergeBytes } = how;
      const fresh: Reading['plan'] = { work: [whole], parts: [[0]], read: 'full', mergeBytes };
      const first = await readAll({ plan: fresh, base: undefined, chunkBytes, piece }, old, budgets);
      const base = await listed(first);
      expectRows(base, old);

      const now = changed(changed(old, how.changes), how.unlogged);
      const chunks = new TableChunks(reader, first.pages);
      const placeOf = (at: number) =>
        base.findLastIndex(({ chunk }) => chunk.from === null || at >= Number(chunk.from[0]));
      const touched = new Set(how.changes.map(([at]) => placeOf(at)));
      const promised: IndexRanges =
        how.promises === 'none' ? [] : toRanges([...base.keys()].filter(index => !touched.has(index)));
      const item = { ...whole, base: { chunks: [0, chunks.count] as const, promised } };
      const plan: Reading['plan'] = { ...fresh, work: [item], read: how.read };
      const source = { chunksOf: () => chunks } as never as SnapshotBase;
      const state = await readAll({ plan, base: source, chunkBytes: later, piece }, now, budgets);
      expectRows(await listed(state), now);

      const wrong = base.flatMap(({ chunk: { from }, text }, index) => {
        const own = textOf(inRange(now, from, base[index + 1]?.chunk.from ?? null));
        return own !== text && how.promises === 'log' && !touched.has(index) ? [index] : [];
      });
      const reported = new Set(state.differing.map(({ chunk }) => chunk));
      // Only a full read compares everything: otherwise, tiny neighbours of changed chunks are read together with them.
      expect(wrong.filter(index => plan.read === 'full' || reported.has(index))).toEqual(
        [...reported].sort((a, b) => a - b),
      );
    }),
    { numRuns: Number(process.env.HOLDFAST_RUNS ?? 1000) },
  );
});
