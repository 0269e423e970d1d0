/** Sends an approver's decision to the approval URL, signed by the approver (signed-call.ts). */
import * as z from 'zod';
import { InputError, StorageError } from '../domain/errors.ts';
import type { GovernedAction } from '../domain/governed-action.ts';
import type { DeployedInstallation } from './installation.ts';
import { callSigned } from './signed-call.ts';

export interface ApprovalDecision {
  /** Tenant reference. */
  readonly tenant: string;
  readonly id: string;
  /** Hash of the preview that the approver reviewed. */
  readonly hash: string;
  /** `review`: of what somebody executed without approvals. */
  readonly decision: 'approve' | 'refuse' | 'review';
  /** What a review found. */
  readonly comment?: string;
  /** What is decided on. @default - a restore */
  readonly action?: GovernedAction;
}

const Answer = z.object({
  id: z.string(),
  state: z.enum(['waiting', 'approved', 'refused']),
  agreed: z.number(),
  needed: z.number(),
  /** Whether the waiting execution was notified. */
  told: z.boolean(),
});
export type ApprovalAnswer = z.infer<typeof Answer>;

/** InputError and ConflictError from the function; InputError `not-an-approver`; StorageError `approval-unreachable`. */
export function sendDecision(
  { description, target }: Pick<DeployedInstallation, 'description' | 'target'>,
  decision: ApprovalDecision,
): Promise<ApprovalAnswer> {
  return callSigned(target, {
    ...{ url: description.approvalUrl, body: decision, answer: Answer },
    forbidden: () =>
      new InputError('not-an-approver', 'These credentials are not allowed to approve.', {
        hint: 'Attach the policy NAME-approver of the recovery stack to the approver.',
      }),
    unreachable: (why, cause) =>
      new StorageError('approval-unreachable', `The decision may not have arrived (${why}).`, {
        hint: 'Send it again: the same decision twice counts once.',
        cause,
      }),
  });
}
