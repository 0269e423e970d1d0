/** One person's decision on a plan that is waiting for approval. Rules: domain/approval.ts. */
import { type Approval, type Decision, decide } from '../../../domain/approval.ts';
import { HoldfastError, InputError } from '../../../domain/errors.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { type ApprovalDeps, keepApproval, keptApproval } from './kept-approvals.ts';

/** Two approvers at the same moment: the one that loses the race decides again on the new state. */
const MAX_ATTEMPTS = 5;

/** Records a decision and returns the result. InputError `unknown-approval`, `own-request`; ConflictError. */
export async function decideApproval(
  deps: ApprovalDeps,
  tenant: TenantRef,
  id: string,
  decision: Omit<Decision, 'at'>,
): Promise<Approval> {
  for (let attempt = 1; ; attempt++) {
    const before = await keptApproval(deps, tenant, id);
    if (!before) {
      throw new InputError('unknown-approval', 'No restore with this id is waiting for approval.', {
        hint: 'Copy the tenant and the id from the notification.',
      });
    }
    const after = decide(before.value, { ...decision, at: deps.clock.now() });
    if (after === before.value) return after;
    try {
      await keepApproval(deps, after, before.revision);
      return after;
    } catch (error) {
      const raced = error instanceof HoldfastError && error.code === 'lost-race';
      if (!raced || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}
