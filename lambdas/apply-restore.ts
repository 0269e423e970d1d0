/**
 * Applies the kept plan, proves the result and records it; in batches until the time budget is used up. The approvers are
 * read from the catalog and the required number of approvals from the signed plan, not from the state of the execution: a
 * principal that can answer a task token still cannot approve.
 */
import * as z from 'zod';
import { approvalsNeeded } from '../lib/domain/approval.ts';
import { shareOfRecoveryTime } from '../lib/domain/objectives.ts';
import { isPartial } from '../lib/domain/restore-record.ts';
import { TenantRef } from '../lib/domain/tenant.ts';
import { recordingRefusal, recordingRestore } from '../lib/operations/governance/restore-events.ts';
import { applyPlanWithin } from '../lib/operations/restore/apply/apply-restore.ts';
import { approversOf } from '../lib/operations/restore/apply/kept-approvals.ts';
import { readKeptPlan } from '../lib/operations/restore/compare/kept-plan.ts';
import { readPlanFile } from '../lib/operations/restore/compare/restore-plan-file.ts';
import { timeBudget } from '../lib/operations/time-budget.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({
  preview: z.object({
    ...{ tenant: TenantRef, id: z.string(), planKey: z.string() },
    /** Absent from executions that an earlier version started. */
    startedAt: z.string().optional(),
    reason: z.string().optional(),
  }),
});

export const handler = tenantHandler(
  Event,
  event => event.preview.tenant,
  async ({ preview }, { ctx, aws, count }) => {
    const budget = timeBudget(ctx.settings.stepBudgetMs);
    const { startedAt, reason, ...kept } = preview;
    const plan = { ...kept, tenant: preview.tenant };
    const text = await readKeptPlan(ctx, plan);
    const { request, preview: compared } = await readPlanFile(ctx, text);
    const { tenant, id } = plan;
    const restore = { tenant, request: id, requestedBy: request.requestedBy, planHash: compared.hash };
    const needed = approvalsNeeded(aws.config.approvals, request);
    const approvedBy = await recordingRefusal(ctx, restore, () => approversOf(ctx, plan, needed));
    const result = await recordingRestore(ctx, { ...restore, approvedBy }, () =>
      applyPlanWithin(ctx, text, approvedBy, budget, reason),
    );
    if (result === undefined) return { tenant: plan.tenant, done: false };
    const { record } = result;
    const whose = { tenant: plan.tenant };
    count('RestoreApplySeconds', record.phases.applyMs / 1000, whose);
    count('RestoreProveSeconds', record.phases.proveMs / 1000, whose);
    // From the request, including the wait for approval: the time that the tenant waits.
    const seconds = (Date.parse(record.committedAt) - Date.parse(startedAt ?? record.startedAt)) / 1000;
    count('RestoreTimePercent', shareOfRecoveryTime(aws.tierOf(plan.tenant), seconds), whose);
    count('RestoresDone', 1);
    const { totals, proof } = record;
    return {
      tenant: plan.tenant,
      done: true,
      restore: record.id,
      totals,
      left: proof.left,
      partial: isPartial(record),
    };
  },
);
