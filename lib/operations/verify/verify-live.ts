/**
 * Proves that backups and change log together are complete: compares one tenant's live rows, read in one database
 * snapshot, with the state rebuilt from the vault for exactly that snapshot. It needs no model of possible failures.
 *
 *     look (count and sum live rows in one snapshot) ─▶ wait until the log reaches it ─▶ stage ─▶ compare
 *
 * Invariant: both sides hold the same transactions. The position of the snapshot bounds the log from above, and a
 * transaction that committed below it but is not visible yet is excluded by its id.
 */
import { TargetError } from '../../domain/errors.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { RestorePlan } from '../../domain/restore-plan.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { runs } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import { planRestore } from '../restore/plan/plan-restore.ts';
import { beginStaging } from '../restore/stage/stage-restore.ts';
import { type TimeBudget, timeBudget } from '../time-budget.ts';
import { compareLive, type LiveVerified, provedAlready } from './compare-live.ts';
import { type LiveRun, lookAtLive } from './live-look.ts';
import { isStagingGone, whenStaged } from './when-staged.ts';

export type LiveStep =
  | LiveVerified
  /** `waiting`: the log has to be shipped further first. */
  | { readonly done: false; readonly waiting: boolean; readonly run: LiveRun };

/**
 * Starts (without a run) or continues, until it is done, has to wait for the log, or the time is used up.
 * IntegrityError `live-differs` (recorded, alarmed) naming tables and counts; TargetError where the tenant cannot be
 * recovered to this moment; SourceError.
 */
export async function verifyLiveStep(
  ctx: Context,
  tenant: TenantId,
  before?: LiveRun,
  budget: TimeBudget = timeBudget(ctx.settings.stepBudgetMs),
): Promise<LiveStep> {
  let run = before ?? (await lookAtLive(ctx, tenant));
  if (run.staging === null) {
    const newest = await runs.latest(ctx.catalog);
    if (newest === undefined || parseLsn(newest.to) < parseLsn(run.lsn)) return { done: false, waiting: true, run };
    run = { ...run, staging: await beginStaging(await planAt(ctx, tenant, run), ctx.source, { planMs: 0 }) };
  }
  const call = { tenant, into: ctx.source, budget };
  try {
    const verified = await whenStaged(ctx, run.staging!, call, opened => compareLive(ctx, tenant, run, opened));
    return verified ?? { done: false, waiting: false, run };
  } catch (error) {
    const before = isStagingGone(error) ? await provedAlready(ctx, tenant, run) : undefined;
    if (before === undefined) throw error;
    return before;
  }
}

/**
 * The state at exactly that snapshot, except for tables known to be unrecoverable at it. Rows recorded as erased are
 * included: only the log shows whether they were deleted.
 */
async function planAt(ctx: Context, tenant: TenantId, run: LiveRun): Promise<RestorePlan> {
  const target = { kind: 'lsn', lsn: parseLsn(run.lsn), named: true } as const;
  const planned = await planRestore(ctx, tenant, target).catch(error => {
    if (!(error instanceof TargetError && error.code === 'tables-in-gap')) throw error;
    return planRestore(ctx, tenant, target, { exclude: error.details?.tables as string[] });
  });
  return RestorePlan.parse({ ...planned, erasures: [], seenBy: run.seenBy });
}
