/**
 * Parts as processes of their own see them: everything they need comes from the vault (the sealed plan, the latest
 * sealed checkpoint), so that any process may run any part, go on with it after a crash, and commit when all are done.
 * References and counts are all that travels between them.
 */
import { StorageError } from '../../domain/errors.ts';
import { checkpointKey, checkpointPrefix, snapshotPlanKey } from '../../domain/object-key.ts';
import { emptyPart, type PartProgress, PartRef, PartState, SnapshotPlan } from '../../domain/snapshot-parts.ts';
import { type TenantRef, tenantId } from '../../domain/tenant.ts';
import { type Connection, connectForCopy, withConnection } from '../../postgres/connection.ts';
import { openView, prepareSession, readReplayStart, schemaChanged } from '../../postgres/export/snapshot-view.ts';
import type { Context } from '../context.ts';
import { putDocument, readDocument } from '../storage/sealed-document.ts';
import { ensureDigestKey } from '../storage/tenant-key.ts';
import { loadBase, type SnapshotBase } from './snapshot-base.ts';
import { readPart } from './snapshot-part.ts';
import type { Planned } from './snapshot-plan.ts';
import { openSession, type SnapshotSession, tenantTables } from './snapshot-session.ts';

/** What a running snapshot keeps of itself is locked for a day and no backup needs it. */
const RUN_RETENTION_MS = 24 * 3600 * 1000;

/** Stores the plan, so that parts can run anywhere. */
export async function storePlan(ctx: Context, plan: SnapshotPlan): Promise<void> {
  await keep(ctx, plan.tenant as TenantRef, snapshotPlanKey(plan.tenant as TenantRef, plan.backup), plan);
}

/** Plan and base of a running snapshot. StorageError `no-such-run` where nothing was planned under that id. */
export async function loadRun(
  ctx: Context,
  tenant: TenantRef,
  backup: string,
): Promise<{ plan: SnapshotPlan; base: SnapshotBase | undefined }> {
  const key = snapshotPlanKey(tenant, backup);
  if (!(await ctx.vault.head(key))) {
    throw new StorageError('no-such-run', 'There is no plan of a snapshot under that id.', {
      hint: 'Plan the snapshot first; plans are kept for at least a day.',
      details: { backup },
    });
  }
  const plan = await readDocument(ctx, tenant, key, SnapshotPlan);
  return { plan, base: plan.base ? await loadBase(ctx, tenant, plan.base) : undefined };
}

/** The latest checkpoint of a part; the beginning where there is none. */
export async function loadPart(ctx: Context, tenant: TenantRef, backup: string, part: number): Promise<PartState> {
  let latest: string | undefined;
  for await (const object of ctx.vault.list(checkpointPrefix(tenant, backup, part))) latest = object.key;
  return latest === undefined ? emptyPart(backup, part) : readDocument(ctx, tenant, latest, PartState);
}

/**
 * Reads one part until it is done or its time budget is used up, and leaves a checkpoint. Calling it for a part that is
 * done does nothing. Throws SourceError `schema-changed` where the tables no longer are as planned.
 */
export async function runSnapshotPart(ctx: Context, ref: PartRef): Promise<PartProgress> {
  const { tenant, backup, part } = PartRef.parse(ref);
  const { plan, base } = await loadRun(ctx, tenant as TenantRef, backup);
  return withSession(ctx, async connection => {
    const session = await openSession(ctx, connection);
    const tables = tenantTables(session, tenantId(plan.tenantId));
    for (const { table, columns } of plan.tables) {
      const now = tables.get(table)?.columns.map(column => column.name);
      if (JSON.stringify(now) !== JSON.stringify(columns)) throw schemaChanged();
    }
    return runOnce(ctx, session, { plan, base, tables }, part, connection);
  });
}

/** All parts of a plan in this process, `parallelism` at a time, each until it is done. */
export async function runParts(ctx: Context, session: SnapshotSession, planned: Planned): Promise<PartState[]> {
  const { plan } = planned;
  await storePlan(ctx, plan);
  const waiting = plan.parts.map((_, part) => part);
  const failures: unknown[] = [];
  const worker = async () => {
    for (let part = waiting.shift(); part !== undefined && failures.length === 0; part = waiting.shift()) {
      const number = part;
      let done = false;
      while (!done) {
        done = await withSession(ctx, async connection => {
          return (await runOnce(ctx, session, planned, number, connection)).done;
        });
      }
    }
  };
  const workers = Array.from({ length: Math.min(ctx.settings.parallelism, plan.parts.length) }, () =>
    worker().catch(error => failures.push(error)),
  );
  await Promise.all(workers);
  if (failures.length > 0) throw failures[0];
  return loadParts(ctx, plan);
}

export function loadParts(ctx: Context, plan: SnapshotPlan): Promise<PartState[]> {
  return Promise.all(plan.parts.map((_, part) => loadPart(ctx, plan.tenant as TenantRef, plan.backup, part)));
}

async function runOnce(
  ctx: Context,
  session: SnapshotSession,
  { plan, base, tables }: Omit<Planned, 'large'>,
  part: number,
  connection: Connection,
): Promise<PartProgress> {
  const tenant = plan.tenant as TenantRef;
  const state = await loadPart(ctx, tenant, plan.backup, part);
  const ref = { tenant, backup: plan.backup, part };
  if (state.next === null) return { ...ref, done: true, rows: 0, bytes: 0 };
  const digestKey = await ensureDigestKey(ctx, tenant);
  const from = await readReplayStart(connection, ctx.slot);
  const view = await openView(connection, { from, oids: session.oids });
  if (view.fingerprint !== session.fingerprint) throw schemaChanged();
  const job = { plan, tables, base, digestKey, connection, view, budgetMs: ctx.settings.partBudgetMs };
  const run = await readPart(ctx, job, state);
  await keep(ctx, tenant, checkpointKey(tenant, plan.backup, part, state.views.length), run.state);
  await ctx.crash?.('snapshot.after-part-checkpoint');
  return { ...ref, done: run.state.next === null, rows: run.rows, bytes: run.bytes };
}

async function withSession<T>(ctx: Context, work: (connection: Connection) => Promise<T>): Promise<T> {
  const prepared = async (connection: Connection) => {
    await prepareSession(connection);
    return work(connection);
  };
  return withConnection(ctx.source, 'snapshot part', prepared, connectForCopy);
}

async function keep(ctx: Context, tenant: TenantRef, key: string, document: unknown): Promise<void> {
  await ensureDigestKey(ctx, tenant);
  const retainUntil = new Date(ctx.clock.now().getTime() + RUN_RETENTION_MS);
  await putDocument(ctx, tenant, key, document, { retainUntil });
}
