/**
 * Applies the kept plan, proves and records it. Who approved is read from the catalog, not from what passed through the
 * state machine: whoever can answer a task token still cannot approve.
 */
import { z } from 'zod';
import { shareOfRecoveryTime } from '../lib/domain/objectives.ts';
import type { TenantRef } from '../lib/domain/tenant.ts';
import { applyPlan } from '../lib/operations/restore/apply-restore.ts';
import { readKeptPlan } from '../lib/operations/restore/kept-plan.ts';
import { approversOf } from '../lib/operations/restore/restore-approval.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({
  preview: z.object({
    ...{ tenant: z.string(), id: z.string(), planKey: z.string() },
    /** Absent from executions that an earlier version began. */
    startedAt: z.string().optional(),
  }),
});

export const handler = tenantHandler(
  Event,
  event => event.preview.tenant,
  async ({ preview }, { ctx, aws, count }) => {
    const { startedAt, ...kept } = preview;
    const plan = { ...kept, tenant: preview.tenant as TenantRef };
    const approvedBy = await approversOf(ctx, plan, aws.config.approvals);
    const { record } = await applyPlan(ctx, await readKeptPlan(ctx, plan), approvedBy);
    const whose = { tenant: plan.tenant };
    count('RestoreApplySeconds', record.phases.applyMs / 1000, whose);
    count('RestoreProveSeconds', record.phases.proveMs / 1000, whose);
    // From the request on, the time in which people decided included: that is what the tenant waits.
    const seconds = (Date.parse(record.committedAt) - Date.parse(startedAt ?? record.startedAt)) / 1000;
    count('RestoreTimePercent', shareOfRecoveryTime(aws.tierOf(plan.tenant), seconds), whose);
    count('RestoresDone', 1);
    return { tenant: plan.tenant, restore: record.id, totals: record.totals, left: record.proof.left };
  },
);
