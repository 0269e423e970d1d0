/**
 * Stores the token of the waiting task and notifies people that a restore needs their approval. A retry stores the newer
 * token and notifies nobody a second time.
 */
import * as z from 'zod';
import { approvalNotice } from '../lib/domain/approval-notice.ts';
import { TenantRef } from '../lib/domain/tenant.ts';
import { askApproval } from '../lib/operations/restore/apply/request-approval.ts';
import { restoreApproversPlace } from '../lib/runtime/carry-out.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({
  token: z.string().min(1),
  execution: z.string(),
  /** When the step was entered; absent from executions that an earlier version started. */
  entered: z.string().default(''),
  preview: z.object({
    tenant: TenantRef,
    id: z.string(),
    planKey: z.string(),
    hash: z.string(),
    requestedBy: z.string(),
    takenUpBy: z.string().optional(),
    approvals: z.number().int().min(1),
    counts: z.record(z.string(), z.number()),
  }),
});

export const handler = storageHandler(Event, async ({ token, execution, entered, preview }, { ctx, aws, once }) => {
  const { tenant, id, planKey, hash, requestedBy, takenUpBy, approvals, counts } = preview;
  const approval = await askApproval(ctx, {
    ...{ tenant: tenant, id, plan: planKey, hash, requestedBy, needed: approvals, token },
    asking: `${execution} ${entered}`.trim(),
    ...(takenUpBy === undefined ? {} : { takenUpBy }),
    approvalHours: aws.config.approvalHours,
  });
  const { until } = approval;
  const notice = approvalNotice(
    { action: 'restore', tenant, id, hash, requestedBy, approvals, until },
    restoreApproversPlace(aws, takenUpBy ?? requestedBy),
  );
  await once('approval-wanted', [execution, entered, id], () =>
    ctx.notifier.notify({
      ...notice,
      code: 'approval-wanted',
      details: { ...notice.details, plan: planKey, execution, ...counts },
    }),
  );
  return { id, until };
});
