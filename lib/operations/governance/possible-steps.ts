/**
 * What a person can do about a request right now, and otherwise why not: for showing, before anything is tried. Deciding
 * again is up to the step itself. Nothing is recorded: looking at a request is no attempt.
 */
import type { Approval } from '../../domain/approval.ts';
import { HoldfastError } from '../../domain/errors.ts';
import { type Permission, permissionsOf } from '../../domain/permission.ts';
import { samePerson } from '../../domain/person.ts';
import type { Principal } from '../../domain/principal.ts';
import { type RecordDeps, requirePermitted } from './audit.ts';
import type { Circumstances } from './authorize.ts';
import { isOpen } from './list-requests.ts';
import { decideAs, type RequestView } from './read-request.ts';

export interface Possible {
  readonly may: boolean;
  /** Null where it may be done. */
  readonly why: string | null;
}

export const REQUEST_STEPS = ['decide', 'execute', 'cancel', 'breakGlass', 'review'] as const;
type RequestStep = (typeof REQUEST_STEPS)[number];

const YES: Possible = { may: true, why: null };
export const mayNot = (why: string): Possible => ({ may: false, why });

/** By step. */
export async function possibleSteps(
  deps: RecordDeps,
  view: RequestView,
  principal: Principal,
): Promise<Record<RequestStep, Possible>> {
  const { request, state } = view;
  const { tenant, action, rule } = request;
  const isOwn = samePerson(principal.name, request.requestedBy.name);
  const permitted = (permission: Permission, circumstances: Partial<Circumstances> = {}) =>
    possibly(() => requirePermitted(deps, { principal, permission, tenant }, circumstances));
  const permissions = permissionsOf(action);
  const decide = await permitted(permissions.decide, {
    ownRequest: isOwn,
    tenantAdministratorDecides: rule.tenantAdministrator !== 'no',
  });
  const isDecidable = state === 'waiting' && rule.approvals > 0;
  const review = await permitted('reviewBrokenGlass', { ownRequest: isOwn });
  return {
    decide: !isDecidable ? mayNot(`It is ${state}.`) : decide.may ? await decidable(view, principal) : decide,
    execute: ['approved', 'executing'].includes(state) ? await permitted(permissions.execute) : mayNot(notYet(view)),
    cancel: ['waiting', 'approved'].includes(state)
      ? await permitted(isOwn ? permissions.request : 'administer')
      : mayNot(`It is ${state}.`),
    breakGlass: state === 'waiting' ? await permitted('breakGlass') : mayNot(`It is ${state}.`),
    review: request.brokeGlass && !view.review ? review : mayNot('There is nothing to review.'),
  };
}

/** Undefined for who has not decided yet. */
export function decidedBefore({ decisions }: Approval, { name }: Principal): Possible | undefined {
  const before = decisions.find(({ by }) => samePerson(by, name));
  return before && mayNot(`You ${before.agrees ? 'approved' : 'refused'} it already.`);
}

/** The rule of the request counts this person, who has not decided yet. */
async function decidable({ approval, request }: RequestView, principal: Principal): Promise<Possible> {
  const before = decidedBefore(approval, principal);
  if (before) return before;
  const decision = { by: principal, agrees: true, planHash: request.planHash, at: request.askedAt };
  return possibly(async () => decideAs(approval, decision));
}

function notYet({ state, approval, request }: RequestView): string {
  if (!isOpen(state)) return `It is ${state}.`;
  const agreed = approval.decisions.filter(({ agrees }) => agrees).length;
  return `It has ${agreed} of ${request.rule.approvals} approvals.`;
}

/** Whether that would be refused, and why. */
export async function possibly(work: () => Promise<unknown>): Promise<Possible> {
  try {
    await work();
    return YES;
  } catch (error) {
    if (error instanceof HoldfastError) return mayNot(error.message);
    throw error;
  }
}
