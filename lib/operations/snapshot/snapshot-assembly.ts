/**
 * Combines what parts have read and what is reused into the body of one manifest, table by table and page by page: pages
 * of the base in which nothing was read are carried unopened. Invariant: every chunk of the layout is in a page, in key
 * order, and every pack that a page names is listed.
 */
import type { Chunk, ChunkPage, View } from '../../domain/chunk-page.ts';
import type { IndexRange } from '../../domain/index-ranges.ts';
import { randomText } from '../../domain/new-id.ts';
import { packKey } from '../../domain/object-key.ts';
import type { SnapshotBody, SnapshotTable } from '../../domain/snapshot-body.ts';
import type { PartState, PlanTable, SnapshotPlan } from '../../domain/snapshot-parts.ts';
import type { Context } from '../context.ts';
import { PackWriter } from '../storage/pack.ts';
import { PageBuilder } from '../storage/page-builder.ts';
import { PageReader, TableChunks } from '../storage/page-reader.ts';
import type { SnapshotBase } from './snapshot-base.ts';

export interface Assembly {
  readonly body: SnapshotBody;
  /** Every pack that the body needs, with its bytes. */
  readonly packs: { key: string; bytes: number }[];
  /** Of these, the packs that were written for earlier backups. */
  readonly oldPacks: string[];
  readonly storedBytes: number;
  readonly rows: number;
  readonly bytes: number;
  readonly chunks: number;
  /** Chunks whose bytes were not stored again. */
  readonly reusedChunks: number;
}

/** A finished snapshot: what was planned, what it builds on, and what its parts have read. */
export interface FinishedRun {
  readonly plan: SnapshotPlan;
  readonly base: SnapshotBase | undefined;
  readonly states: readonly PartState[];
}

/** The only chunks of a table, if no more, always stay in the manifest: an entry of a page is as large. */
const LEAST = 2;

/** Stores the pages that are new. When it resolves, they are durable. */
export async function assembleSnapshot(ctx: Context, run: FinishedRun, until: Date): Promise<Assembly> {
  const { plan, base, states } = run;
  // Another attempt may have written its own.
  const attempt = `${plan.backup}-pages-${randomText(ctx.random)}`;
  const writer = new PackWriter(ctx, {
    key: number => packKey(plan.tenant, attempt, number),
    retainUntil: until,
    packBytes: ctx.settings.packBytes,
  });
  const reader = new PageReader(ctx, plan.tenant);
  // As many chunks as a page has stay in the manifest: those of small tables, and of small tenants.
  const chunks = ctx.settings.pageChunks;
  let room = chunks;
  const pages = () => {
    let least = LEAST;
    const mayStay = (count: number) => {
      const stays = count <= Math.max(least, room);
      if (count > least) room -= stays ? count : 0;
      least = 0;
      return stays;
    };
    const store = (content: Uint8Array) => writer.place(plan.tenant, content);
    return new PageBuilder({ reader: base?.reader ?? reader, chunks, store, mayStay });
  };
  try {
    const read = readChunks(reader, states);
    const tables: SnapshotTable[] = [];
    for (const table of plan.tables) tables.push(await assembleTable(table, run, read, pages()));
    return summarize(run, tables, await writer.close());
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** The chunks of a work item, in key order. */
type ReadChunks = (work: number) => AsyncIterable<Chunk>;

function readChunks(reader: PageReader, states: readonly PartState[]): ReadChunks {
  const places = new Map<number, { chunks: TableChunks; range: IndexRange }>();
  for (const { pages, items } of states) {
    const chunks = new TableChunks(reader, pages);
    let start = 0;
    for (const { work, chunks: count } of items) {
      places.set(work, { chunks, range: [start, start + count] });
      start += count;
    }
  }
  return async function* (work) {
    const place = places.get(work);
    if (place) yield* place.chunks.between(place.range);
  };
}

/**
 * The range of an empty chunk joins the chunk before it, so that its rows and digest stay the same. At least one chunk
 * stays, and the first begins at minus infinity.
 */
async function assembleTable(
  { layout, ...table }: PlanTable,
  { plan, base }: FinishedRun,
  read: ReadChunks,
  builder: PageBuilder,
): Promise<SnapshotTable> {
  let empty: Chunk | undefined;
  const add = (chunk: Chunk) => {
    if (chunk.rows > 0) return builder.add(chunk);
    empty ??= chunk;
    return undefined;
  };
  for (const segment of layout) {
    if ('work' in segment) for await (const chunk of read(segment.work)) await add(chunk);
    else await keep(base!.chunksOf(table.table), segment.keep, judgedView(plan), { add, builder });
  }
  let pages = await builder.finish();
  if (pages.length === 0 && empty) {
    builder.add(empty);
    pages = await builder.finish();
  }
  const [first, ...others] = pages;
  const all = first ? [{ ...first, from: null }, ...others] : [];
  return {
    ...table,
    rows: all.reduce((sum, page) => sum + page.rows, 0),
    checksum: all.reduce((sum, page) => sum + BigInt(page.checksum), 0n).toString(),
    bytes: all.reduce((sum, page) => sum + page.bytes, 0),
    pages: all,
  };
}

/** Whole pages are carried; of others, the chunks in the range. */
async function keep(
  chunks: TableChunks,
  range: IndexRange,
  view: View,
  { add, builder }: { add: (chunk: Chunk) => Promise<void> | undefined; builder: PageBuilder },
): Promise<void> {
  for (const { page: number, part } of chunks.pagesIn(range)) {
    const page = chunks.pages[number]!;
    if (part[1] - part[0] === page.chunks && page.rows > 0) await builder.keep(page, view);
    else for await (const chunk of chunks.between(part)) await add({ ...chunk, view });
  }
}

/** Chunks that the log proved unchanged; its position is the moment that the chunk represents. */
function judgedView(plan: SnapshotPlan): View {
  const { lsn, time } = plan.judged!;
  return { snapshot: `log:${lsn}`, from: lsn, to: lsn, at: time };
}

function summarize(
  { plan, base, states }: FinishedRun,
  tables: SnapshotTable[],
  pagePacks: { key: string; bytes: number }[],
): Assembly {
  const written = [...states.flatMap(state => state.packs), ...pagePacks];
  const sizes = new Map([...(base?.stored.header.objects ?? []), ...written].map(({ key, bytes }) => [key, bytes]));
  const used = new Set(tables.flatMap(table => table.pages.flatMap(packsOf)));
  const own = new Set(written.map(({ key }) => key));
  const kept = plan.tables.flatMap(({ layout }) =>
    layout.map(segment => ('keep' in segment ? segment.keep[1] - segment.keep[0] : 0)),
  );
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const views = [...states.flatMap(state => state.views), ...(sum(kept) > 0 ? [judgedView(plan)] : [])];
  const reusedChunks = sum(kept) + sum(states.map(state => state.reused));
  return {
    body: {
      ...{ tenantId: plan.tenantId, server: plan.server, schema: plan.schema, model: plan.model },
      ...{ read: plan.read, base: plan.base?.id ?? null, reason: plan.reason, views, tables },
      ...{ sequences: plan.sequences, reusedChunks },
    },
    packs: [...used].map(key => ({ key, bytes: sizes.get(key)! })),
    oldPacks: [...used].filter(key => !own.has(key)),
    storedBytes: sum(written.map(pack => pack.bytes)),
    rows: sum(tables.map(table => table.rows)),
    bytes: sum(tables.map(table => table.bytes)),
    chunks: sum(tables.flatMap(table => table.pages.map(page => page.chunks))),
    reusedChunks,
  };
}

function packsOf({ packs, stored }: ChunkPage): string[] {
  return [...packs.map(({ key }) => key), ...(stored ? [stored.pack] : [])];
}
