/**
 * Applies the kept plan, proves and records it. Who approved is read from the catalog, not from what passed through the
 * state machine: whoever can answer a task token still cannot approve.
 */
import { z } from 'zod';
import type { TenantRef } from '../lib/domain/tenant.ts';
import { applyPlan } from '../lib/operations/restore/apply-restore.ts';
import { readKeptPlan } from '../lib/operations/restore/kept-plan.ts';
import { approversOf } from '../lib/operations/restore/restore-approval.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ preview: z.object({ tenant: z.string(), id: z.string(), planKey: z.string() }) });

export const handler = tenantHandler(
  Event,
  event => event.preview.tenant,
  async ({ preview }, { ctx, aws, count }) => {
    const plan = { ...preview, tenant: preview.tenant as TenantRef };
    const approvedBy = await approversOf(ctx, plan, aws.config.approvals);
    const { record } = await applyPlan(ctx, await readKeptPlan(ctx, plan), approvedBy);
    count('RestoreApplySeconds', (record.phases.applyMs + record.phases.proveMs) / 1000, 'Seconds', plan.tenant);
    count('RestoresDone', 1);
    return { tenant: plan.tenant, restore: record.id, totals: record.totals, left: record.proof.left };
  },
);
