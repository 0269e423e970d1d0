/**
 * From the tables to the vault: reads the work items of one part through a database snapshot and stores their chunks.
 * When the time is used up it stops at a chunk, and the state has the position to continue from. Invariant: the state
 * names only packs that are durable.
 */
import type { DigestKey } from '../../codec/digest.ts';
import { randomText } from '../../domain/new-id.ts';
import { packKey } from '../../domain/object-key.ts';
import { retainUntil } from '../../domain/settings.ts';
import type { PartState, SnapshotPlan } from '../../domain/snapshot-parts.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { Connection } from '../../postgres/connection.ts';
import type { TenantTable } from '../../postgres/export/chunk-query.ts';
import { copyStatement } from '../../postgres/export/chunk-query.ts';
import { copyOut } from '../../postgres/export/copy-export.ts';
import type { OpenView } from '../../postgres/export/snapshot-view.ts';
import type { Context } from '../context.ts';
import { ChunkStore, type ChunkTarget } from '../storage/chunk-store.ts';
import { PartSink, type PartStatement } from '../storage/part-sink.ts';
import type { TimeBudget } from '../time-budget.ts';
import { boundText, type SnapshotBase } from './snapshot-base.ts';

/** COPY statements per round trip. */
const BATCH = 64;

export interface PartJob {
  readonly plan: Pick<SnapshotPlan, 'backup' | 'tenant' | 'work' | 'parts'>;
  readonly tables: ReadonlyMap<TableName, TenantTable>;
  readonly base: SnapshotBase | undefined;
  readonly digestKey: DigestKey;
  /** The exporter's session, in `view`. */
  readonly connection: Connection;
  readonly view: OpenView;
  /** Once it is used, reading stops at the next chunk. */
  readonly budget: TimeBudget;
}

export interface PartRun {
  readonly state: PartState;
  readonly rows: number;
  readonly bytes: number;
}

/**
 * Continues from `state` until the part is done or the budget is used. When it resolves, the database has been read and
 * the counts agree, and the session is free for other work. The returned function waits until the packs are durable,
 * and must be called.
 */
export async function exportPart(ctx: Context, job: PartJob, state: PartState): Promise<() => Promise<PartRun>> {
  const { plan, view } = job;
  const tenant = plan.tenant;
  const attempt = plan.parts.length === 1 ? plan.backup : `${plan.backup}-${state.part}-${randomText(ctx.random)}`;
  const store = new ChunkStore(ctx, {
    tenant,
    digestKey: job.digestKey,
    blockBytes: ctx.settings.blockBytes,
    packBytes: ctx.settings.packBytes,
    packKey: number => packKey(tenant, attempt, number),
    retainUntil: retainUntil(ctx.settings, 'snapshot', ctx.clock.now()),
  });
  const statements = toStatements(job, state);
  const sink = new PartSink({
    statements,
    store,
    view: state.views.length,
    chunkBytes: ctx.settings.chunkBytes,
    late: () => job.budget.isUsed(),
    progress: progressOf(ctx),
  });
  try {
    await readAll(job.connection, statements, sink);
  } catch (error) {
    await store.abort();
    throw error;
  }
  return async () => {
    const stored = await store.finish();
    await ctx.crash?.('snapshot.after-part-pack');
    const { snapshot, from, to, at } = view;
    const merged = merge(state, { ...stored, view: { snapshot, from, to, at }, items: sink.items, next: sink.next });
    return { state: merged, rows: sink.rows, bytes: sink.bytesRead };
  };
}

/** Up to this number of statements, a part has wide ranges: mostly entire tables. */
const FEW = 100;
/** A narrow range is read row by row through indexes; a hash over all of the tenant's parents costs more than the range. */
const NARROW = 'SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL random_page_cost = 1.1';

async function readAll(connection: Connection, statements: readonly PartStatement[], sink: PartSink): Promise<void> {
  const prefix = statements.length > FEW ? [NARROW] : [];
  for (let start = 0; start < statements.length && !sink.enough(); start += BATCH) {
    const batch = statements.slice(start, start + BATCH);
    const copies = batch.map(({ table, range }) => copyStatement(table, range));
    await copyOut(connection, [...prefix, ...copies].join('; '), sink);
  }
}

/** The remaining COPY statements, in key order of each item. */
function toStatements(job: PartJob, state: PartState): PartStatement[] {
  const numbers = job.plan.parts[state.part] ?? [];
  const next = state.next;
  if (next === null) return [];
  return numbers.flatMap((work, position) => (position < next.position ? [] : ofItem(job, work, position, next)));
}

function ofItem(job: PartJob, work: number, position: number, next: NonNullable<PartState['next']>): PartStatement[] {
  const item = job.plan.work[work]!;
  const table = job.tables.get(item.table)!;
  const target = targetOf(table, job.base);
  const resumed = position === next.position;
  const bounds = item.chunks?.map(chunk => chunk.from) ?? [item.from];
  const lengths = item.chunks && job.base?.lengthsOf(item.table);
  return bounds.flatMap((bound, chunk) => {
    if (resumed && chunk < next.chunk) return [];
    const within = resumed && chunk === next.chunk && next.from !== null;
    const range = { from: within ? next.from : bound, to: bounds[chunk + 1] ?? item.to };
    const inherited = item.chunks === null ? null : (lengths?.get(boundText(bound)) ?? 0);
    return [{ position, work, chunk, table, target, range, inherited }];
  });
}

function targetOf(table: TenantTable, base: SnapshotBase | undefined): ChunkTarget {
  return {
    table: table.owned.table,
    columns: table.columns.map(column => column.name),
    known: base?.digests.get(table.owned.table),
  };
}

interface Increment {
  readonly packs: PartState['packs'];
  readonly blocks: PartState['blocks'];
  readonly view: PartState['views'][number];
  readonly items: PartState['items'];
  readonly next: PartState['next'];
}

/** The state with what this run added; blocks and packs are renumbered after the existing ones. */
function merge(state: PartState, { packs, blocks, view, items, next }: Increment): PartState {
  const shifted = items.map(({ work, chunks }) => ({
    work,
    chunks: chunks.map(chunk => ({
      ...chunk,
      block: chunk.length > 0 && chunk.reuse === null ? chunk.block + state.blocks.length : 0,
    })),
  }));
  const last = state.items.at(-1);
  const joins = last !== undefined && shifted[0]?.work === last.work;
  const all = joins
    ? [
        ...state.items.slice(0, -1),
        { work: last.work, chunks: [...last.chunks, ...shifted[0]!.chunks] },
        ...shifted.slice(1),
      ]
    : [...state.items, ...shifted];
  return {
    ...state,
    views: [...state.views, view],
    packs: [...state.packs, ...packs],
    blocks: [...state.blocks, ...blocks.map(block => ({ ...block, pack: block.pack + state.packs.length }))],
    items: all,
    next,
  };
}

function progressOf(ctx: Context): (rows: number, bytes: number) => void {
  let rows = 0;
  let bytes = 0;
  let told = 0;
  return (moreRows, moreBytes) => {
    rows += moreRows;
    bytes += moreBytes;
    if (!ctx.progress || bytes - told < 8 * 1024 * 1024) return;
    told = bytes;
    ctx.progress({ step: 'snapshot.rows', message: `${rows} rows read`, done: bytes, unit: 'bytes' });
  };
}
