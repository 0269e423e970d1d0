/**
 * Decides what a snapshot reads and what it reuses, and divides the reading into parts. Parts and commit only execute
 * the plan. Invariant: a chunk is reused only when the log proves that no row of it changed since the base, and nothing
 * outside the log (a rewrite, another set of partitions, another column list) happened to its table. A few of these are
 * read nevertheless, chosen at random, to verify the log.
 */
import { chooseChecks, divide } from '../../domain/chunk-layout.ts';
import { IntegrityError } from '../../domain/errors.ts';
import type { IndexRanges } from '../../domain/index-ranges.ts';
import { newId } from '../../domain/new-id.ts';
import type { SnapshotPlan, WorkItem } from '../../domain/snapshot-parts.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { estimateBytes } from '../../postgres/catalogs/table-sizes.ts';
import type { Connection } from '../../postgres/connection.ts';
import type { TenantTable } from '../../postgres/export/chunk-query.ts';
import { type Context, refOf } from '../context.ts';
import { loadNewestBase, reportUnreadable, type SnapshotBase, snapshotsOf } from './snapshot-base.ts';
import { type JudgedChanges, judgeChanges } from './snapshot-changes.ts';
import { type SnapshotSession, tenantTables } from './snapshot-session.ts';
import { type Changes, judgeTable, type LayoutOptions, layOutTable, sizeOf } from './table-layout.ts';

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
  /** loadNewestBase() of the tenant, where it is already under way. */
  readonly base?: Promise<SnapshotBase | undefined>;
  /** How long to wait for a restore of the tenant to end, in milliseconds. Default: not at all. */
  readonly turnWaitMs?: number;
}

export interface Planned {
  readonly plan: SnapshotPlan;
  readonly base: SnapshotBase | undefined;
  readonly tables: ReadonlyMap<TableName, TenantTable>;
  /** Large enough for its own sessions. */
  readonly large: boolean;
}

/** Reads the catalog, the vault and planner estimates; stores nothing. A base that does not open is not used. */
export async function makePlan(
  ctx: Context,
  session: SnapshotSession,
  connection: Connection,
  request: PlanRequest,
): Promise<Planned> {
  const base = await (request.base ?? loadNewestBase(ctx, refOf(ctx, request.tenant)));
  try {
    return await planOver(ctx, session, connection, { ...request, base });
  } catch (error) {
    if (!(base && error instanceof IntegrityError)) throw error;
    await reportUnreadable(ctx, refOf(ctx, request.tenant), base.stored, error);
    return planOver(ctx, session, connection, { ...request, base: undefined });
  }
}

async function planOver(
  ctx: Context,
  session: SnapshotSession,
  connection: Connection,
  request: Omit<PlanRequest, 'base'> & { readonly base: SnapshotBase | undefined },
): Promise<Planned> {
  const { base } = request;
  const tenant = refOf(ctx, request.tenant);
  const startedAt = ctx.clock.now();
  const judgement =
    base &&
    (await judgeChanges(ctx, connection, tenant, base, { shapes: session.shapes, types: session.schema.types }));
  const full = request.read === 'full' || !judgement || (await fullReadIsDue(ctx, tenant));
  const tables = tenantTables(session, request.tenant);
  const estimates = await estimate(session, connection, [...tables.values()], base);
  const pieces = pieceBytes(ctx, estimates);
  const about = { full, pieces, mergeBytes: Math.floor(ctx.settings.chunkBytes / 2) };
  const judged = { base, judgement, estimates, checkedChunks: full ? 0 : ctx.settings.checkedChunks, ...about };
  const { work, sizes, planTables } = await layOutAll(session, connection, tables, judged);
  const { id, key, sha256 } = base ? { ...base.stored, id: base.stored.header.id } : {};
  const plan: SnapshotPlan = {
    format: 'holdfast.snapshot-plan/2',
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
    mergeBytes: about.mergeBytes,
    work,
    parts: divide(sizes, pieces),
  };
  return { plan, base, tables, large: plan.parts.length > 1 || sum(sizes) >= SMALL_TENANT_BYTES };
}

interface JudgedTenant extends Pick<LayoutOptions, 'base' | 'full' | 'pieces' | 'mergeBytes'> {
  readonly judgement: JudgedChanges | undefined;
  readonly estimates: ReadonlyMap<TableName, number>;
  readonly checkedChunks: number;
}

/** The layout of every table, and the work with about its bytes. */
async function layOutAll(
  session: SnapshotSession,
  connection: Connection,
  tables: ReadonlyMap<TableName, TenantTable>,
  { judgement, estimates, checkedChunks, ...about }: JudgedTenant,
): Promise<{ work: WorkItem[]; sizes: number[]; planTables: SnapshotPlan['tables'] }> {
  const work: WorkItem[] = [];
  const sizes: number[] = [];
  const planTables: SnapshotPlan['tables'] = [];
  const changes = new Map<TableName, Changes>();
  for (const table of tables.values())
    changes.set(table.owned.table, await judgeTable(session, connection, table, { base: about.base, judgement }));
  const checked = chooseChecks(reusableIn(changes), checkedChunks, Math.random);
  for (const table of tables.values()) {
    const name = table.owned.table;
    const found = { changes: changes.get(name)!, checked: checked.get(name), estimate: estimates.get(name) ?? 0 };
    const options = { ...about, ...found };
    const stretches = await layOutTable(session, connection, table, options);
    const layout = stretches.map(stretch => ('keep' in stretch ? stretch : { work: work.push(stretch.work) - 1 }));
    for (const item of work.slice(sizes.length)) sizes.push(sizeOf(item, options));
    planTables.push({
      table: name,
      columns: table.columns.map(column => column.name),
      key: [...table.key],
      storage: session.storage.get(name)!,
      ...(table.keyPositions === undefined && { uncut: true }),
      layout,
    });
  }
  return { work, sizes, planTables };
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
  const known = new Map(
    tables.flatMap(table => {
      const before = base?.tables.get(table.owned.table);
      return before ? [[table.owned.table, before.bytes] as const] : [];
    }),
  );
  const unknown = tables.filter(table => !known.has(table.owned.table));
  if (unknown.length === 0) return known;
  const share = await session.greatestShare(connection);
  const most = (table: TenantTable) => (session.sizes.get(table.owned.table)?.bytes ?? 0) * share;
  const small = unknown.reduce((sum, table) => sum + most(table), 0) < SMALL_TENANT_BYTES;
  const estimates = small ? unknown.map(most) : await estimateBytes(connection, unknown, session.sizes);
  for (const [index, table] of unknown.entries()) known.set(table.owned.table, estimates[index]!);
  return known;
}

function reusableIn(changes: ReadonlyMap<TableName, Changes>): Map<TableName, IndexRanges> {
  return new Map([...changes].flatMap(([name, { chunks }]) => (chunks ? [[name, chunks.promised] as const] : [])));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
