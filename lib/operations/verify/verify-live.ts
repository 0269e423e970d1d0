/**
 * Proves that backups and change log together have told everything: one tenant's live rows, seen by one database
 * snapshot, against what is rebuilt from the vault for exactly that snapshot. It needs no model of what may go wrong.
 *
 *     look (count and sum live rows in one snapshot) ─▶ wait until the log reaches it ─▶ stage ─▶ compare
 *
 * Invariant: both sides hold the same transactions. The position of the snapshot bounds the log from above, and a
 * transaction that committed below it without being visible yet is left out by its id.
 */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { sha256Hex } from '../../codec/digest.ts';
import { HoldfastError, IntegrityError, TargetError } from '../../domain/errors.ts';
import { LsnText, parseLsn } from '../../domain/lsn.ts';
import { RestorePlan } from '../../domain/restore-plan.ts';
import { storedColumns, type TableSchema } from '../../domain/table-schema.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { XidSnapshot } from '../../domain/xid-snapshot.ts';
import { readOwnedSchema } from '../../postgres/catalogs/owned-schema.ts';
import { withConnection } from '../../postgres/connection.ts';
import { emitMessage } from '../../postgres/log/replication-slot.ts';
import { fromTable, quoteLiteral, tenantPredicate } from '../../postgres/sql.ts';
import { dropStagingArea } from '../../postgres/staging/staging-area.ts';
import { openLiveView, type RowSum, sumRows } from '../../postgres/verify/row-sums.ts';
import { backups, runs } from '../catalog/catalog-index.ts';
import { lastLiveProof, recordLiveProof } from '../catalog/live-proof.ts';
import { type Context, refOf } from '../context.ts';
import type { HoldfastMessage } from '../log/route-events.ts';
import { planRestore } from '../restore/plan/plan-restore.ts';
import {
  beginStaging,
  changesReplayed,
  continueStaging,
  openStaged,
  StagingRef,
} from '../restore/stage/stage-restore.ts';
import { digestKey } from '../storage/tenant-key.ts';
import { timeBudget } from '../time-budget.ts';
import { chooseBackup } from './verify-backup.ts';

const LiveTable = z.object({
  table: z.string(),
  /** Digest of the names of the columns that were added up. */
  columns: z.string(),
  rows: z.number().int(),
  sum: z.string(),
});
type LiveTable = z.infer<typeof LiveTable>;

/** What one call hands to the next. */
export const LiveRun = z.object({
  startedAt: z.string(),
  /** The database snapshot that was looked at. */
  lsn: LsnText,
  time: z.string(),
  seenBy: XidSnapshot,
  live: z.array(LiveTable),
  /** Null until the log has reached the position. */
  staging: StagingRef.nullable(),
});
export type LiveRun = z.infer<typeof LiveRun>;

export interface LiveVerified {
  readonly done: true;
  /** Position and time of the database snapshot that was compared. */
  readonly lsn: string;
  readonly time: string;
  readonly rows: number;
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  /** What no comparison was possible of, and why. */
  readonly unchecked: readonly { readonly table: string; readonly why: string }[];
  readonly changesReplayed: number;
  readonly durationMs: number;
}

export type LiveStep =
  | LiveVerified
  /** `waiting`: the log has to be shipped further first. */
  | { readonly done: false; readonly waiting: boolean; readonly run: LiveRun };

/**
 * Begins (without a run) or goes on, until it is done, has to wait for the log, or the time is used up. IntegrityError
 * `live-differs` (recorded, alarmed) naming tables and counts; TargetError where the tenant cannot be recovered to this
 * moment; SourceError.
 */
export async function verifyLiveStep(ctx: Context, tenant: TenantId, before?: LiveRun): Promise<LiveStep> {
  const budget = timeBudget(ctx.settings.stepBudgetMs);
  const ref = refOf(ctx, tenant);
  let run = before ?? (await look(ctx, tenant));
  try {
    if (run.staging === null) {
      const newest = await runs.latest(ctx.catalog);
      if (newest === undefined || parseLsn(newest.to) < parseLsn(run.lsn)) return { done: false, waiting: true, run };
      run = { ...run, staging: await beginStaging(await planAt(ctx, tenant, run), ctx.source, { planMs: 0 }) };
    }
    const { done } = await continueStaging(ctx, run.staging!, ctx.source, budget);
    if (!done) return { done: false, waiting: false, run };
    const verified = await compare(ctx, tenant, ref, run);
    await dropStagingArea(ctx.source, run.staging!.id);
    return verified;
  } catch (error) {
    const again = error instanceof HoldfastError && error.retry === 'auto';
    if (run.staging && !again) await dropStagingArea(ctx.source, run.staging.id).catch(() => {});
    throw error;
  }
}

/** Counts and sums of all of the tenant's tables, in one snapshot. */
async function look(ctx: Context, tenant: TenantId): Promise<LiveRun> {
  const startedAt = ctx.clock.now().toISOString();
  // InputError for a tenant that nobody knows, before the database is asked.
  await chooseBackup(ctx, refOf(ctx, tenant), undefined);
  return withConnection(ctx.source, 'verify live', async connection => {
    const view = await openLiveView(connection);
    const { tables } = await readOwnedSchema(ctx, connection);
    const schemas = new Map(tables.map(table => [table.table, table]));
    const seed = await seedOf(ctx, refOf(ctx, tenant), startedAt);
    const live: LiveTable[] = [];
    for (const owned of ownedTables(ctx.model)) {
      const schema = schemas.get(owned.table);
      if (schema === undefined) continue;
      const columns = namesOf(schema);
      const where = tenantPredicate(owned, schemas, 'a', quoteLiteral(tenant), ctx.model);
      const sum = await sumRows(connection, { from: `${fromTable(schema)} AS a`, where, columns }, seed);
      live.push({ table: owned.table, columns: digestOf(columns), ...sum });
      ctx.progress?.({
        ...{ step: 'verify.look', message: `Counted ${owned.table}`, unit: 'tables' },
        ...{ done: live.length, total: schemas.size },
      });
    }
    await connection.query('COMMIT');
    const { lsn, time, xmax, xip } = view;
    return { startedAt, lsn, time, seenBy: { xmax, xip }, live, staging: null };
  });
}

/**
 * The state at exactly that snapshot, but for tables that cannot be recovered to it and are known for that. What was
 * recorded as erased is in it: only the log says whether it is gone.
 */
async function planAt(ctx: Context, tenant: TenantId, run: LiveRun): Promise<RestorePlan> {
  const target = { kind: 'lsn', lsn: parseLsn(run.lsn) } as const;
  const planned = await planRestore(ctx, tenant, target).catch(error => {
    if (!(error instanceof TargetError && error.code === 'tables-in-gap')) throw error;
    return planRestore(ctx, tenant, target, { exclude: error.details?.tables as string[] });
  });
  return RestorePlan.parse({ ...planned, erasures: [], seenBy: run.seenBy });
}

async function compare(ctx: Context, tenant: TenantId, ref: TenantRef, run: LiveRun): Promise<LiveVerified> {
  const { staging, area, plan, progress } = await openStaged(run.staging!, ctx.source, tenant);
  const unchecked: { table: string; why: string }[] = [];
  const differing: { table: string; rows: number; rebuilt: number }[] = [];
  const tables: { table: string; rows: number }[] = [];
  try {
    const seed = await seedOf(ctx, ref, run.startedAt);
    const { tables: present } = await readOwnedSchema(ctx, area.connection);
    for (const live of run.live) {
      const staged = staging.tables.find(candidate => candidate.table === live.table);
      const columns = namesOf(present.find(schema => schema.table === live.table));
      const why =
        staged === undefined ? 'it cannot be recovered to this moment' : incomparable(live, columns, staged.schema);
      if (staged === undefined || why !== undefined) {
        // A table without rows on either side has nothing to lose.
        if (live.rows > 0 || (staged?.rows ?? 0) > 0) unchecked.push({ table: live.table, why: why! });
        continue;
      }
      const rebuilt = await sumRows(area.connection, { from: `${staged.staged} AS a`, where: 'true', columns }, seed);
      if (same(live, rebuilt)) tables.push({ table: live.table, rows: live.rows });
      else differing.push({ table: live.table, rows: live.rows, rebuilt: rebuilt.rows });
    }
  } finally {
    await area.pause(KEEP_MS);
  }
  const since = await provedBefore(ctx, ref, plan);
  await recordLiveProof(ctx, { ref, at: run.time, ok: differing.length === 0, lsn: run.lsn });
  if (differing.length > 0) throw await differs(ctx, ref, run, differing, since);
  return {
    ...{ done: true, lsn: run.lsn, time: run.time, tables, unchecked },
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
    changesReplayed: changesReplayed(progress),
    durationMs: ctx.clock.now().getTime() - Date.parse(run.startedAt),
  };
}

/** For as long as one call. */
const KEEP_MS = 15 * 60 * 1000;

const same = (a: RowSum, b: RowSum) => a.rows === b.rows && a.sum === b.sum;

const namesOf = (schema: TableSchema | undefined) => (schema ? storedColumns(schema).map(column => column.name) : []);

const digestOf = (columns: readonly string[]) => sha256Hex(JSON.stringify(columns)).slice(0, 16);

/** What travels between the calls shows nothing of a row to who has not the tenant's key. */
async function seedOf(ctx: Context, ref: TenantRef, startedAt: string): Promise<bigint> {
  const key = await digestKey(ctx, ref);
  return createHmac('sha256', key).update(`verify-live ${startedAt}`).digest().readBigInt64BE(0);
}

function incomparable(live: LiveTable, columns: readonly string[], staged: TableSchema): string | undefined {
  if (digestOf(columns) !== live.columns) return 'its columns changed meanwhile';
  if (staged.key.length === 0) return 'it has no key: the log cannot be replayed onto it';
  const known = new Set(storedColumns(staged).map(column => column.name));
  const missing = columns.filter(column => !known.has(column));
  return missing.length > 0 ? `it has new columns since its snapshot: ${missing.join(', ')}` : undefined;
}

async function differs(
  ctx: Context,
  ref: TenantRef,
  run: LiveRun,
  differing: readonly { table: string; rows: number; rebuilt: number }[],
  since: { from: LsnText; fromTime: string },
): Promise<IntegrityError> {
  const list = differing.map(({ table, rows, rebuilt }) =>
    rows === rebuilt
      ? `${table} (${rows} rows on both sides, but not the same)`
      : `${table} (${rows} live, ${rebuilt} rebuilt)`,
  );
  const error = new IntegrityError(
    'live-differs',
    `What is rebuilt from the backups at ${run.lsn} is not what the database holds: ${list.join(', ')}.`,
    {
      hint: 'These tables are suspect until they are read again, which the next run of the shipper asks for. `holdfast diff TENANT --to latest` shows the rows. Report it: the change log did not tell everything.',
      retry: 'never',
      details: { tenant: ref, lsn: run.lsn, tables: differing },
    },
  );
  const tables = differing.map(({ table }) => table);
  // The shipper notes it in its signed manifest, in its place in the log.
  await withConnection(ctx.source, 'verify live', connection =>
    emitMessage(connection, { kind: 'differs', tenant: ref, tables, ...since } satisfies HoldfastMessage),
  );
  await ctx.notifier.notify({
    severity: 'alarm',
    code: 'live-differs',
    message: error.message,
    details: { tenant: ref, lsn: run.lsn, tables: tables.join(', ') },
  });
  return error;
}

/** The last position for which these rows were proved: an earlier live verification, or the snapshot that was rebuilt from. */
async function provedBefore(ctx: Context, ref: TenantRef, { snapshot }: RestorePlan) {
  const base = (await backups.list(ctx.catalog, ref)).find(item => item.id === snapshot.id)!;
  const proof = await lastLiveProof(ctx, ref);
  if (proof?.ok && parseLsn(proof.lsn) > parseLsn(base.to)) return { from: proof.lsn, fromTime: proof.at };
  return { from: base.to, fromTime: base.toTime };
}
