/**
 * One tenant's snapshot from beginning to end in this process: the steps plan, read part, commit. A small tenant is one
 * part, read through one session without a limit, and kept in memory; the parts of a larger one are read in parallel,
 * each with its own sessions and views, and checkpoints in the vault. Invariant: objects durable, then manifest, then
 * catalog; a failure at any point leaves nothing listed.
 */
import { emptyPart, type PartState } from '../../domain/snapshot-parts.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { findTenant } from '../../postgres/catalogs/tenant-list.ts';
import { type Connection, withConnection } from '../../postgres/connection.ts';
import { readReplayStart } from '../../postgres/export/snapshot-view.ts';
import { asSourceError } from '../../postgres/source-error.ts';
import type { BackupItem } from '../catalog/catalog-index.ts';
import { duringSnapshot, TURN_WAIT_MS } from '../catalog/tenant-turn.ts';
import { type Context, refOf } from '../context.ts';
import { NO_LIMIT } from '../time-budget.ts';
import { commitParts } from './commit-snapshot.ts';
import { loadParts, storePlan } from './kept-run.ts';
import { advanceKeptPart, advancePart, inPartSession } from './read-part.ts';
import { loadNewestBase } from './snapshot-base.ts';
import { makePlan, type Planned, type PlanRequest } from './snapshot-plan.ts';
import { openSession, type SnapshotSession } from './snapshot-session.ts';

export interface SnapshotOptions {
  /** Why: schedule, manual, gap, migration, … Default: manual. */
  readonly reason?: string;
  /** `full` reads everything and compares it with the log. Default: auto. */
  readonly read?: 'auto' | 'full';
}

export interface SnapshotResult extends BackupItem {
  /** Tables without backups because the model does not name them. */
  readonly unprotected: readonly TableName[];
}

/**
 * Takes a snapshot of one tenant. Throws InputError `unknown-tenant`; SourceError `row-security`, `connection-lost`,
 * `schema-changed`, `tenant-in-restore`, …; StorageError of the vault; IntegrityError `count-mismatch` (nothing is listed) and
 * `log-mismatch` (the snapshot is listed and correct, the log was not).
 */
export async function takeSnapshot(
  ctx: Context,
  tenant: TenantId,
  options: SnapshotOptions = {},
): Promise<SnapshotResult> {
  // Opening the base takes as long as reading the catalogs, and does not wait for the database.
  const base = loadNewestBase(ctx, refOf(ctx, tenant));
  base.catch(() => {});
  return withConnection(ctx.source, 'snapshot', async connection => {
    const session = await openSession(ctx, connection).catch(error => {
      throw asSourceError(error, 'reading the catalogs');
    });
    await findTenant(connection, session.model, session.schemas, tenant);
    const how = { reason: options.reason ?? 'manual', read: options.read ?? 'auto', turnWaitMs: TURN_WAIT_MS };
    const request = { tenant, ...how, base };
    const store = await readTenant(ctx, session, connection, request);
    const item = await store();
    return { ...item, unprotected: session.unprotected };
  });
}

/**
 * One tenant within a run. The tenant must exist. When it resolves, the session is free again; the returned function
 * stores the rest and makes the backup, and must be called.
 */
export async function readTenant(
  ctx: Context,
  session: SnapshotSession,
  connection: Connection,
  request: PlanRequest,
): Promise<() => Promise<BackupItem>> {
  const turn = { tenant: refOf(ctx, request.tenant), waitMs: request.turnWaitMs };
  const { planned, small } = await duringSnapshot(ctx, turn, async () => {
    const made = await makePlan(ctx, session, connection, request);
    return { planned: made, small: made.large ? undefined : await readAtOnce(ctx, session, connection, made) };
  });
  // Parts have their own sessions and store as they read: their number must not add up over tenants.
  const parts = small ? undefined : await readInParts(ctx, session, planned);
  const store = small ?? (async () => parts!);
  return async () => commitParts(ctx, { ...planned, readTables: async () => planned.tables }, await store());
}

/** The only part of a small tenant, on the run's own session. Nothing is read where everything was reused. */
async function readAtOnce(
  ctx: Context,
  session: SnapshotSession,
  connection: Connection,
  planned: Planned,
): Promise<() => Promise<PartState[]>> {
  const { plan } = planned;
  const state = emptyPart(plan.backup, 0);
  if (plan.work.length === 0) return async () => [{ ...state, next: null }];
  const store = await advancePart(ctx, { ...planned, session, connection, budget: NO_LIMIT }, state);
  return async () => [(await store()).state];
}

/** All parts of a plan, `parallelism` at a time, each until it is done. */
async function readInParts(ctx: Context, session: SnapshotSession, planned: Planned): Promise<PartState[]> {
  const { plan } = planned;
  await storePlan(ctx, plan);
  const waiting = plan.parts.map((_, part) => part);
  const failures: unknown[] = [];
  const worker = async () => {
    for (let part = waiting.shift(); part !== undefined && failures.length === 0; part = waiting.shift())
      await readToEnd(ctx, session, planned, part);
  };
  const workers = Array.from({ length: Math.min(ctx.settings.parallelism, plan.parts.length) }, () =>
    worker().catch(error => failures.push(error)),
  );
  await Promise.all(workers);
  if (failures.length > 0) throw failures[0];
  return loadParts(ctx, plan);
}

async function readToEnd(ctx: Context, session: SnapshotSession, planned: Planned, part: number): Promise<void> {
  for (let done = false; !done; ) {
    ({ done } = await inPartSession(ctx, async connection => {
      // The log advances while earlier parts are read.
      const replayStart = await readReplayStart(connection, ctx.slot, session.epoch);
      const reading = { ...planned, session: { ...session, replayStart }, connection, turnWaitMs: TURN_WAIT_MS };
      return advanceKeptPart(ctx, reading, part);
    }));
  }
}
