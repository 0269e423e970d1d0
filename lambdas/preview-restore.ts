/**
 * Plans, stages and compares a restore in place; keeps the plan sealed in the vault. Returns its key and counts: row
 * values never leave the database here.
 */
import { z } from 'zod';
import { blockingConflicts } from '../lib/domain/preview.ts';
import { parseRestoreRequest } from '../lib/domain/restore-request.ts';
import { tenantId, tenantRef } from '../lib/domain/tenant.ts';
import { refOf } from '../lib/operations/context.ts';
import { dropPlan, keepPlan } from '../lib/operations/restore/kept-plan.ts';
import { preparePlan } from '../lib/operations/restore/preview-restore.ts';
import { newRestoreId } from '../lib/operations/restore/record-restore.ts';
import { requireRequester } from '../lib/operations/restore/restore-approval.ts';
import { tenantHandler, type Whose } from '../lib/runtime/function-handler.ts';

const Event = z.object({ request: z.unknown() });

/** A person's request names the tenant as the application does. */
const whose: Whose<typeof Event> = ({ request }, { config }) =>
  tenantRef(config.installation, tenantId(parseRestoreRequest(request).tenant));

export const handler = tenantHandler(Event, whose, async (event, { ctx, aws, count }) => {
  const request = parseRestoreRequest(event.request);
  const approvals = aws.config.approvals;
  if (approvals > 0) requireRequester(request.requestedBy);
  const tenant = refOf(ctx, tenantId(request.tenant));
  const id = newRestoreId(ctx);
  const startedAt = ctx.clock.now().toISOString();
  const { preview, file } = await preparePlan(ctx, request);
  try {
    const planKey = await keepPlan(ctx, tenant, id, file);
    const { planMs, stageMs, diffMs } = preview.measured;
    count('RestorePlanSeconds', planMs / 1000, { tenant });
    count('RestoreStageSeconds', stageMs / 1000, { tenant });
    count('RestoreDiffSeconds', diffMs / 1000, { tenant });
    const { inserts, updates, deletes } = preview.totals;
    return {
      ...{ tenant, id, planKey, hash: preview.hash, requestedBy: request.requestedBy, approvals, startedAt },
      blocked: blockingConflicts(preview).length > 0,
      counts: { inserts, updates, deletes, conflicts: preview.conflicts.length },
    };
  } catch (error) {
    await dropPlan(ctx, file);
    throw error;
  }
});
