/**
 * Verification as steps of short-lived processes: the snapshot is staged and compared, then the newest moment is staged,
 * each in as many calls as it takes. What passes between the calls are references and counts. The outcome is recorded as
 * verifyBackup() records it.
 */
import { z } from 'zod';
import { HoldfastError } from '../../domain/errors.ts';
import { SnapshotBody } from '../../domain/manifest.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import { dropStagingArea } from '../../postgres/staging/staging-area.ts';
import type { BackupItem } from '../catalog/catalog-index.ts';
import { refOf } from '../context.ts';
import { beginStaging, changesReplayed, continueStaging, openStaged, StagingRef } from '../restore/stage-steps.ts';
import { readManifest } from '../storage/manifest-store.ts';
import { type TimeBudget, timeBudget } from '../time-budget.ts';
import {
  chooseBackup,
  compareTables,
  planNewest,
  planSnapshot,
  recordingFailure,
  recordVerified,
  type VerifyContext,
} from './verify-backup.ts';

/** What one call hands to the next. */
export const VerifyRun = z.object({
  backup: z.string(),
  startedAt: z.string(),
  /** What is being staged. */
  step: z.enum(['snapshot', 'log']),
  staging: StagingRef,
  /** Rows of the snapshot, once they were compared. */
  rows: z.number().int(),
});
export type VerifyRun = z.infer<typeof VerifyRun>;

export interface Verified {
  readonly done: true;
  readonly backup: string;
  readonly rows: number;
  /** Where the log was replayed to; null where there is none yet. */
  readonly replayedTo: string | null;
  readonly changesReplayed: number;
  readonly durationMs: number;
}

export type VerifyStep = Verified | { readonly done: false; readonly run: VerifyRun };

/**
 * Begins (without a run) or goes on, until it is done or the time is used up. Errors as of verifyBackup(); what was
 * staged is removed, unless trying the same step again may help.
 */
export async function verifyStep(ctx: VerifyContext, tenant: TenantId, before?: VerifyRun): Promise<VerifyStep> {
  const budget = timeBudget(ctx.settings.stepBudgetMs);
  const ref = refOf(ctx, tenant);
  const item = await chooseBackup(ctx, ref, before?.backup);
  let run = before;
  try {
    return await recordingFailure(ctx, ref, item, async () => {
      run ??= await beginSnapshot(ctx, tenant, item);
      if (run.step === 'snapshot') {
        if (!(await staged(ctx, run, budget))) return { done: false, run };
        const compared = await compare(ctx, tenant, ref, item, run);
        const next = await beginLog(ctx, tenant, { ...run, rows: compared });
        if (next === null) return finish(ctx, ref, item, { ...run, rows: compared }, null);
        await dropStagingArea(ctx.source, run.staging.id);
        run = next;
        if (budget.isUsed()) return { done: false, run };
      }
      if (!(await staged(ctx, run, budget))) return { done: false, run };
      const { plan, progress, area } = await openStaged(run.staging, ctx.source, tenant);
      await area.pause(KEEP_MS);
      return finish(ctx, ref, item, run, { to: plan.target.lsn, changes: changesReplayed(progress) });
    });
  } catch (error) {
    const again = error instanceof HoldfastError && error.retry === 'auto';
    if (run && !again) await dropStagingArea(ctx.source, run.staging.id).catch(() => {});
    throw error;
  }
}

/** For as long as one call. */
const KEEP_MS = 15 * 60 * 1000;

async function staged(ctx: VerifyContext, run: VerifyRun, budget: TimeBudget): Promise<boolean> {
  return (await continueStaging(ctx, run.staging, ctx.source, budget)).done;
}

async function beginSnapshot(ctx: VerifyContext, tenant: TenantId, item: BackupItem): Promise<VerifyRun> {
  const startedAt = ctx.clock.now().toISOString();
  const staging = await beginStaging(await planSnapshot(ctx, tenant, item), ctx.source, { planMs: 0 });
  return { backup: item.id, startedAt, step: 'snapshot', staging, rows: 0 };
}

async function beginLog(ctx: VerifyContext, tenant: TenantId, run: VerifyRun): Promise<VerifyRun | null> {
  const plan = await planNewest(ctx, tenant);
  if (plan === null) return null;
  return { ...run, step: 'log', staging: await beginStaging(plan, ctx.source, { planMs: 0 }) };
}

async function compare(ctx: VerifyContext, tenant: TenantId, ref: TenantRef, item: BackupItem, run: VerifyRun) {
  const expect = { tenant: ref, kind: 'snapshot', sha256: item.sha256 } as const;
  const { body } = await readManifest(ctx, item.key, SnapshotBody, expect);
  const { staging, area } = await openStaged(run.staging, ctx.source, tenant);
  try {
    const tables = await compareTables(staging, body, item);
    return tables.reduce((sum, table) => sum + table.rows, 0);
  } finally {
    await area.pause(KEEP_MS);
  }
}

async function finish(
  ctx: VerifyContext,
  ref: TenantRef,
  item: BackupItem,
  run: VerifyRun,
  replayed: { to: string; changes: number } | null,
): Promise<Verified> {
  await recordVerified(ctx, ref, item, true);
  await dropStagingArea(ctx.source, run.staging.id);
  return {
    ...{ done: true, backup: item.id, rows: run.rows },
    ...{ replayedTo: replayed?.to ?? null, changesReplayed: replayed?.changes ?? 0 },
    durationMs: ctx.clock.now().getTime() - Date.parse(run.startedAt),
  };
}
