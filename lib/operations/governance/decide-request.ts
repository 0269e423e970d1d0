/**
 * One person's decision on a request: approves or refuses exactly the plan that was reviewed. Rules: domain/approval.ts.
 *
 * Invariants: a decision is a signed document of the vault; it is in the audit trail before it counts; what is refused is
 * in the audit trail too.
 */
import { ConflictError } from '../../domain/errors.ts';
import { decisionKey, type RequestDecision, requestPartKey } from '../../domain/governed-request.ts';
import { newId } from '../../domain/new-id.ts';
import { permissionsOf } from '../../domain/permission.ts';
import { samePerson } from '../../domain/person.ts';
import type { Principal } from '../../domain/principal.ts';
import { type Attempt, draftOf, recordingDenials, requirePermitted } from './audit.ts';
import { putGovernance } from './governance-document.ts';
import { decideAs, type RequestView, readRequest } from './read-request.ts';
import { type GovernanceDeps, requirePrincipalPerson } from './request-action.ts';
import { type RequestNamed, seeRequest } from './see-request.ts';

export interface DecisionAsked extends RequestNamed {
  readonly agrees: boolean;
  /** Hash of the plan that the approver reviewed. */
  readonly planHash: string;
  readonly comment?: string;
}

/**
 * The request with the decision. Repeating one's own decision changes nothing. InputError `unknown-request`,
 * `own-request`, `not-permitted`, `not-an-approver`, `no-person`, `identity-unclear`; ConflictError `other-preview`,
 * `already-decided`, `approval-late`, `request-started`, `request-cancelled`; StorageError `audit-unwritable`.
 */
export async function decideRequest(deps: GovernanceDeps, asked: DecisionAsked): Promise<RequestView> {
  const { principal, tenant, id } = asked;
  const view = await seeRequest(deps, asked);
  const { action, planHash } = view.request;
  const attempt: Attempt = { principal, tenant, permission: permissionsOf(action).decide, request: id, planHash };
  const decision = await recordingDenials(deps, attempt, () => checked(deps, attempt, view, asked));
  if (decision === undefined) return view;
  const { agrees, policies } = decision;
  await deps.record(tenant, draftOf(attempt, agrees ? 'approved' : 'refused', { policies }));
  await putGovernance(deps, decisionKey(tenant, id, newId(deps)), decision);
  return readRequest(deps, tenant, id);
}

/** Undefined where the same decision was taken before. */
async function checked(
  deps: GovernanceDeps,
  attempt: Attempt,
  view: RequestView,
  { principal, agrees, planHash, comment }: DecisionAsked,
): Promise<RequestDecision | undefined> {
  const { request, approval } = view;
  requirePrincipalPerson(principal);
  const policies = await requirePermitted(deps, attempt, {
    ownRequest: isOwn(view, principal),
    tenantAdministratorDecides: request.rule.tenantAdministrator !== 'no',
  });
  requireOpen(view);
  const at = deps.clock.now().toISOString();
  if (decideAs(approval, { by: principal, agrees, planHash, at }) === approval) return undefined;
  return {
    ...{ format: 'holdfast.request-decision/1', request: request.id, tenant: request.tenant, action: request.action },
    ...{ planHash, by: principal, agrees, policies, at },
    ...(comment !== undefined && { comment }),
  };
}

function isOwn({ request }: RequestView, { name }: Principal): boolean {
  return samePerson(name, request.requestedBy.name);
}

/** Refusals and approvals are judged by domain/approval.ts; an end is beyond any decision. */
function requireOpen({ end, request }: RequestView): void {
  if (!end) return;
  const code = end.end === 'cancelled' ? 'request-cancelled' : 'request-started';
  throw new ConflictError(code, `The request was ${end.end} already.`, {
    hint: 'Nothing changed.',
    details: { object: requestPartKey(request.tenant, request.id, 'end') },
  });
}
