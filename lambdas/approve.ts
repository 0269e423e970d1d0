/**
 * Receives an approver's decision through the function's URL, which admits only IAM identities: the approver is the caller
 * that IAM authenticated, never one named in the body. Enough approvals complete the waiting task; a refusal fails it.
 * Calling again with the same decision sends the same answer again.
 */
import { z } from 'zod';
import type { Approval } from '../lib/domain/approval.ts';
import { ERROR_KINDS } from '../lib/domain/error-kind.ts';
import { HoldfastError, InputError } from '../lib/domain/errors.ts';
import { TenantRef } from '../lib/domain/tenant.ts';
import { decideApproval } from '../lib/operations/restore/apply/approve.ts';
import { type FunctionTools, type StorageContext, storageHandler } from '../lib/runtime/function-handler.ts';
import { answerTask } from '../lib/runtime/workflows.ts';

const Event = z.object({
  requestContext: z.object({ authorizer: z.object({ iam: z.object({ userArn: z.string().min(1) }) }) }),
  body: z.string(),
  isBase64Encoded: z.boolean().default(false),
});

const Body = z.strictObject({
  tenant: TenantRef,
  id: z.string(),
  /** Hash of the preview that the approver reviewed. */
  hash: z.string(),
  decision: z.enum(['approve', 'refuse']),
});

export const handler = storageHandler(Event, async (event, tools) => {
  try {
    const by = event.requestContext.authorizer.iam.userArn;
    return answer(200, await approve(by, bodyOf(event), tools));
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.retry === 'auto') throw error;
    return answer(ERROR_KINDS[error.kind].httpStatus, {
      code: error.code,
      message: error.message,
      hint: error.hint,
    });
  }
});

async function approve(by: string, body: z.infer<typeof Body>, { ctx, aws }: FunctionTools<StorageContext>) {
  const { tenant, id, hash, decision } = body;
  const approval = await decideApproval(ctx, tenant, id, { by, hash, agrees: decision === 'approve' });
  const agreed = approval.decisions.filter(each => each.agrees).map(each => each.by);
  const result = { id, state: approval.state, agreed: agreed.length, needed: approval.needed };
  if (approval.state === 'waiting') return { ...result, told: false };
  const told = await answerTask(
    aws.workflows,
    approval.token,
    approval.state === 'approved' ? { output: { by: agreed } } : { refusal: refusalOf(approval) },
  );
  return { ...result, told };
}

function refusalOf(approval: Approval): HoldfastError {
  const by = approval.decisions.find(decision => !decision.agrees)?.by;
  return new HoldfastError('approval-refused', `${by} refused the restore.`, {
    hint: 'Nothing was written. Ask the approver for the reason.',
  });
}

function bodyOf({ body, isBase64Encoded }: z.infer<typeof Event>): z.infer<typeof Body> {
  try {
    return Body.parse(JSON.parse(isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body));
  } catch {
    throw new InputError('bad-approval', 'The request body is not a decision.', {
      hint: 'Send {"tenant", "id", "hash", "decision": "approve" or "refuse"} with the values of the notice.',
    });
  }
}

function answer(statusCode: number, body: unknown) {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
