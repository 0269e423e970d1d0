/**
 * Proves a backup by restoring it into scratch staging: every chunk's digest, and per table the row count and checksum
 * that the database itself computed inside the snapshot; then the newest moment, which proves the log behind it. The
 * outcome is recorded; a failure is an alarm. What was recorded as erased is in the scratch area for the comparison only.
 */
import { HoldfastError, InputError, IntegrityError, TargetError } from '../../domain/errors.ts';
import type { SnapshotBody } from '../../domain/manifest.ts';
import type { RestorePlan } from '../../domain/restore-plan.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import type { Source } from '../../postgres/connection.ts';
import { serverVersion, stagedSum } from '../../postgres/staging/staged-checksum.ts';
import type { Staging } from '../../postgres/staging/staging.ts';
import { type BackupItem, backups } from '../catalog/catalog-index.ts';
import { type Context, refOf } from '../context.ts';
import { chainOfPlan, planRestore } from '../restore/plan/plan-restore.ts';
import { stageRestore } from '../restore/stage/stage-restore.ts';
import type { StageContext } from '../restore/stage/stage-run.ts';

export type VerifyContext = StageContext & Pick<Context, 'source'>;

export interface VerifyOptions {
  /** Id of a snapshot; default: the newest. */
  readonly backup?: string;
  /** Scratch database; default: the source. */
  readonly into?: Source;
  /** Also replay to the newest recoverable moment. Default: true for the newest snapshot. */
  readonly throughLog?: boolean;
}

export interface VerifyResult {
  readonly backup: string;
  readonly tables: readonly { table: string; rows: number; checksum: string }[];
  readonly rows: number;
  /** Where the log was replayed to; null where it was not. */
  readonly replayedTo: string | null;
  readonly changesReplayed: number;
  /** Major versions of the server that was backed up and of the one that compared. Checksums are comparable across them. */
  readonly versions: { readonly backup: number; readonly here: number };
  readonly notes: readonly string[];
  readonly durationMs: number;
}

/** Throws InputError `unknown-tenant`, `unknown-backup`; IntegrityError (recorded, alarmed); SourceError. */
export async function verifyBackup(
  ctx: VerifyContext,
  tenant: TenantId,
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  const ref = refOf(ctx, tenant);
  const item = await chooseBackup(ctx, ref, options.backup);
  const started = performance.now();
  return recordingFailure(ctx, ref, item, async () => {
    const compared = await compareSnapshot(ctx, tenant, item, options.into ?? ctx.source);
    const replayed =
      (options.throughLog ?? options.backup === undefined)
        ? await replayNewest(ctx, tenant, options.into ?? ctx.source)
        : null;
    await recordVerified(ctx, ref, item, true);
    return {
      ...compared,
      replayedTo: replayed?.to ?? null,
      changesReplayed: replayed?.changes ?? 0,
      durationMs: Math.round(performance.now() - started),
    };
  });
}

/** What is wrong with a backup is recorded and alarmed, whichever step finds it. */
export async function recordingFailure<T>(
  ctx: VerifyContext,
  ref: TenantRef,
  item: BackupItem,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof IntegrityError) {
      await recordVerified(ctx, ref, item, false);
      await ctx.notifier.notify({
        severity: 'alarm',
        code: error.code,
        message: `Verification of backup ${item.id} failed: ${error.message}`,
        details: { backup: item.id, tenant: ref, ...error.details },
      });
    }
    throw error;
  }
}

export async function chooseBackup(ctx: VerifyContext, ref: TenantRef, id: string | undefined): Promise<BackupItem> {
  const snapshots = (await backups.list(ctx.catalog, ref)).filter(item => item.kind === 'snapshot');
  const chosen = id === undefined ? snapshots.at(-1) : snapshots.find(item => item.id === id);
  if (chosen) return chosen;
  throw new InputError(
    'unknown-backup',
    id === undefined ? 'This tenant has no snapshot.' : `This tenant has no snapshot ${id}.`,
    {
      hint: 'The timeline lists its snapshots; take one with `holdfast snapshot`.',
    },
  );
}

async function compareSnapshot(ctx: VerifyContext, tenant: TenantId, item: BackupItem, into: Source) {
  const plan = await planSnapshot(ctx, tenant, item);
  const { body } = (await chainOfPlan(ctx, plan)).snapshot;
  const staging = await stageRestore(ctx, plan, into);
  try {
    const tables = await compareTables(staging, body, item);
    const here = Math.floor((await serverVersion(into)) / 10_000);
    const backup = Math.floor(body.server.version / 10_000);
    const differ = `The backup is of PostgreSQL ${backup} and was compared on ${here}: row checksums are the same on both.`;
    return {
      backup: item.id,
      tables,
      rows: tables.reduce((sum, table) => sum + table.rows, 0),
      versions: { backup, here },
      notes: [...staging.notes, ...(here === backup ? [] : [differ])],
    };
  } finally {
    await staging.drop();
  }
}

/** The snapshot as it was taken: what was recorded as erased since is in it. */
export async function planSnapshot(ctx: VerifyContext, tenant: TenantId, item: BackupItem): Promise<RestorePlan> {
  const planned = await planRestore(ctx, tenant, { kind: 'snapshot', backup: item.id });
  return { ...planned, erasures: [] };
}

/** IntegrityError `verification-failed` for the first table that is not what the database counted and summed. */
export async function compareTables(staging: Pick<Staging, 'source' | 'tables'>, body: SnapshotBody, item: BackupItem) {
  const tables: { table: string; rows: number; checksum: string }[] = [];
  for (const table of staging.tables) {
    const stored = body.tables.find(candidate => candidate.table === table.table);
    if (!stored) continue;
    const { rows, checksum } = await stagedSum(staging.source, table, stored.columns);
    if (rows !== stored.rows || checksum !== stored.checksum) {
      throw new IntegrityError(
        'verification-failed',
        `${table.table} of backup ${item.id} does not have the rows that the database counted and summed.`,
        {
          hint: 'Take a new full snapshot (--full-read) and keep this backup for inspection.',
          retry: 'never',
          details: {
            object: item.key,
            table: table.table,
            rows,
            expectedRows: stored.rows,
            sameChecksum: checksum === stored.checksum,
          },
        },
      );
    }
    tables.push({ table: table.table, rows, checksum });
  }
  return tables;
}

/** The newest moment, staged and dropped: proves every object of the log since the snapshot. */
async function replayNewest(ctx: VerifyContext, tenant: TenantId, into: Source) {
  const plan = await planNewest(ctx, tenant);
  if (plan === null) return null;
  const staging = await stageRestore(ctx, plan, into);
  await staging.drop();
  return { to: plan.target.lsn, changes: staging.measure.changesReplayed };
}

async function planNewest(ctx: VerifyContext, tenant: TenantId): Promise<RestorePlan | null> {
  try {
    return await planRestore(ctx, tenant, { kind: 'latest' });
  } catch (error) {
    // Nothing shipped since the snapshot: there is no log to prove yet.
    if (error instanceof TargetError && error.code === 'nothing-recoverable') return null;
    throw error;
  }
}

export async function recordVerified(ctx: VerifyContext, ref: TenantRef, item: BackupItem, ok: boolean): Promise<void> {
  const verified = { at: ctx.clock.now().toISOString(), ok };
  try {
    await ctx.catalog.write([backups.put(ref, { ...item, verified })]);
  } catch (error) {
    if (ok || !(error instanceof HoldfastError)) throw error;
  }
}
