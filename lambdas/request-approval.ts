/**
 * Stores the token of the waiting task and notifies people that a restore needs their approval. A retry stores the newer
 * token and notifies nobody a second time.
 */
import * as z from 'zod';
import { TenantRef } from '../lib/domain/tenant.ts';
import { askApproval } from '../lib/operations/restore/apply/request-approval.ts';
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
  const approvers = approvals === 1 ? 'one other person' : `${approvals} other people`;
  await once('approval-wanted', [execution, entered, id], () =>
    ctx.notifier.notify({
      severity: 'info',
      code: 'approval-wanted',
      message: `A restore requested by ${requestedBy} waits for approval by ${approvers} until ${approval.until}. Review it and decide: holdfast --installation ${aws.config.name} --region ${aws.config.region} approve ${tenant} ${id}`,
      details: { tenant, id, hash, plan: planKey, execution, ...counts },
    }),
  );
  return { id, until: approval.until };
});
