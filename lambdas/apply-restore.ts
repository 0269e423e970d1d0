/**
 * Applies the kept plan, proves and records it; in batches until the time is used up. Who approved is read from the
 * catalog, and how many had to from the signed plan, not from what passed through the state machine: whoever can answer a
 * task token still cannot approve.
 */
import { z } from 'zod';
import { approvalsNeeded } from '../lib/domain/approval.ts';
import type { TenantRef } from '../lib/domain/tenant.ts';
import { applyPlanWithin } from '../lib/operations/restore/apply-restore.ts';
import { readKeptPlan } from '../lib/operations/restore/kept-plan.ts';
import { approversOf } from '../lib/operations/restore/restore-approval.ts';
import { readPlanFile } from '../lib/operations/restore/restore-plan-file.ts';
import { timeBudget } from '../lib/operations/time-budget.ts';
import { functionHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ preview: z.object({ tenant: z.string(), id: z.string(), planKey: z.string() }) });

export const handler = functionHandler(Event, async ({ preview }, { ctx, aws, count }) => {
  const budget = timeBudget(ctx.settings.stepBudgetMs);
  const plan = { ...preview, tenant: preview.tenant as TenantRef };
  const text = await readKeptPlan(ctx, plan);
  const { request } = await readPlanFile(ctx, text);
  const approvedBy = await approversOf(ctx, plan, approvalsNeeded(aws.config.approvals, request));
  const result = await applyPlanWithin(ctx, text, approvedBy, budget);
  if (result === undefined) return { tenant: plan.tenant, done: false };
  const { record } = result;
  count('RestoreApplySeconds', (record.phases.applyMs + record.phases.proveMs) / 1000, 'Seconds', plan.tenant);
  count('RestoresDone', 1);
  return { tenant: plan.tenant, done: true, restore: record.id, totals: record.totals, left: record.proof.left };
});
