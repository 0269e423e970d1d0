/**
 * `holdfast restore`: stage, compare, apply exactly what was compared, prove, record. Rows that the application changes
 * in between are never overwritten: the difference is computed anew and said so (or, for an approved plan, refused).
 */
import type { RestoreRequest } from '../../../domain/restore-request.ts';
import { tenantId } from '../../../domain/tenant.ts';
import { keepStagingArea } from '../../../postgres/staging/staging-area.ts';
import { type Context, refOf } from '../../context.ts';
import type { TimeBudget } from '../../time-budget.ts';
import { openPlanFile } from '../compare/restore-plan-file.ts';
import { chainOf } from '../plan/plan-request.ts';
import { createMissing } from '../stage/create-planned.ts';
import { asTenant, refuseExistingTenant } from '../stage/new-tenant.ts';
import { destinationOf, openRestore } from '../stage/open-restore.ts';
import { KEEP_BETWEEN_CALLS_MS } from '../stage/stage-restore.ts';
import {
  applyAndRecord,
  compareAndApply,
  type Facts,
  type RestoreResult,
  refuseConflicts,
} from './compare-and-apply.ts';
import { restoreSideBySide } from './hand-over-restore.ts';
import { settleInterrupted } from './record-restore.ts';

/**
 * Restores as asked. ConflictError `conflicts` (listed in details), `rows-changed`, `restore-running`; and what planning
 * and staging throw. On any error the tenant's rows are as before.
 */
export async function applyRestore(ctx: Context, request: RestoreRequest): Promise<RestoreResult> {
  const ref = refOf(ctx, tenantId(request.tenant));
  await settleInterrupted(ctx, ref);
  if (request.sideBySide) return restoreSideBySide(ctx, request);
  if (request.asTenant !== undefined) return restoreAsTenant(ctx, request);
  const startedAt = ctx.clock.now();
  const destination = destinationOf(ctx, request);
  const opened = await openRestore(ctx, request, (plan, into) =>
    request.into === undefined ? Promise.resolve() : createMissing(ctx, ref, plan, into),
  );
  try {
    return await compareAndApply(destination, opened.staging, request, {
      ...opened,
      ...{ ref, startedAt, place: request.into === undefined ? 'in-place' : 'into-database' },
      ...{ chain: chainOf(opened.plan), targetTime: opened.plan.target.time },
    });
  } finally {
    await opened.staging.drop();
  }
}

/** ConflictError `tenant-exists`, `conflicts`; and what planning and staging throw. */
async function restoreAsTenant(ctx: Context, request: RestoreRequest): Promise<RestoreResult> {
  const startedAt = ctx.clock.now();
  const to = tenantId(request.asTenant!);
  await refuseExistingTenant(ctx, to);
  const opened = await openRestore(ctx, request);
  try {
    const staging = await asTenant(ctx, opened.staging, to, request);
    return await compareAndApply(ctx, staging, request, {
      ...opened,
      ...{ ref: opened.staging.ref, startedAt, place: 'as-tenant' as const },
      ...{ chain: chainOf(opened.plan), targetTime: opened.plan.target.time },
    });
  } finally {
    await opened.staging.drop();
  }
}

/**
 * Applies a plan file: exactly the difference that was approved. ConflictError `rows-changed` where a row that it touches
 * changed since, `preview-gone`, `preview-altered`; InputError `bad-plan`. The staging schema goes when it is applied.
 */
export async function applyPlan(
  ctx: Context,
  file: string,
  approvedBy: readonly string[] = [],
): Promise<RestoreResult> {
  // Without a budget it does not end before it is done.
  return (await applyPlanWithin(ctx, file, approvedBy))!;
}

/** The same until the time is used up: undefined where batches are left for another call. */
export async function applyPlanWithin(
  ctx: Context,
  file: string,
  approvedBy: readonly string[],
  budget?: TimeBudget,
): Promise<RestoreResult | undefined> {
  const { document, staging, drop } = await openPlanFile(ctx, file);
  // Batches may take longer than a preview is kept.
  if (budget) await keepStagingArea(ctx.source, staging.id, KEEP_BETWEEN_CALLS_MS);
  // The record is kept with the tenant whose rows they were, also where they become another's.
  const ref = refOf(ctx, tenantId(document.request.tenant));
  await settleInterrupted(ctx, ref);
  const request = { ...document.request, approvedBy: [...document.request.approvedBy, ...approvedBy] };
  refuseConflicts(document.preview);
  if (request.asTenant !== undefined && request.batches === undefined) await refuseExistingTenant(ctx, staging.tenant);
  const facts: Facts = {
    ...{ ref, startedAt: ctx.clock.now(), place: request.asTenant === undefined ? 'in-place' : 'as-tenant' },
    ...{ chain: document.chain, targetTime: document.preview.targetTime, planMs: 0, stageMs: 0 },
  };
  const run = { attempts: 1, approved: true, ...(budget && { budget }) };
  const result = await applyAndRecord(ctx, staging, request, document.preview, facts, run);
  if (result !== undefined) await drop();
  return result;
}
