/**
 * One person's decision on a restore that waits for approval on AWS: authorized, and in the audit trail before it counts.
 * Rules of approvals: domain/approval.ts.
 */
import { type Approval, decide, isAsking } from '../../domain/approval.ts';
import type { Principal } from '../../domain/principal.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { decideApproval } from '../restore/apply/approve.ts';
import { type ApprovalDeps, findApproval } from '../restore/apply/kept-approvals.ts';
import { type Attempt, draftOf, type RecordDeps, recordingDenials, requirePermitted } from './audit.ts';

export interface RestoreDecision {
  readonly principal: Principal;
  readonly tenant: TenantRef;
  /** Id of the kept plan. */
  readonly id: string;
  /** Hash of the preview that was reviewed. */
  readonly hash: string;
  readonly agrees: boolean;
  /** As `decide` takes it. */
  readonly maySignInAs: (name: string) => boolean;
}

/**
 * The approval with the decision. InputError `unknown-approval`, `own-request`, `other-sign-in`, `not-permitted`; ConflictError as `decide`
 * throws it; StorageError `audit-unwritable`.
 */
export async function decideRestore(
  deps: ApprovalDeps & RecordDeps,
  { principal, tenant, id, hash, agrees, maySignInAs }: RestoreDecision,
): Promise<Approval> {
  const attempt: Attempt = { principal, tenant, permission: 'approveRestore', request: id, planHash: hash };
  return recordingDenials(deps, attempt, async () => {
    const waiting = await findApproval(deps, tenant, id);
    const policies = await requirePermitted(deps, attempt, {
      ownRequest: waiting !== undefined && isAsking(waiting, principal.name),
    });
    const decision = { by: principal.name, agrees, hash, maySignInAs };
    // What the rules refuse is no decision: it is recorded as denied. A repeated one changes nothing.
    if (waiting && decide(waiting, { ...decision, at: deps.clock.now() }) !== waiting)
      await deps.record(tenant, draftOf(attempt, agrees ? 'approved' : 'refused', { policies }));
    return decideApproval(deps, tenant, id, decision);
  });
}
