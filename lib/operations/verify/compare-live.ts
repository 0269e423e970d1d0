/**
 * Compares the live rows of a live read with the state rebuilt for exactly that moment. A difference is recorded,
 * raises an alarm, and is sent to the shipper, which makes the tables suspect until they are read again.
 */
import { IntegrityError } from '../../domain/errors.ts';
import { type LsnText, parseLsn } from '../../domain/lsn.ts';
import type { RestorePlan } from '../../domain/restore-plan.ts';
import { storedColumns, type TableSchema } from '../../domain/table-schema.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import { readOwnedSchema } from '../../postgres/catalogs/owned-schema.ts';
import { withConnection } from '../../postgres/connection.ts';
import { emitMessage } from '../../postgres/log/replication-slot.ts';
import { type RowSum, sumStagedRows } from '../../postgres/verify/row-sums.ts';
import { backups } from '../catalog/catalog-index.ts';
import { lastLiveProof, recordLiveProof } from '../catalog/live-proof.ts';
import { type Context, refOf } from '../context.ts';
import type { HoldfastMessage } from '../log/route-events.ts';
import { changesReplayed, type OpenedStaging } from '../restore/stage/stage-restore.ts';
import { digestOf, type LiveRun, type LiveTable, namesOf, seedOf } from './live-look.ts';

export interface LiveVerified {
  readonly done: true;
  /** Position and time of the database snapshot that was compared. */
  readonly lsn: string;
  readonly time: string;
  readonly rows: number;
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  /** What could not be compared, and why. */
  readonly unchecked: readonly { readonly table: string; readonly why: string }[];
  readonly changesReplayed: number;
  readonly durationMs: number;
}

interface Differing {
  readonly table: string;
  readonly rows: number;
  readonly rebuilt: number;
}

/** IntegrityError `live-differs` (recorded, alarmed) naming tables and counts. */
export async function compareLive(
  ctx: Context,
  tenant: TenantId,
  run: LiveRun,
  { staging, area, plan, progress }: OpenedStaging,
): Promise<LiveVerified> {
  const ref = refOf(ctx, tenant);
  const seed = await seedOf(ctx, ref, run.startedAt);
  const { tables: present } = await readOwnedSchema(ctx, area.connection);
  const tables: { table: string; rows: number }[] = [];
  const differing: Differing[] = [];
  const unchecked: { table: string; why: string }[] = [];
  for (const live of run.live) {
    const staged = staging.tables.find(candidate => candidate.table === live.table);
    const columns = namesOf(present.find(schema => schema.table === live.table));
    const why = incomparable(live, columns, staged?.schema);
    if (staged === undefined || why !== undefined) {
      // A table without rows on both sides needs no comparison.
      if (live.rows > 0 || (staged?.rows ?? 0) > 0) unchecked.push({ table: live.table, why: why! });
      continue;
    }
    const rebuilt = await sumStagedRows(area.connection, staged.staged, columns, seed);
    if (same(live, rebuilt)) tables.push({ table: live.table, rows: live.rows });
    else differing.push({ table: live.table, rows: live.rows, rebuilt: rebuilt.rows });
  }
  const since = await provedBefore(ctx, ref, plan);
  const answer = { unchecked, changesReplayed: changesReplayed(progress) };
  await recordLiveProof(ctx, { ref, at: run.time, ok: differing.length === 0, lsn: run.lsn, answer });
  if (differing.length > 0) throw await differs(ctx, ref, run, differing, since);
  return verifiedAs(ctx, run, tables, answer);
}

/** What an earlier call for the same live read proved, if its answer was lost; undefined where it proved nothing. */
export async function provedAlready(ctx: Context, tenant: TenantId, run: LiveRun): Promise<LiveVerified | undefined> {
  const proof = await lastLiveProof(ctx, refOf(ctx, tenant));
  if (!proof?.ok || proof.answer === undefined || proof.lsn !== run.lsn || proof.at !== run.time) return undefined;
  const unchecked = new Set(proof.answer.unchecked.map(({ table }) => table));
  const tables = run.live.filter(({ table }) => !unchecked.has(table)).map(({ table, rows }) => ({ table, rows }));
  return verifiedAs(ctx, run, tables, proof.answer);
}

function verifiedAs(
  ctx: Context,
  { lsn, time, startedAt }: LiveRun,
  tables: LiveVerified['tables'],
  answer: Pick<LiveVerified, 'unchecked' | 'changesReplayed'>,
): LiveVerified {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const durationMs = ctx.clock.now().getTime() - Date.parse(startedAt);
  return { done: true, lsn, time, tables, rows, ...answer, durationMs };
}

const same = (a: RowSum, b: RowSum) => a.rows === b.rows && a.sum === b.sum;

function incomparable(
  live: LiveTable,
  columns: readonly string[],
  staged: TableSchema | undefined,
): string | undefined {
  if (staged === undefined) return 'it cannot be recovered to this moment';
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
  differing: readonly Differing[],
  since: { from: LsnText; fromTime: string },
): Promise<IntegrityError> {
  const list = differing.map(({ table, rows, rebuilt }) =>
    rows === rebuilt
      ? `${table} (${rows} rows on both sides, but with different contents)`
      : `${table} (${rows} live, ${rebuilt} rebuilt)`,
  );
  const error = new IntegrityError(
    'live-differs',
    `The state rebuilt from the backups at ${run.lsn} differs from the database: ${list.join(', ')}.`,
    {
      hint: 'These tables are suspect until they are read again, which the next run of the shipper requests. `holdfast diff TENANT --to latest` shows the rows. Report it: the change log missed a change.',
      details: { tenant: ref, lsn: run.lsn, tables: differing },
    },
  );
  const tables = differing.map(({ table }) => table);
  // The shipper records it in its signed manifest, at its position in the log.
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

/** The last position for which these rows were verified: an earlier live verification, or the snapshot of the chain. */
async function provedBefore(ctx: Context, ref: TenantRef, { snapshot }: RestorePlan) {
  const base = (await backups.list(ctx.catalog, ref)).find(item => item.id === snapshot.id)!;
  const proof = await lastLiveProof(ctx, ref);
  if (proof?.ok && parseLsn(proof.lsn) > parseLsn(base.to)) return { from: proof.lsn, fromTime: proof.at };
  return { from: base.to, fromTime: base.toTime };
}
