/**
 * The preview of a restore in several calls: it is the restore's own difference, not applied. Its plan is kept sealed;
 * only its key and counts are passed on.
 */
import { newId } from '../../../domain/new-id.ts';
import type { Preview } from '../../../domain/preview.ts';
import type { RestoreRequest } from '../../../domain/restore-request.ts';
import { withConnection } from '../../../postgres/connection.ts';
import { indexChangedRows } from '../../../postgres/diff/diff-rows.ts';
import type { Context } from '../../context.ts';
import { chainOf } from '../plan/plan-restore.ts';
import { resolveScope } from '../plan/restore-scope.ts';
import { asAsked } from '../stage/new-tenant.ts';
import { KEEP_BETWEEN_CALLS_MS, openStaged, type StagingRef } from '../stage/stage-restore.ts';
import { withStep } from '../stage/staged-step.ts';
import { compareRestore } from './compare-restore.ts';
import { keepPlan } from './kept-plan.ts';
import { type PreviewPolicy, type PreviewReference, referenceOf } from './preview-reference.ts';
import { writePlanFile } from './restore-plan-file.ts';

/**
 * Compares a complete state with the live rows and keeps the plan and the staging schema. Calling it again compares
 * again. The preview's samples are not kept.
 */
export async function compareStaged(
  ctx: Context,
  ref: StagingRef,
  request: RestoreRequest,
  policy: PreviewPolicy,
): Promise<{ reference: PreviewReference; preview: Preview }> {
  const scope = await resolveScope(ctx, request);
  const opened = await openStaged(ref, ctx.source, scope.tenant);
  try {
    const { plan, planMs, stageMs } = opened;
    const { tenant } = ref;
    const compared = await compareRestore(ctx, await asAsked(ctx, await withStep(ctx, opened, scope), scope), scope, {
      ...{ ref: tenant, startedAt: new Date(plan.createdAt), chain: chainOf(plan), targetTime: plan.target.time },
      ...{ planMs, stageMs },
    });
    const { preview, staging } = compared;
    await withConnection(ctx.source, 'preview index', connection => indexChangedRows(connection, staging.schema));
    const id = newId(ctx);
    const planKey = await keepPlan(ctx, tenant, id, await writePlanFile(ctx, compared));
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
