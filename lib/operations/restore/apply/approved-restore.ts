/**
 * A restore in place that needs approval and runs on a person's own machine: its plan is kept, approval is requested,
 * and once enough people have approved, exactly that plan is applied. Invariant: what is applied is what was approved;
 * the approvers are read from the catalog.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { CodeOf } from '../../../domain/error-catalog.ts';
import { ConflictError } from '../../../domain/errors.ts';
import { newId } from '../../../domain/new-id.ts';
import { tenantId } from '../../../domain/tenant.ts';
import { type Context, refOf } from '../../context.ts';
import { keepPlan } from '../compare/kept-plan.ts';
import { readPlanFile } from '../compare/restore-plan-file.ts';
import { applyPlan, type RestoreResult } from './apply-restore.ts';
import { approversOf, findApproval } from './kept-approvals.ts';
import { askApproval } from './request-approval.ts';

const STEP_MS = 2_000;

export interface ApprovedRestoreOptions {
  /** How many others must approve. */
  readonly needed: number;
  /** Without a decision in this time the approval times out. */
  readonly approvalHours: number;
  /** Called once approval was requested. */
  readonly onAsked: (id: string, until: string) => Promise<void>;
  /** Aborted: stops waiting. */
  readonly signal?: AbortSignal;
}

/** ConflictError `approval-refused`, `approval-late`; and what applying throws. `file`: a signed plan (preparePlan). */
export async function applyWhenApproved(
  ctx: Context,
  file: string,
  { needed, approvalHours, onAsked, signal }: ApprovedRestoreOptions,
): Promise<RestoreResult> {
  const { request, preview } = await readPlanFile(ctx, file);
  const tenant = refOf(ctx, tenantId(request.tenant));
  const { hash } = preview;
  const id = newId(ctx);
  const planKey = await keepPlan(ctx, tenant, id, file);
  const { until } = await askApproval(ctx, {
    ...{ tenant, id, plan: planKey, hash, requestedBy: request.requestedBy, needed, approvalHours },
    // No task is waiting for the answer: it is read from the catalog.
    token: 'none',
  });
  await ctx.notifier.notify({
    severity: 'info',
    code: 'approval-wanted',
    message: `A restore is waiting for the approval of ${needed} other than ${request.requestedBy}, until ${until}.`,
    details: { tenant, id, hash, plan: planKey },
  });
  await onAsked(id, until);
  for (;;) {
    signal?.throwIfAborted();
    const approval = await findApproval(ctx, tenant, id);
    if (approval?.state === 'refused') throw over('approval-refused', 'The restore was refused.');
    if (approval?.state === 'approved') break;
    if (ctx.clock.now() >= new Date(until)) throw over('approval-late', 'The restore was not approved in time.');
    ctx.progress?.({ step: 'restore.approval', message: `Waiting for ${needed} to approve ${id}` });
    await pause(STEP_MS, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
  }
  return applyPlan(ctx, file, await approversOf(ctx, { tenant, id, planKey }, needed));
}

function over(code: CodeOf<'conflict'>, message: string): ConflictError {
  return new ConflictError(code, message, { hint: 'Nothing was written. Start the restore again.' });
}
