/**
 * Writes the difference of a preview into the live tables and proves it, in one transaction (or in batches where the
 * request allows it). Invariant: at every moment the tenant is as before or as the target; what commits has been proved
 * in the same transaction; and the commit is announced in the catalog beforehand, so that a run killed in between can
 * be settled afterwards.
 */
import type { Preview } from '../../../domain/preview.ts';
import { holdParents, planSteps, prepareTransaction } from '../../../postgres/diff/apply-diff.ts';
import type { DiffSet } from '../../../postgres/diff/diff.ts';
import { beginSnapshot, commit, rollBack } from '../../../postgres/diff/restore-transaction.ts';
import { runInOrder } from '../../../postgres/diff/run-steps.ts';
import { moveSequences } from '../../../postgres/diff/sequences.ts';
import { unlock } from '../../../postgres/locks.ts';
import { inStagingSession } from '../../../postgres/staging/staging-session.ts';
import { duringRestore } from '../../catalog/tenant-turn.ts';
import type { Context } from '../../context.ts';
import type { RestoreScope } from '../plan/restore-scope.ts';
import type { StagedState } from '../stage/staged-state.ts';
import { applyInBatches } from './apply-batches.ts';
import { explain } from './apply-error.ts';
import { type Applied, type ApplyOptions, announce, Counts, lockTenant, prove, reopen } from './apply-transaction.ts';

/**
 * Applies what `diffStaged` left in the staging schema; undefined where batches, or all of it
 * behind a snapshot of the tenant, are left to another call. ConflictError `rows-changed` where live rows changed since (the caller computes again, or refuses), `restore-running`,
 * `snapshot-running`, `preview-gone`; then nothing was written.
 */
export async function applyStaged(
  ctx: Context,
  staging: StagedState,
  scope: RestoreScope,
  preview: Preview,
  options: ApplyOptions,
): Promise<Applied | undefined> {
  const apply = () => applyInSession(ctx, staging, scope, preview, options);
  // No snapshot reads in another database.
  if (scope.destination.kind === 'database') return apply();
  return duringRestore(ctx, { tenant: staging.ref, budget: options.budget }, apply);
}

function applyInSession(
  ctx: Context,
  staging: StagedState,
  scope: RestoreScope,
  preview: Preview,
  options: ApplyOptions,
): Promise<Applied | undefined> {
  return inStagingSession(staging, 'restore apply', async connection => {
    try {
      await lockTenant(connection, staging.ref);
      if (scope.batches !== undefined)
        return await applyInBatches({ ctx, connection, staging, scope, preview, options });
      await beginSnapshot(connection);
      const diff = await reopen(ctx, connection, staging, scope, preview);
      return await applyWhole(ctx, diff, staging, preview, options);
    } catch (error) {
      await rollBack(connection);
      throw explain(error);
    } finally {
      await unlock(connection, 'apply', staging.ref).catch(() => {});
    }
  });
}

async function applyWhole(
  ctx: Context,
  diff: DiffSet,
  staging: StagedState,
  preview: Preview,
  options: ApplyOptions,
): Promise<Applied> {
  const started = performance.now();
  const counts = new Counts();
  await prepareTransaction(diff.connection, diff.catalog.maySuppress);
  if (diff.catalog.maySuppress) await holdParents(diff);
  await runInOrder(diff, await planSteps(diff), async (step, rows) => {
    counts.add(step, rows);
    ctx.progress?.({
      step: 'restore.apply',
      message: `${step.kind} ${step.table.live.table}`,
      done: counts.total,
      total: preview.totals.rows,
      unit: 'rows',
    });
    await ctx.crash?.('restore.during-apply');
  });
  const applied = performance.now();
  const proof = await prove(diff, staging, options.approved);
  await moveSequences(diff, preview.sequences);
  const transaction = await announce(diff.connection, staging.ref, options.restoreId);
  const result: Applied = {
    ...{ restoreId: options.restoreId, partial: false },
    tables: counts.tables(),
    proof,
    transaction,
    applyMs: Math.round(applied - started),
    proveMs: Math.round(performance.now() - applied),
  };
  await options.beforeCommit(result);
  await ctx.crash?.('restore.before-commit');
  await commit(diff.connection);
  return result;
}
