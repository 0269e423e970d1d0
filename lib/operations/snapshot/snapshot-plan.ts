/**
 * Decides what a snapshot reads and what it reuses, and divides the reading into parts. Parts and commit only execute
 * the plan. Invariant: a chunk is reused only when the log proves that no row of it changed since the base, and nothing
 * outside the log (a rewrite, another set of partitions, another column list) happened to its table. A few of these are
 * read nevertheless, chosen at random, to verify the log.
 */
import { chooseChecks, divide, type LayoutStretch, layOut, toLayout } from '../../domain/chunk-layout.ts';
import { newId } from '../../domain/new-id.ts';
import type { SnapshotPlan, WorkItem } from '../../domain/snapshot-parts.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { estimateBytes, sampleBounds } from '../../postgres/catalogs/table-sizes.ts';
import type { Connection } from '../../postgres/connection.ts';
import type { TenantTable } from '../../postgres/export/chunk-query.ts';
import { chunksOfKeys } from '../../postgres/export/key-ranges.ts';
import { type Context, refOf } from '../context.ts';
import { boundsHold, boundText, loadNewestBase, rowsHold, type SnapshotBase, snapshotsOf } from './snapshot-base.ts';
import { type JudgedChanges, judgeChanges } from './snapshot-changes.ts';
import { type SnapshotSession, tenantTables } from './snapshot-session.ts';

/** A full read at least this often, whatever the log shows. */
const FULL_READ_EVERY_MS = 7 * 24 * 3600 * 1000;
/** From this size on, in bytes, a part gets its own connection. */
const LEAST_PART_BYTES = 128 * 1024 * 1024;
/** Below this a tenant is read through the run's own session, in bytes; above, in parts with checkpoints. */
const SMALL_TENANT_BYTES = 32 * 1024 * 1024;

export interface PlanRequest {
  readonly tenant: TenantId;
  /** Why: schedule, manual, gap, migration, … */
  readonly reason: string;
  /** `full` reads everything; `auto` reuses what is unchanged according to the log. */
  readonly read?: 'auto' | 'full';
}

export interface Planned {
  readonly plan: SnapshotPlan;
  readonly base: SnapshotBase | undefined;
  readonly tables: ReadonlyMap<TableName, TenantTable>;
  /** Large enough for its own sessions. */
  readonly large: boolean;
}

/** Reads the catalog, the vault and planner estimates; stores nothing. */
export async function makePlan(
  ctx: Context,
  session: SnapshotSession,
  connection: Connection,
  request: PlanRequest,
): Promise<Planned> {
  const tenant = refOf(ctx, request.tenant);
  const startedAt = ctx.clock.now();
  const base = await loadNewestBase(ctx, tenant);
  const judgement = base && (await judgeChanges(ctx, connection, tenant, base, session.shapes));
  const full = request.read === 'full' || !judgement || (await fullReadIsDue(ctx, tenant));
  const tables = tenantTables(session, request.tenant);
  const estimates = await estimate(session, connection, [...tables.values()], base);
  const pieces = pieceBytes(ctx, estimates);
  const work: WorkItem[] = [];
  const sizes: number[] = [];
  const planTables: SnapshotPlan['tables'] = [];
  const changes = new Map<TableName, Changes>();
  for (const table of tables.values())
    changes.set(table.owned.table, await judgeTable(session, connection, table, { base, judgement }));
  const checked = full ? new Map() : chooseChecks(reusableIn(changes), ctx.settings.checkedChunks, Math.random);
  for (const table of tables.values()) {
    const name = table.owned.table;
    const options = { full, pieces, estimate: estimates.get(name) ?? 0 };
    const judged = { base, changes: changes.get(name)!, checked: checked.get(name), ...options };
    const stretches = await layOutTable(ctx, session, connection, table, judged);
    const layout = toLayout(stretches, item => work.push(item) - 1);
    for (const item of work.slice(sizes.length)) sizes.push(sizeOf(item, base, options));
    planTables.push({
      table: table.owned.table,
      columns: table.columns.map(column => column.name),
      key: [...table.key],
      storage: session.storage.get(table.owned.table)!,
      layout,
    });
  }
  const { id, key, sha256 } = base ? { ...base.stored, id: base.stored.header.id } : {};
  const plan: SnapshotPlan = {
    format: 'holdfast.snapshot-plan/1',
    backup: newId(ctx),
    tenant,
    tenantId: request.tenant,
    reason: request.reason,
    read: full ? 'full' : 'changed',
    base: id && key && sha256 ? { id, key, sha256 } : null,
    judged: judgement ? { lsn: judgement.lsn, time: judgement.time } : null,
    startedAt: startedAt.toISOString(),
    server: session.server,
    source: session.source,
    epoch: session.epoch,
    schema: session.schema,
    model: ownedTables(session.model),
    sequences: session.sequences,
    tables: planTables,
    work,
    parts: divide(sizes, pieces),
  };
  return { plan, base, tables, large: plan.parts.length > 1 || sum(sizes) >= SMALL_TENANT_BYTES };
}

async function fullReadIsDue(ctx: Context, tenant: TenantRef): Promise<boolean> {
  const latest = (await snapshotsOf(ctx, tenant)).findLast(item => item.read === 'full');
  return !latest || ctx.clock.now().getTime() - Date.parse(latest.createdAt) >= FULL_READ_EVERY_MS;
}

/** Bytes of a part: as configured, or less so that all connections have work. */
function pieceBytes(ctx: Context, estimates: ReadonlyMap<TableName, number>): number {
  const { partBytes, parallelism } = ctx.settings;
  const total = sum([...estimates.values()]);
  return Math.min(partBytes, Math.max(Math.ceil((total * 1.1) / parallelism), LEAST_PART_BYTES));
}

/** Bytes of the tenant per table: from the base, else from the statistics or the planner. */
async function estimate(
  session: SnapshotSession,
  connection: Connection,
  tables: readonly TenantTable[],
  base: SnapshotBase | undefined,
): Promise<Map<TableName, number>> {
  const most = (table: TenantTable) => (session.sizes.get(table.owned.table)?.bytes ?? 0) * session.greatestShare;
  const known = new Map(
    tables.flatMap(table => {
      const before = base?.tables.get(table.owned.table);
      return before ? [[table.owned.table, before.bytes] as const] : [];
    }),
  );
  const unknown = tables.filter(table => !known.has(table.owned.table));
  const small = unknown.reduce((sum, table) => sum + most(table), 0) < SMALL_TENANT_BYTES;
  const estimates = small ? unknown.map(most) : await estimateBytes(connection, unknown, session.sizes);
  for (const [index, table] of unknown.entries()) known.set(table.owned.table, estimates[index]!);
  return known;
}

/** The changes of a table since the base, from the log. */
interface Changes {
  /** No row changed. */
  readonly none: boolean;
  /** By the base's chunks; undefined where its bounds no longer divide the rows. */
  readonly chunks: { readonly touched: ReadonlySet<number>; readonly promised: ReadonlySet<number> } | undefined;
}

async function judgeTable(
  session: SnapshotSession,
  connection: Connection,
  table: TenantTable,
  { base, judgement }: { base: SnapshotBase | undefined; judgement: JudgedChanges | undefined },
): Promise<Changes> {
  const name = table.owned.table;
  const before = base?.tables.get(name);
  const same = base !== undefined && rowsHold(base, table, session.storage.get(name)!, session.schema.types);
  const changed = same && judgement && session.logged.has(name) ? (judgement.keys.get(name) ?? []) : 'all';
  const none = changed !== 'all' && changed.length === 0;
  if (!base || !before || !boundsHold(base, table)) return { none, chunks: undefined };
  const every = before.chunks.map((_, index) => index);
  const bounds = before.chunks.map(chunk => chunk.from);
  const touched = changed === 'all' ? new Set(every) : await chunksOfKeys(connection, table, bounds, changed);
  return { none, chunks: { touched, promised: new Set(every.filter(index => !touched.has(index))) } };
}

function reusableIn(changes: ReadonlyMap<TableName, Changes>): Map<TableName, ReadonlySet<number>> {
  return new Map([...changes].flatMap(([name, { chunks }]) => (chunks ? [[name, chunks.promised] as const] : [])));
}

interface TableOptions {
  readonly base: SnapshotBase | undefined;
  readonly changes: Changes;
  /** Chunks that are read only for comparison. */
  readonly checked: ReadonlySet<number> | undefined;
  readonly full: boolean;
  readonly pieces: number;
  readonly estimate: number;
}

async function layOutTable(
  ctx: Context,
  session: SnapshotSession,
  connection: Connection,
  table: TenantTable,
  options: TableOptions,
): Promise<LayoutStretch[]> {
  const { base, changes, checked, full, pieces } = options;
  const name = table.owned.table;
  const before = base?.tables.get(name);
  if (!base || !before || !changes.chunks) {
    // No bounds to inherit. A table that cannot be cut can still be reused entirely.
    if (before && !full && table.keyPositions === undefined && changes.none)
      return [{ keep: [0, before.chunks.length] }];
    return freshStretches(session, connection, table, options);
  }
  const { touched, promised } = changes.chunks;
  const stretches = layOut(before.chunks, {
    table: name,
    read: full ? new Set(before.chunks.keys()) : touched,
    ...{ promised, checked },
    mergeBytes: ctx.settings.chunkBytes / 2,
  });
  return stretches.flatMap(stretch => ('work' in stretch ? splitWork(stretch.work, base, pieces) : [stretch]));
}

/** A table without usable bounds: one stretch, or several of about equal size where it is larger than a part. */
async function freshStretches(
  session: SnapshotSession,
  connection: Connection,
  table: TenantTable,
  { estimate: bytes, pieces }: TableOptions,
): Promise<LayoutStretch[]> {
  const count = Math.ceil((bytes * 2) / pieces);
  const size = session.sizes.get(table.owned.table);
  const bounds = bytes > pieces / 2 ? await sampleBounds(connection, table, count, size) : [];
  const froms = [null, ...bounds];
  return froms.map((from, index) => ({
    work: { table: table.owned.table, from, to: froms[index + 1] ?? null, chunks: null },
  }));
}

/** Inherited chunks in work items that fit into a part. */
function splitWork(work: WorkItem, base: SnapshotBase, pieces: number): LayoutStretch[] {
  const lengths = base.lengthsOf(work.table);
  const inherited = work.chunks!;
  const groups = divide(
    inherited.map(chunk => lengths.get(boundText(chunk.from)) ?? 0),
    pieces / 2,
  );
  return groups.map(group => {
    const last = group.at(-1)!;
    const to = inherited[last + 1]?.from ?? work.to;
    const members = group.map(index => inherited[index]!);
    return { work: { table: work.table, from: members[0]!.from, to, chunks: members } };
  });
}

function sizeOf(item: WorkItem, base: SnapshotBase | undefined, options: { estimate: number; pieces: number }): number {
  if (item.chunks === null || !base?.tables.has(item.table))
    return item.from === null && item.to === null ? options.estimate : options.pieces / 2;
  const lengths = base.lengthsOf(item.table);
  return item.chunks.reduce((sum, chunk) => sum + (lengths.get(boundText(chunk.from)) ?? 0), 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
