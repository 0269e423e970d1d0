/**
 * From the tables to the vault: reads the work items of one part through a database snapshot and stores their chunks.
 * When the time is used up it stops at a chunk, and the state has the position to continue from. Invariant: the state
 * names only packs that are durable.
 */
import type { DigestKey } from '../../codec/digest.ts';
import type { IntegrityError } from '../../domain/errors.ts';
import { randomText } from '../../domain/new-id.ts';
import { packKey, partPagesKey } from '../../domain/object-key.ts';
import { retainUntil } from '../../domain/settings.ts';
import type { PartState, SnapshotPlan } from '../../domain/snapshot-parts.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { Connection } from '../../postgres/connection.ts';
import type { TenantTable } from '../../postgres/export/chunk-query.ts';
import { copyRangesStatement, copyStatement } from '../../postgres/export/chunk-query.ts';
import { copyOut } from '../../postgres/export/copy-export.ts';
import type { OpenView } from '../../postgres/export/snapshot-view.ts';
import type { Context } from '../context.ts';
import { ChunkStore } from '../storage/chunk-store.ts';
import { PackWriter } from '../storage/pack.ts';
import { PageBuilder } from '../storage/page-builder.ts';
import { PageReader } from '../storage/page-reader.ts';
import { PartSink, type PartStatement } from '../storage/part-sink.ts';
import type { TimeBudget } from '../time-budget.ts';
import { runLock } from './kept-run.ts';
import { PartResults } from './part-results.ts';
import { batchesOf, inCopies } from './part-statements.ts';
import { reportUnreadable, type SnapshotBase } from './snapshot-base.ts';

export interface PartJob {
  readonly plan: Pick<SnapshotPlan, 'backup' | 'tenant' | 'work' | 'parts' | 'read' | 'mergeBytes'>;
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
  // Objects are never overwritten, and an earlier call may have stored its own before it died.
  const turn = `${state.part}-${randomText(ctx.random)}`;
  const attempt = `${plan.backup}-${turn}`;
  const store = new ChunkStore(ctx, {
    tenant,
    digestKey: job.digestKey,
    blockBytes: ctx.settings.blockBytes,
    packBytes: ctx.settings.packBytes,
    packKey: number => packKey(tenant, attempt, number),
    retainUntil: retainUntil(ctx.settings, 'snapshot', ctx.clock.now()),
  });
  const { snapshot, from, to, at } = view;
  const seen = { snapshot, from, to, at };
  const pages = new PackWriter(ctx, {
    key: number => partPagesKey(tenant, plan.backup, turn, number),
    retainUntil: runLock(ctx),
  });
  const results = await openResults(ctx, job, state, pages);
  const sink = new PartSink({
    store,
    output: results,
    view: seen,
    chunkBytes: ctx.settings.chunkBytes,
    late: () => job.budget.isUsed(),
    progress: progressOf(ctx),
  });
  try {
    if (state.next !== null) await readAll(ctx, job, state, sink);
  } catch (error) {
    await store.abort();
    await pages.abort();
    throw error;
  }
  const finish = async () => {
    await store.flush();
    const read = await results.finish();
    const [stored] = await Promise.all([store.finish(), pages.close()]);
    return { ...read, packs: [...state.packs, ...stored] };
  };
  return async () => {
    const read = await finish().catch(async error => {
      await pages.abort();
      throw error;
    });
    await ctx.crash?.('snapshot.after-part-pack');
    const views = [...state.views, seen];
    return { state: { ...state, ...read, views, next: sink.next }, rows: sink.rows, bytes: sink.bytesRead };
  };
}

/** Continues the pages of the state: its last one is not stored, and grows. */
async function openResults(ctx: Context, job: PartJob, state: PartState, packs: PackWriter): Promise<PartResults> {
  const { tenant } = job.plan;
  const reader = new PageReader(ctx, tenant);
  const open = state.pages.at(-1);
  const last = open?.content ? await reader.open(open) : [];
  const done = last.length > 0 ? state.pages.slice(0, -1) : state.pages;
  const chunks = ctx.settings.pageChunks;
  const pages = new PageBuilder({ reader, chunks, store: page => packs.place(tenant, page), mayStay: () => true });
  for (const chunk of last) await pages.add(chunk);
  return new PartResults(pages, { ...state, pages: done });
}

/** A narrow range is read row by row through indexes; a hash over all of the tenant's parents costs more than the range. */
const NARROW = 'SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off';
const WIDE = 'SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on';

async function readAll(ctx: Context, job: PartJob, { part, next }: PartState, sink: PartSink): Promise<void> {
  const { plan, tables, base, connection } = job;
  const unreadable = (error: IntegrityError) => reportUnreadable(ctx, plan.tenant, base!.stored, error);
  let plans = WIDE;
  const source = { plan, tables, base, again: () => sink.again, unreadable };
  for await (const batch of batchesOf(source, part, next!)) {
    const copies = inCopies(batch);
    sink.expect(copies);
    if (sink.enough()) return;
    const statements = copies.flatMap(ranges => {
      const before = plans;
      plans = ranges[0]!.inherited === null ? WIDE : NARROW;
      return plans === before ? [copyOf(ranges)] : [plans, copyOf(ranges)];
    });
    await copyOut(connection, statements.join('; '), sink);
    if (sink.enough()) return;
  }
}

function copyOf([first, ...others]: readonly PartStatement[]): string {
  const { table, range } = first!;
  if (others.length === 0) return copyStatement(table, range);
  return copyRangesStatement(table, [range, ...others.map(other => other.range)]);
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
