/**
 * Second step of a snapshot: reads one part through a database snapshot of its own, until it is done or the time is
 * used up, and leaves a sealed checkpoint from which any process can continue. Invariant: a checkpoint names only packs
 * that are durable; a killed part loses at most the work since its last checkpoint.
 */
import { type PartProgress, PartRef, type PartState, type SnapshotPlan } from '../../domain/snapshot-parts.ts';
import { type ColumnSchema, storedColumns } from '../../domain/table-schema.ts';
import { tenantId } from '../../domain/tenant.ts';
import { type Connection, connectForCopy, withConnection } from '../../postgres/connection.ts';
import { closeView, openView, prepareSession, schemaChanged } from '../../postgres/export/snapshot-view.ts';
import { duringSnapshot } from '../catalog/tenant-turn.ts';
import type { Context } from '../context.ts';
import { ensureDigestKey } from '../storage/tenant-key.ts';
import { type TimeBudget, timeBudget } from '../time-budget.ts';
import { exportPart, type PartRun } from './export-part.ts';
import { loadPart, loadRun, storeCheckpoint } from './kept-run.ts';
import type { Planned } from './snapshot-plan.ts';
import { openSession, type SnapshotSession, tenantTables } from './snapshot-session.ts';

export interface PartReading extends Pick<Planned, 'plan' | 'base' | 'tables'> {
  readonly session: SnapshotSession;
  /** Used for nothing else until the part has been read. */
  readonly connection: Connection;
  readonly budget: TimeBudget;
  /** How long to wait for a restore of the tenant to end. Default: not at all. */
  readonly turnWaitMs?: number;
}

/**
 * Continues from `state`. When it resolves, the database has been read and the session is free for other work; the
 * returned function waits until the packs are durable, and must be called. SourceError `schema-changed`.
 */
export async function advancePart(
  ctx: Context,
  { session, connection, plan, base, tables, budget }: PartReading,
  state: PartState,
): Promise<() => Promise<PartRun>> {
  const digestKey = await ensureDigestKey(ctx, plan.tenant);
  const view = await openView(connection, { from: session.replayStart, oids: session.oids });
  try {
    if (view.fingerprint !== session.fingerprint) throw schemaChanged();
    return await exportPart(ctx, { plan, tables, base, digestKey, connection, view, budget }, state);
  } finally {
    await closeView(connection).catch(() => {});
  }
}

/**
 * One call for one part of a plan kept in the vault. Does nothing for a part that is done. Throws SourceError
 * `schema-changed` where the tables are no longer as planned, `source-changed` on another server.
 */
export async function readPart(ctx: Context, part: PartRef): Promise<PartProgress> {
  const ref = PartRef.parse(part);
  const { plan, base } = await loadRun(ctx, ref.tenant, ref.backup);
  return inPartSession(ctx, async connection => {
    const session = await openSession(ctx, connection, plan);
    const tables = tenantTables(session, tenantId(plan.tenantId));
    if (!isAsPlanned(plan, session, tables)) throw schemaChanged();
    return advanceKeptPart(ctx, { session, plan, base, tables, connection }, ref.part);
  });
}

/**
 * Whether the tables still have the planned columns, and the order in which the plan's bounds divide their rows: under
 * another one, ranges overlap or leave rows out.
 */
function isAsPlanned(plan: SnapshotPlan, { schema }: SnapshotSession, tables: Planned['tables']): boolean {
  if (JSON.stringify(schema.types) !== JSON.stringify(plan.schema.types)) return false;
  const planned = new Map(plan.schema.tables.map(table => [table.table, table]));
  return plan.tables.every(({ table, key, uncut, columns }) => {
    const now = tables.get(table);
    const isUncut = now?.keyPositions === undefined;
    return (
      JSON.stringify(now?.columns.map(printed)) === JSON.stringify(storedColumns(planned.get(table)!).map(printed)) &&
      JSON.stringify(now?.columns.map(({ name }) => name)) === JSON.stringify(columns) &&
      JSON.stringify(now?.key) === JSON.stringify(key) &&
      isUncut === (uncut ?? false)
    );
  });
}

const printed = ({ name, type, collation }: ColumnSchema) => [name, type, collation];

/** Continues from the part's latest checkpoint and stores the next. SourceError `tenant-in-restore`. */
export async function advanceKeptPart(
  ctx: Context,
  reading: Omit<PartReading, 'budget'>,
  part: number,
): Promise<PartProgress> {
  const { tenant, backup } = reading.plan;
  const ref = { tenant, backup, part };
  const state = await loadPart(ctx, tenant, backup, part);
  if (state.next === null) return { ...ref, done: true, rows: 0, bytes: 0 };
  const time = timeBudget(ctx.settings.partBudgetMs, () => ctx.clock.now().getTime());
  const run = await duringSnapshot(ctx, { tenant, waitMs: reading.turnWaitMs }, async turn => {
    // A restore waits for the end of this step, and the next step for the end of the restore.
    const budget = { isUsed: () => time.isUsed() || turn.isWanted() };
    const store = await advancePart(ctx, { ...reading, budget }, state);
    return store();
  });
  await storeCheckpoint(ctx, reading.plan, run.state);
  await ctx.crash?.('snapshot.after-part-checkpoint');
  return { ...ref, done: run.state.next === null, rows: run.rows, bytes: run.bytes };
}

/** A session for one part. */
export async function inPartSession<T>(ctx: Context, work: (connection: Connection) => Promise<T>): Promise<T> {
  const prepared = async (connection: Connection) => {
    await prepareSession(connection);
    return work(connection);
  };
  return withConnection(ctx.source, 'snapshot part', prepared, connectForCopy);
}
