/**
 * Verification as steps of short-lived processes: the snapshot is staged and compared with what the database counted when
 * it was taken, then this moment is rebuilt and compared with the live rows (verify-live.ts), each in as many calls as it
 * takes. What passes between the calls are references, counts and sums.
 */
import { z } from 'zod';
import { HoldfastError, SourceError } from '../../domain/errors.ts';
import { SnapshotBody } from '../../domain/manifest.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import { dropStagingArea } from '../../postgres/staging/staging-area.ts';
import type { BackupItem } from '../catalog/catalog-index.ts';
import { type Context, refOf } from '../context.ts';
import { beginStaging, continueStaging, openStaged, StagingRef } from '../restore/stage/stage-restore.ts';
import { readManifest } from '../storage/manifest-store.ts';
import { type TimeBudget, timeBudget } from '../time-budget.ts';
import { chooseBackup, compareTables, planSnapshot, recordingFailure, recordVerified } from './verify-backup.ts';
import { LiveRun, verifyLiveStep } from './verify-live.ts';

const Common = { backup: z.string(), startedAt: z.string() };

/** What one call hands to the next. */
export const VerifyRun = z.discriminatedUnion('step', [
  z.object({ ...Common, step: z.literal('snapshot'), staging: StagingRef }),
  /** `rows`: of the snapshot, as compared. */
  z.object({ ...Common, step: z.literal('live'), rows: z.number().int(), live: LiveRun.nullable() }),
]);
export type VerifyRun = z.infer<typeof VerifyRun>;
type SnapshotStage = Extract<VerifyRun, { step: 'snapshot' }>;
type LiveStage = Extract<VerifyRun, { step: 'live' }>;

export interface Verified {
  readonly done: true;
  readonly backup: string;
  readonly rows: number;
  /** Position at which the live rows were compared. */
  readonly liveAt: string;
  readonly liveRows: number;
  /** Tables that could not be compared with their live rows. */
  readonly unchecked: readonly string[];
  readonly changesReplayed: number;
  readonly durationMs: number;
}

/** `waiting`: the log has to be shipped further before the next call. */
export type VerifyStep = Verified | { readonly done: false; readonly waiting: boolean; readonly run: VerifyRun };

/** The shipper runs every minute: for so long nobody shipped. */
const LOG_PATIENCE_MS = 3600 * 1000;

/**
 * Begins (without a run) or goes on, until it is done, has to wait, or the time is used up. Errors as of verifyBackup() and
 * verifyLiveStep(), and SourceError `log-behind`; what was staged is removed, unless trying the same step again may help.
 */
export async function verifyStep(ctx: Context, tenant: TenantId, before?: VerifyRun): Promise<VerifyStep> {
  const budget = timeBudget(ctx.settings.stepBudgetMs);
  const ref = refOf(ctx, tenant);
  let run = before;
  if (run === undefined || run.step === 'snapshot') {
    const next = await verifySnapshot(ctx, tenant, ref, budget, run);
    if (next.step === 'snapshot' || budget.isUsed()) return { done: false, waiting: false, run: next };
    run = next;
  }
  return compareLive(ctx, tenant, run);
}

/** The same stage where time is used up before it is complete; the next one where the snapshot is proved. */
async function verifySnapshot(
  ctx: Context,
  tenant: TenantId,
  ref: TenantRef,
  budget: TimeBudget,
  before: SnapshotStage | undefined,
): Promise<VerifyRun> {
  const item = await chooseBackup(ctx, ref, before?.backup);
  let run = before;
  try {
    return await recordingFailure(ctx, ref, item, async () => {
      run ??= await beginSnapshot(ctx, tenant, item);
      if (!(await continueStaging(ctx, run.staging, ctx.source, budget)).done) return run;
      const rows = await compare(ctx, tenant, ref, item, run.staging);
      await recordVerified(ctx, ref, item, true);
      await dropStagingArea(ctx.source, run.staging.id);
      return { step: 'live', backup: run.backup, startedAt: run.startedAt, rows, live: null };
    });
  } catch (error) {
    const again = error instanceof HoldfastError && error.retry === 'auto';
    if (run && !again) await dropStagingArea(ctx.source, run.staging.id).catch(() => {});
    throw error;
  }
}

async function compareLive(ctx: Context, tenant: TenantId, run: LiveStage): Promise<VerifyStep> {
  const step = await verifyLiveStep(ctx, tenant, run.live ?? undefined);
  const { backup, startedAt, rows } = run;
  if (!step.done) {
    const waited = ctx.clock.now().getTime() - Date.parse(step.run.startedAt);
    if (step.waiting && waited > LOG_PATIENCE_MS) throw logBehind();
    return { done: false, waiting: step.waiting, run: { ...run, live: step.run } };
  }
  const { lsn, rows: liveRows, unchecked, changesReplayed } = step;
  return {
    ...{ done: true, backup, rows, liveAt: lsn, liveRows, changesReplayed },
    unchecked: unchecked.map(({ table }) => table),
    durationMs: ctx.clock.now().getTime() - Date.parse(startedAt),
  };
}

/** For as long as one call. */
const KEEP_MS = 15 * 60 * 1000;

async function beginSnapshot(ctx: Context, tenant: TenantId, item: BackupItem): Promise<SnapshotStage> {
  const startedAt = ctx.clock.now().toISOString();
  const staging = await beginStaging(await planSnapshot(ctx, tenant, item), ctx.source, { planMs: 0 });
  return { step: 'snapshot', backup: item.id, startedAt, staging };
}

async function compare(ctx: Context, tenant: TenantId, ref: TenantRef, item: BackupItem, staged: StagingRef) {
  const expect = { tenant: ref, kind: 'snapshot', sha256: item.sha256 } as const;
  const { body } = await readManifest(ctx, item.key, SnapshotBody, expect);
  const { staging, area } = await openStaged(staged, ctx.source, tenant);
  try {
    const tables = await compareTables(staging, body, item);
    return tables.reduce((sum, table) => sum + table.rows, 0);
  } finally {
    await area.pause(KEEP_MS);
  }
}

function logBehind(): SourceError {
  return new SourceError('log-behind', 'The change log did not reach the moment that was looked at within an hour.', {
    hint: 'Look whether the shipper runs: holdfast status says how old the newest recoverable moment is.',
    retry: 'operator',
  });
}
