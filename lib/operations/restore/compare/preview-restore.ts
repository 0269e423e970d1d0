/** `holdfast diff`: what a restore would do. The preview is the restore's own difference, not applied. */

import { InputError } from '../../../domain/errors.ts';
import { newId } from '../../../domain/new-id.ts';
import type { Preview } from '../../../domain/preview.ts';
import type { RestoreRequest } from '../../../domain/restore-request.ts';
import type { Context } from '../../context.ts';
import { chainOf } from '../plan/plan-request.ts';
import { asAsked } from '../stage/new-tenant.ts';
import { openRestore } from '../stage/open-restore.ts';
import { KEEP_BETWEEN_CALLS_MS, openStaged, type StagingRef } from '../stage/stage-restore.ts';
import { diffStaged } from './diff-staged.ts';
import { keepPlan } from './kept-plan.ts';
import { type PreviewPolicy, type PreviewReference, referenceOf } from './preview-reference.ts';
import { writePlanFile } from './restore-plan-file.ts';

/** Previews a restore in place and leaves nothing behind. Throws what planning and staging throw. */
export async function previewRestore(ctx: Context, request: RestoreRequest): Promise<Preview> {
  refuseElsewhere(request, 'A preview');
  const opened = await openRestore(ctx, request);
  try {
    const preview = await diffStaged(ctx, opened.staging, request, { ...opened, targetTime: opened.plan.target.time });
    await ctx.crash?.('restore.after-diff');
    return preview;
  } finally {
    await opened.staging.drop();
  }
}

/**
 * Previews and keeps: `file` is the text of the plan file for `restore --plan`; the staging schema stays until the plan
 * is applied or dropped.
 */
export async function preparePlan(ctx: Context, request: RestoreRequest): Promise<{ preview: Preview; file: string }> {
  refuseElsewhere(request, 'A plan');
  if (request.batches !== undefined)
    throw new InputError('plan-in-batches', 'An approved plan is applied in one transaction.', {
      hint: 'Leave the batches out, or restore without a plan.',
    });
  const opened = await openRestore(ctx, request);
  try {
    const preview = await diffStaged(ctx, opened.staging, request, { ...opened, targetTime: opened.plan.target.time });
    const file = await writePlanFile(ctx, opened.staging, request, preview, chainOf(opened.plan));
    await opened.staging.release();
    return { preview, file };
  } catch (error) {
    await opened.staging.drop();
    throw error;
  }
}

function refuseElsewhere(request: RestoreRequest, what: string): void {
  if (!request.sideBySide && request.into === undefined && request.asTenant === undefined) return;
  throw new InputError(
    'preview-in-place-only',
    `${what} is for a restore in place: elsewhere nothing can be overwritten.`,
    {
      hint: 'Leave out --side-by-side, --into and --as, or run `holdfast restore` with them.',
    },
  );
}

/**
 * Compares a complete state with the live rows and keeps the plan and the staging area. Calling it again compares anew.
 * The preview's samples are not kept.
 */
export async function compareStaged(
  ctx: Context,
  ref: StagingRef,
  request: RestoreRequest,
  policy: PreviewPolicy,
): Promise<{ reference: PreviewReference; preview: Preview }> {
  const opened = await openStaged(ref, ctx.source, request.asTenant ?? request.tenant);
  try {
    const staging = await asAsked(ctx, opened, request);
    const { plan, planMs, stageMs } = opened;
    const preview = await diffStaged(ctx, staging, request, { planMs, stageMs, targetTime: plan.target.time });
    await ctx.crash?.('restore.after-diff');
    const file = await writePlanFile(ctx, staging, request, preview, chainOf(plan));
    const tenant = ref.tenant;
    const id = newId(ctx);
    const planKey = await keepPlan(ctx, tenant, id, file);
    await opened.area.pause(policy.keepMs);
    return {
      reference: referenceOf(ctx, { tenant, id, planKey, startedAt: plan.createdAt }, preview, policy),
      preview,
    };
  } catch (error) {
    await opened.area.pause(KEEP_BETWEEN_CALLS_MS).catch(() => {});
    throw error;
  }
}
