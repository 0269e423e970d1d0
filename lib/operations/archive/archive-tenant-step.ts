/**
 * An archive in several calls, as functions make it: staged in as many as it takes, then written, read back and signed in one.
 * Only references and the class pass between them. Invariants: a repeated call makes no second archive; an error leaves the
 * staging schema only where a retry can succeed.
 */
import * as z from 'zod';
import { ArchiveClass, dueArchive } from '../../domain/archive.ts';
import { HoldfastError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { dropStagingArea } from '../../postgres/staging/staging-area.ts';
import { type ArchiveItem, archives } from '../catalog/catalog-index.ts';
import { type Context, refOf } from '../context.ts';
import { beginStaging, continueStaging, openWholeStaging, StagingRef } from '../restore/stage/stage-restore.ts';
import { type TimeBudget, timeBudget } from '../time-budget.ts';
import { type ArchiveAsked, archiveState, planArchive } from './archive-tenant.ts';

/** What one call passes to the next. */
export const ArchiveRun = z.object({ keep: ArchiveClass, startedAt: z.string(), staging: StagingRef });
export type ArchiveRun = z.infer<typeof ArchiveRun>;

/** `archive`: null where none was due. */
type ArchiveStep =
  | { readonly done: true; readonly archive: ArchiveItem | null }
  | { readonly done: false; readonly run: ArchiveRun };

interface ArchiveStepAsked extends Pick<ArchiveAsked, 'reason' | 'policy'> {
  /** Absent: what is due. */
  readonly keep?: ArchiveClass | undefined;
}

interface ArchiveBudgets {
  readonly staging: TimeBudget;
  /** Once it is used up, the archive is written by the next call, which has all of its time for it. */
  readonly fresh: TimeBudget;
  readonly writing: TimeBudget;
}

/** A function ends after 15 minutes: what is written in eight is read back in the others. */
const WRITING_MS = 8 * 60 * 1000;
const FRESH_MS = 30 * 1000;
const KEEP_MS = 15 * 60 * 1000;

function archiveBudgets(stepBudgetMs: number): ArchiveBudgets {
  return { staging: timeBudget(stepBudgetMs), fresh: timeBudget(FRESH_MS), writing: timeBudget(WRITING_MS) };
}

/** Starts (without a run) or continues. Errors as of archiveTenant(), StorageError `archive-too-large`. */
export async function archiveStep(
  ctx: Context,
  tenant: TenantId,
  asked: ArchiveStepAsked,
  before?: ArchiveRun,
  budgets: ArchiveBudgets = archiveBudgets(ctx.settings.stepBudgetMs),
): Promise<ArchiveStep> {
  const listed = await archives.list(ctx.catalog, refOf(ctx, tenant));
  const run = before ?? (await begin(ctx, tenant, asked.keep ?? dueArchive(listed, ctx.clock.now())));
  if (run === undefined) return { done: true, archive: null };
  // The answer of the call that made it was lost.
  const made = listed.find(({ keep, createdAt }) => keep === run.keep && createdAt >= run.startedAt);
  if (made !== undefined) return { done: true, archive: made };
  try {
    const { done } = await continueStaging(ctx, run.staging, ctx.source, budgets.staging);
    if (!done || budgets.fresh.isUsed()) return { done: false, run };
    return { done: true, archive: await write(ctx, tenant, run, { ...asked, budget: budgets.writing }) };
  } catch (error) {
    const again = error instanceof HoldfastError && error.retry === 'auto';
    if (!again) await dropStagingArea(ctx.source, run.staging.id).catch(() => {});
    throw error;
  }
}

async function begin(ctx: Context, tenant: TenantId, keep: ArchiveClass | undefined): Promise<ArchiveRun | undefined> {
  if (keep === undefined) return undefined;
  const startedAt = ctx.clock.now().toISOString();
  const { done: _, ...staging } = await beginStaging(await planArchive(ctx, tenant), ctx.source, { planMs: 0 });
  return { keep, startedAt, staging };
}

async function write(
  ctx: Context,
  tenant: TenantId,
  { keep, staging: ref }: ArchiveRun,
  { reason, policy, budget }: ArchiveStepAsked & { readonly budget: TimeBudget },
): Promise<ArchiveItem> {
  const { plan, staging } = await openWholeStaging(ctx, ref, ctx.source);
  const { area } = staging;
  try {
    const item = await archiveState(ctx, tenant, { staging, plan }, { keep, reason, policy }, budget);
    await area.drop();
    return item;
  } finally {
    await area.pause(KEEP_MS).catch(() => {});
  }
}
