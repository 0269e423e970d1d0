/**
 * Requests the approval of a plan: stores who can decide and until when, together with the token of the waiting task.
 * Rules: domain/approval.ts.
 */
import { Approval, type Asking, askAgain } from '../../../domain/approval.ts';
import { askedUntil } from '../../../domain/approval-times.ts';
import { isUnverified } from '../../../domain/caller.ts';
import { InputError } from '../../../domain/errors.ts';
import { requirePerson } from '../../../domain/person.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { type ApprovalDeps, keepApproval, keptApproval } from './kept-approvals.ts';

export interface ApprovalRequest extends Asking {
  readonly id: string;
  readonly tenant: TenantRef;
  /** How long people may take. */
  readonly approvalHours: number;
}

/**
 * Requesting approval again for the same plan renews the token and the timeout: see askAgain. InputError
 * `requester-unnamed`, `requester-unverified`, `identity-unclear`, `own-approval`.
 */
export async function askApproval(deps: ApprovalDeps, request: ApprovalRequest): Promise<Approval> {
  // Whoever applies a plan answers for it; whoever made the preview wrote nothing.
  requireRequester(request.takenUpBy ?? request.requestedBy);
  const { tenant, approvalHours, ...rest } = request;
  const now = deps.clock.now();
  const before = await keptApproval(deps, tenant, request.id);
  const approval = Approval.parse({
    format: 'holdfast.approval/1',
    ...{ state: 'waiting', decisions: [], askedAt: now.toISOString() },
    ...(before ? askAgain(before.value, rest, now) : rest),
    tenant,
    until: askedUntil(approvalHours, now).toISOString(),
  });
  await keepApproval(deps, approval, before?.revision);
  return approval;
}

/** A requester must be known: otherwise an approver could not be distinguished from the requester. */
export function requireRequester(requestedBy: string): void {
  if (isUnverified(requestedBy)) {
    throw new InputError('requester-unverified', 'The restore needs approval, and nothing proves who requested it.', {
      hint: 'Request it with `holdfast --profile PROFILE restore …`, which signs the request, or start a preview only ("previewOnly": true) and let a person apply it. An execution that is started directly may name any requester.',
    });
  }
  if (requestedBy.trim() !== '' && requestedBy !== 'unknown') {
    requirePerson(requestedBy);
    return;
  }
  throw new InputError('requester-unnamed', 'The restore needs approval, but does not name its requester.', {
    hint: 'Set requestedBy to your name or ARN.',
  });
}
