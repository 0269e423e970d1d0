/**
 * One tenant's snapshot from beginning to end in this process: plan, read the parts, commit. A small tenant is one part
 * read through one session; a larger one is read in parts at the same time, each with sessions and a view of its own.
 * Invariant: objects durable, then manifest, then catalog; a failure at any point leaves nothing listed.
 */
import type { PartState } from '../../domain/snapshot-parts.ts';
import { emptyPart } from '../../domain/snapshot-parts.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import { findTenant } from '../../postgres/catalogs/tenant-list.ts';
import { type Connection, withConnection } from '../../postgres/connection.ts';
import { closeView, openView, schemaChanged } from '../../postgres/export/snapshot-view.ts';
import { asSourceError } from '../../postgres/source-error.ts';
import type { BackupItem } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import { ensureDigestKey } from '../storage/tenant-key.ts';
import { comparePromises } from './compare-promises.ts';
import { commitParts } from './snapshot-commit.ts';
import { exportPart } from './snapshot-part.ts';
import { makePlan, type Planned, type PlanRequest } from './snapshot-plan.ts';
import { runParts } from './snapshot-run.ts';
import { openSession, type SnapshotSession } from './snapshot-session.ts';

export interface SnapshotOptions {
  /** Why: schedule, manual, gap, migration, … Default: manual. */
  readonly reason?: string;
  /** `full` reads everything and compares with what the log promised. Default: auto. */
  readonly read?: 'auto' | 'full';
}

export interface SnapshotResult extends BackupItem {
  /** Tables whose rows no backup holds because the model does not name them. */
  readonly unprotected: readonly TableName[];
}

/**
 * Takes a snapshot of one tenant. Throws InputError `unknown-tenant`; SourceError `row-security`, `connection-lost`,
 * `schema-changed`, …; StorageError of the vault; IntegrityError `count-mismatch` (nothing is listed) and
 * `log-mismatch` (the snapshot is listed and right, what the log promised was not).
 */
export async function takeSnapshot(
  ctx: Context,
  tenant: TenantId,
  options: SnapshotOptions = {},
): Promise<SnapshotResult> {
  return withConnection(ctx.source, 'snapshot', async connection => {
    const session = await inSession(() => openSession(ctx, connection));
    await findTenant(connection, session.model, session.schemas, tenant);
    const request = { tenant, reason: options.reason ?? 'manual', read: options.read ?? 'auto' };
    const store = await readTenant(ctx, session, connection, request);
    const item = await store();
    return { ...item, unprotected: session.unprotected };
  });
}

/**
 * One tenant within a run. The tenant must exist. When it resolves, the session is free again; the function that it
 * gives stores the rest and makes the backup, and must be called.
 */
export async function readTenant(
  ctx: Context,
  session: SnapshotSession,
  connection: Connection,
  request: PlanRequest,
): Promise<() => Promise<BackupItem>> {
  const planned = await makePlan(ctx, session, connection, request);
  const { plan, base } = planned;
  // Parts bring sessions of their own and store as they go: their number must not add up over tenants.
  const parts = planned.large ? await runParts(ctx, session, planned) : undefined;
  const store = parts ? async () => parts : await readWhole(ctx, session, connection, planned);
  return async () => {
    const states = await store();
    const item = await commitParts(ctx, plan, base, states);
    await comparePromises(ctx, planned, states);
    return item;
  };
}

/** The only part of a small tenant, on the run's own session. Nothing is read where everything was taken over. */
async function readWhole(
  ctx: Context,
  session: SnapshotSession,
  connection: Connection,
  planned: Planned,
): Promise<() => Promise<PartState[]>> {
  const { plan, base, tables } = planned;
  const state = emptyPart(plan.backup, 0);
  if (plan.work.length === 0) return async () => [{ ...state, next: null }];
  const digestKey = await ensureDigestKey(ctx, plan.tenant as TenantRef);
  const view = await openView(connection, { from: session.replayStart, oids: session.oids });
  try {
    if (view.fingerprint !== session.fingerprint) throw schemaChanged();
    const job = {
      plan,
      tables,
      base,
      digestKey,
      connection,
      view,
      budgetMs: Number.POSITIVE_INFINITY,
    };
    const store = await exportPart(ctx, job, state);
    return async () => [(await store()).state];
  } finally {
    await closeView(connection).catch(() => {});
  }
}

async function inSession<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asSourceError(error, 'reading the catalogs');
  }
}
