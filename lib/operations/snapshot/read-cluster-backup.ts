/**
 * Reads one tenant of a copy of the database, which the cluster's own backups gave: for moments that no backup of Holdfast
 * reaches. What was read is sealed under the tenant's key and signed like a snapshot, and is no part of the chain of the
 * tenant's backups: the copy is needed until it was read, and a restore starts from the vault.
 *
 * Invariant: a table is read whole or refused by name; nothing is written to the copy, and no row of the source is read.
 */
import * as z from 'zod';
import { CLUSTER_READ_DAYS } from '../../domain/cluster-backup.ts';
import type { ModelProblemCode } from '../../domain/compare-model.ts';
import { HoldfastError, SourceError, TargetError } from '../../domain/errors.ts';
import { emptyPart, PartRef, type SnapshotPlan } from '../../domain/snapshot-parts.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { findTenant } from '../../postgres/catalogs/tenant-list.ts';
import { type Connection, connectForCopy, type Source, withConnection } from '../../postgres/connection.ts';
import { matchesName } from '../../postgres/diff/diff-shape.ts';
import { readRunningServer } from '../../postgres/server/copied-server.ts';
import { readSourceIdentity } from '../../postgres/server/source-identity.ts';
import { type ClusterReadItem, clusterReads } from '../catalog/cluster-reads.ts';
import { type Context, refOf } from '../context.ts';
import { checkModel } from '../model/check-model.ts';
import { NO_LIMIT, type TimeBudget } from '../time-budget.ts';
import { loadParts, loadRun, storePlan } from './kept-run.ts';
import { publishClusterRead } from './publish-cluster-read.ts';
import { advancePart, readPart } from './read-part.ts';
import { makePlan, type Planned } from './snapshot-plan.ts';
import { openSession, type SnapshotSession } from './snapshot-session.ts';

export interface ClusterReadRequest {
  readonly tenant: TenantId;
  /** To which the copy was restored, ISO 8601 UTC with microseconds: as asked of it, which nobody here can prove. */
  readonly moment: string;
  /** Names of tables to leave unread. */
  readonly exclude?: readonly string[];
}

/** The same installation with the copy as its source: backups of it are kept for a few days, and it tells nobody. */
function onCopy(ctx: Context, copy: Source, exclude: readonly string[] = []): Context {
  const isLeftOut = (table: string) => exclude.some(name => matchesName(table, name));
  const { settings, model } = ctx;
  return {
    ...ctx,
    source: copy,
    notifier: { notify: async () => {} },
    model: { ...model, tables: model.tables.filter(({ table }) => !isLeftOut(table)) },
    settings: { ...settings, retentionDays: { ...settings.retentionDays, snapshot: CLUSTER_READ_DAYS } },
  };
}

/**
 * In one transaction, of one database snapshot. SourceError `copy-is-source`, `copy-recovering`, `copy-unfit`,
 * `cannot-connect`, …; TargetError `not-in-copy`; StorageError of the vault, `key-destroyed` of a tenant that was destroyed.
 */
export async function readClusterBackup(
  ctx: Context,
  copy: Source,
  { tenant, moment, exclude }: ClusterReadRequest,
): Promise<ClusterReadItem> {
  const there = onCopy(ctx, copy, exclude);
  const live = await withConnection(ctx.source, 'cluster read', readRunningServer);
  const work = async (connection: Connection) => {
    const { session, planned } = await planCopy(there, connection, tenant, live.process);
    // All of it as one part: a part has one view.
    const plan: SnapshotPlan = { ...planned.plan, parts: [planned.plan.work.map((_, place) => place)] };
    const reading = { ...planned, plan, session, connection, budget: NO_LIMIT };
    const store = await advancePart(there, reading, emptyPart(plan.backup, 0));
    return { plan, state: (await store()).state };
  };
  const { plan, state } = await withConnection(copy, 'cluster read', work, connectForCopy);
  return publishClusterRead(there, plan, [state], moment);
}

/** How far a read in several calls came: its plan and checkpoints are in the vault. */
export const ClusterReadProgress = z.object({
  backup: z.string(),
  /** How many there are, and the first that is not known to be done. */
  parts: z.number().int(),
  part: z.number().int(),
});
export type ClusterReadProgress = z.infer<typeof ClusterReadProgress>;

/**
 * The same in several calls, which must find the copy as it was: the first plans, the others read parts until the budget is
 * used up, the last makes the read restorable. A call that is repeated continues. Each part has a view of its own: nothing
 * but Holdfast may reach the copy. Throws as readClusterBackup(), and what readPart() throws.
 */
export async function continueClusterRead(
  ctx: Context,
  copy: Source,
  { tenant, moment, exclude }: ClusterReadRequest,
  progress: ClusterReadProgress | undefined,
  budget: TimeBudget,
): Promise<{ readonly item: ClusterReadItem } | { readonly progress: ClusterReadProgress }> {
  const there = onCopy(ctx, copy, exclude);
  if (progress === undefined) return { progress: await planKept(there, ctx.source, tenant) };
  const { backup, parts } = progress;
  const ref = refOf(ctx, tenant);
  let { part } = progress;
  if (part < parts) {
    do {
      const { done } = await readPart(there, PartRef.parse({ tenant: ref, backup, part }));
      if (done) part += 1;
    } while (part < parts && !budget.isUsed());
    return { progress: { backup, parts, part } };
  }
  const known = await clusterReads.get(ctx.catalog, ref, backup);
  if (known !== undefined) return { item: known };
  const { plan } = await loadRun(there, ref, backup);
  return { item: await publishClusterRead(there, plan, await loadParts(there, plan), moment) };
}

async function planKept(there: Context, source: Source, tenant: TenantId): Promise<ClusterReadProgress> {
  const live = await withConnection(source, 'cluster read', readRunningServer);
  return withConnection(there.source, 'cluster read', async connection => {
    const { plan } = (await planCopy(there, connection, tenant, live.process)).planned;
    await storePlan(there, plan);
    return { backup: plan.backup, parts: plan.parts.length, part: 0 };
  });
}

/** `live`: the process of the source. */
async function planCopy(
  ctx: Context,
  connection: Connection,
  tenant: TenantId,
  live: string,
): Promise<{ session: SnapshotSession; planned: Planned }> {
  const { process, recovering } = await readRunningServer(connection);
  if (process === live)
    throw new SourceError('copy-is-source', 'The server that was given as a copy is the source itself.', {
      hint: 'Give the URL of the server to which the backup was restored.',
    });
  if (recovering)
    throw new SourceError('copy-recovering', 'The copy is still being restored, or is a standby.', {
      hint: 'Let the recovery end and promote it (pg_promote), then run it again.',
    });
  await refuseUnfit(ctx, connection);
  // Its positions are of a timeline of its own: they are compared with no others.
  const source = await readSourceIdentity(connection);
  const session = await openSession(ctx, connection, { source, epoch: 0 });
  await mustBeThere(findTenant(connection, session.model, session.schemas, tenant));
  const base = Promise.resolve(undefined);
  const request = { tenant, reason: 'cluster-backup', read: 'full', base } as const;
  return { session, planned: await makePlan(ctx, session, connection, request) };
}

/** A table that the copy does not have did not exist then. One that it has is read, or named here. */
const UNREADABLE: ReadonlySet<ModelProblemCode> = new Set([
  'vanished-column',
  'generated-column',
  'broken-path',
  'tenant-spelling',
]);

async function refuseUnfit({ model }: Context, connection: Connection): Promise<void> {
  const { problems, definitions } = await checkModel(connection, model);
  const unfit = problems.filter(({ code, table }) => UNREADABLE.has(code) && definitions.has(table));
  if (unfit.length === 0) return;
  const tables = [...new Set(unfit.map(({ table }) => table))];
  throw new SourceError('copy-unfit', `Tables of the copy do not fit the tenant model: ${tables.join(', ')}.`, {
    hint: `Their columns were others then. Leave them out by name (${tables.map(table => `--exclude ${table}`).join(' ')}), or use a tenant model that fits the schema of then.`,
    details: { tables },
  });
}

async function mustBeThere(finding: Promise<unknown>): Promise<void> {
  try {
    await finding;
  } catch (cause) {
    if (!(cause instanceof HoldfastError && cause.code === 'unknown-tenant')) throw cause;
    throw new TargetError('not-in-copy', "The cluster's backup has no row of this tenant at that moment.", {
      hint: 'It was created later or deleted before. Choose another moment, or check the tenant id.',
      cause,
    });
  }
}
