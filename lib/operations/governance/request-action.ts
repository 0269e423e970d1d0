/**
 * The entry of the request path: authorize ▶ plan ▶ hash ▶ keep the signed request. Nothing is executed here.
 *
 * Invariants: nobody asks without a permission; the kept request has the whole plan; the event is in the audit trail
 * before the request exists; the approvers are told once it does.
 */
import { type ApproversPlace, approvalNotice } from '../../domain/approval-notice.ts';
import type { ApprovalRule } from '../../domain/approval-rule.ts';
import { InputError } from '../../domain/errors.ts';
import type { GovernedAction } from '../../domain/governed-action.ts';
import { GovernedRequest, requestPartKey } from '../../domain/governed-request.ts';
import { newId } from '../../domain/new-id.ts';
import { permissionsOf } from '../../domain/permission.ts';
import { requirePerson } from '../../domain/person.ts';
import type { Principal } from '../../domain/principal.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { ActionDeps, ActionKind } from './action-kind.ts';
import { draftOf, type RecordDeps, recordingDenials, requirePermitted } from './audit.ts';
import { putGovernance } from './governance-document.ts';
import { kindOf, planAction } from './plan-action.ts';

/** What the request path needs besides the ports. */
export type GovernanceDeps = ActionDeps &
  RecordDeps & {
    /** The approvals that an action on a tenant needs. */
    readonly policyFor: (action: GovernedAction, tenant: TenantRef) => ApprovalRule;
    /** For the notice to approvers. @default - this machine */
    readonly approversPlace?: ApproversPlace | undefined;
  };

export interface ActionAsked {
  readonly principal: Principal;
  readonly action: GovernedAction;
  /** `system` for what concerns the installation. */
  readonly tenant: TenantRef;
  /** As the kind of action reads it. */
  readonly input: unknown;
  readonly reason: string;
  readonly ticket?: string;
}

/**
 * Keeps a request with its plan; with no approvals needed it can be executed at once. InputError `not-permitted`,
 * `reason-missing`, `identity-unclear`, `no-person`, `bad-input`; StorageError `audit-unwritable`; and what making the plan
 * throws.
 */
export async function requestAction(
  deps: GovernanceDeps,
  kinds: readonly ActionKind[],
  asked: ActionAsked,
): Promise<GovernedRequest> {
  const { principal, action, tenant } = asked;
  const attempt = { principal, tenant, permission: permissionsOf(action).request };
  const made = await recordingDenials(deps, attempt, async () => {
    const policies = await requirePermitted(deps, attempt);
    const rule = deps.policyFor(action, tenant);
    if (rule.approvals > 0) requirePrincipalPerson(principal);
    const request = await describeRequest(deps, kinds, asked, { rule, policies });
    await deps.record(tenant, draftOf(attempt, 'requested', eventFacts(request)));
    await putGovernance(deps, requestPartKey(tenant, request.id, 'request'), request);
    return request;
  });
  if (made.rule.approvals > 0) await tellApprovers(deps, made);
  return made;
}

/** Once it is kept: who approves may look at once. */
async function tellApprovers(deps: GovernanceDeps, request: GovernedRequest): Promise<void> {
  const { action, tenant, id, planHash: hash, requestedBy, rule, until } = request;
  const wanted = { action, tenant, id, hash, requestedBy: requestedBy.name, approvals: rule.approvals, until };
  const notice = approvalNotice(wanted, deps.approversPlace ?? HERE);
  await deps.notifier.notify({ code: 'approval-wanted', ...notice });
}

const HERE: ApproversPlace = { command: words => `holdfast ${words}` };

/** The document of a request, with its plan. */
export async function describeRequest(
  deps: GovernanceDeps,
  kinds: readonly ActionKind[],
  asked: ActionAsked,
  { rule, policies }: Pick<GovernedRequest, 'rule' | 'policies'>,
): Promise<GovernedRequest> {
  const { principal, action, tenant, input, ticket, reason } = asked;
  if (action !== 'restore') requireReason(asked);
  const { text, hash } = await planAction(deps, kindOf(kinds, action), tenant, input);
  const now = deps.clock.now();
  return GovernedRequest.parse({
    ...{ format: 'holdfast.governed-request/1', id: newId(deps, now), tenant, action, input },
    ...{ plan: text, planHash: hash, requestedBy: principal, reason, rule, policies },
    ...(ticket !== undefined && { ticket }),
    askedAt: now.toISOString(),
    until: new Date(now.getTime() + rule.expiresHours * HOUR_MS).toISOString(),
  });
}

const HOUR_MS = 3600 * 1000;

export function eventFacts({ id, planHash, policies, rule, ticket }: GovernedRequest) {
  return {
    ...{ request: id, planHash, policies },
    details: { approvals: rule.approvals, ...(ticket !== undefined && { ticket }) },
  };
}

/** Whose decision it is must be clear: no schedule and no program counts as a person. InputError. */
export function requirePrincipalPerson({ name, proof }: Principal): void {
  requirePerson(name);
  if (proof !== 'schedule') return;
  throw new InputError('no-person', 'A schedule neither requests, approves nor reviews what people decide.', {
    hint: 'Let a person do it. Nobody can decide in the name of another.',
  });
}

/** InputError `reason-missing`. Only a restore goes without: its preview shows what it is for. */
export function requireReason({ reason, action }: { readonly reason: string; readonly action: string }): void {
  if (reason.trim() !== '') return;
  throw new InputError('reason-missing', `The action ${action} needs a reason.`, {
    hint: 'Say why, for example with a reference to your ticket: --reason "…".',
  });
}
