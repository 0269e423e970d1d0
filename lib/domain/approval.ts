/**
 * Who can approve what was requested: the one place of these rules, for restores on AWS and for every other action. Pure;
 * the document below is stored for each approval of a restore on AWS, and folded from signed decisions otherwise.
 *
 * Invariants: the requester never approves their own request; nobody counts twice, whatever their role; an approval is
 * for the plan with that hash and nothing else; the first refusal is final.
 */
import * as z from 'zod';
import { TENANT_ADMINISTRATOR_RULES } from './approval-rule.ts';
import { ConflictError, InputError } from './errors.ts';
import { GovernedAction } from './governed-action.ts';
import { requirePerson, samePerson } from './person.ts';
import { Role } from './principal.ts';
import type { RestoreMode } from './restore-request.ts';
import { TenantRef } from './tenant.ts';

/** Of the catalog: which plans of all tenants wait. An index: whether one still does is what its approval says. */
export const WAITING_PARTITION = 'approvals#waiting';

const People = z.number().int().min(0).max(2);

/** Required approvals by people other than the requester. */
export const ApprovalPolicy = z.strictObject({
  /** If live rows are overwritten or deleted, or a new tenant is created from a tenant's rows. */
  inPlace: People,
  /** If deleted rows are restored and no live row changes. */
  missingOnly: People,
});
export type ApprovalPolicy = z.infer<typeof ApprovalPolicy>;

/** A restore that writes no live row needs no approval. */
export function approvalsNeeded(
  policy: ApprovalPolicy,
  request: { readonly mode: RestoreMode; readonly sideBySide: boolean },
): number {
  if (request.sideBySide) return 0;
  return request.mode === 'missing-only' ? policy.missingOnly : policy.inPlace;
}

export const Approval = z.object({
  format: z.literal('holdfast.approval/1'),
  /** Id of the kept plan, or of the request. */
  id: z.string(),
  /** Absent in documents of earlier versions, which are about restores. */
  action: GovernedAction.default('restore'),
  tenant: TenantRef,
  /** Vault key of the plan waiting for approval. */
  plan: z.string(),
  /** Hash of its preview: the subject of the approval. */
  hash: z.string(),
  requestedBy: z.string(),
  /** Who requested to apply the plan, if other than who requested the plan. */
  takenUpBy: z.string().exactOptional(),
  /** The step and execution that asked: decisions are for that one. Absent in documents of earlier versions. */
  asking: z.string().exactOptional(),
  /** Required approvals. */
  needed: z.number().int().min(1),
  /** Roles whose decisions count. Absent: of whoever IAM allows to decide. */
  from: z.array(Role).exactOptional(),
  /** Whether the tenant's own administrator decides too; `must`: not without them. */
  tenantAdministrator: z.enum(TENANT_ADMINISTRATOR_RULES).exactOptional(),
  /** Token of the waiting task: opaque to the rules. */
  token: z.string(),
  askedAt: z.string(),
  until: z.string(),
  state: z.enum(['waiting', 'approved', 'refused']),
  decisions: z.array(
    z.object({
      ...{ by: z.string(), agrees: z.boolean(), at: z.string() },
      /** Decided as the tenant's own administrator. */
      owner: z.literal(true).exactOptional(),
    }),
  ),
});
export type Approval = z.infer<typeof Approval>;

export interface Decision {
  /** An IAM ARN, or a name. */
  readonly by: string;
  readonly agrees: boolean;
  /** The hash that the approver saw. */
  readonly hash: string;
  readonly at: Date;
  /** What the approver may do, where the approval names roles. */
  readonly roles?: readonly Role[];
  /** The approver administers this tenant. */
  readonly owner?: boolean;
  /** Whether the approver may be the person of that name, signed in elsewhere. @default - nobody is */
  readonly maySignInAs?: (name: string) => boolean;
}

/**
 * The approval with the decision added. Repeating one's own decision changes nothing. Throws InputError, ConflictError.
 */
export function decide(approval: Approval, decision: Decision): Approval {
  const { by, agrees, hash, at } = decision;
  if (hash !== approval.hash) {
    throw new ConflictError('other-preview', 'The plan waiting for approval has another hash.', {
      hint: 'Review the plan that is waiting now and pass its hash.',
    });
  }
  requirePerson(by);
  if (isAsking(approval, by)) {
    throw new InputError('own-request', `The requester of a ${approval.action} cannot approve or refuse it.`, {
      hint: 'Ask another person.',
    });
  }
  requireOneSignIn(approval, decision);
  const owner = requireCounted(approval, decision);
  const before = approval.decisions.find(decision => samePerson(decision.by, by));
  if (before?.agrees === agrees && approval.state !== 'waiting') return approval;
  if (approval.state !== 'waiting') {
    throw new ConflictError('already-decided', `This ${approval.action} is already ${approval.state}.`, {
      hint: 'Nothing changed. Request it again for another decision.',
    });
  }
  if (at >= new Date(approval.until)) {
    throw new ConflictError('approval-late', `The approval of this ${approval.action} timed out.`, {
      hint: 'Request it again: the plan is made from the current state.',
    });
  }
  if (before?.agrees === agrees) return approval;
  return settle(approval, { by, agrees, at: at.toISOString(), ...(owner && { owner }) });
}

/** InputError `other-sign-in`. */
function requireOneSignIn({ requestedBy, takenUpBy, decisions }: Approval, { maySignInAs, by }: Decision): void {
  const others = [requestedBy, takenUpBy ?? requestedBy, ...decisions.map(each => each.by)];
  if (maySignInAs === undefined || !others.some(each => each !== by && maySignInAs(each))) return;
  throw new InputError('other-sign-in', 'People of IAM and of the console cannot be told apart, so only one decides.', {
    hint: 'Decide where it was requested: with the command line what was asked for there, in the console the rest.',
  });
}

/** True for the tenant's own administrator. InputError `not-an-approver`. */
function requireCounted({ action, from, tenantAdministrator = 'no' }: Approval, { roles, owner }: Decision): boolean {
  const isOwner = owner === true && tenantAdministrator !== 'no';
  if (from === undefined || isOwner || roles?.some(role => from.includes(role))) return isOwner;
  throw new InputError('not-an-approver', `The approval of this ${action} needs another role.`, {
    hint: `It is decided by: ${[...from, ...(tenantAdministrator === 'no' ? [] : ['the tenant’s administrator'])].join(', ')}.`,
  });
}

/** Whether the person asks for what is approved, or applies it. */
export function isAsking(
  { requestedBy, takenUpBy }: Pick<Approval, 'requestedBy' | 'takenUpBy'>,
  name: string,
): boolean {
  return samePerson(name, requestedBy) || (takenUpBy !== undefined && samePerson(name, takenUpBy));
}

/** The parts of an approval that a new request sets. */
export type Asking = Pick<Approval, 'plan' | 'hash' | 'requestedBy' | 'takenUpBy' | 'asking' | 'needed' | 'token'>;

/**
 * The approval when it is requested again. Decisions stay only for a retry of the same task: if another person or
 * execution applies the plan, after the timeout, or under other conditions, it needs new decisions. A refusal stays.
 * InputError `own-approval` if an approver of the plan now applies it.
 */
export function askAgain(before: Approval, asking: Asking, now: Date): Approval {
  const taker = asking.takenUpBy ?? asking.requestedBy;
  if (before.decisions.some(({ by, agrees }) => agrees && samePerson(by, taker))) {
    throw new InputError('own-approval', 'The approver of this restore cannot apply it.', {
      hint: 'Let another person start it, or make a new preview.',
    });
  }
  const { takenUpBy: _, asking: __, ...rest } = before;
  const again: Approval = { ...rest, ...asking };
  if (before.state === 'refused' || (isSameTask(before, asking) && now < new Date(before.until))) return again;
  return { ...again, state: 'waiting', decisions: [] };
}

function isSameTask(before: Approval, asking: Asking): boolean {
  return (
    samePerson(before.takenUpBy ?? before.requestedBy, asking.takenUpBy ?? asking.requestedBy) &&
    samePerson(before.requestedBy, asking.requestedBy) &&
    (['asking', 'needed', 'hash', 'plan'] as const).every(name => before[name] === asking[name])
  );
}

function settle(approval: Approval, decision: Approval['decisions'][number]): Approval {
  const decisions = [...approval.decisions.filter(other => !samePerson(other.by, decision.by)), decision];
  const isComplete = approval.tenantAdministrator !== 'must' || decisions.some(({ owner }) => owner);
  const isEnough = decisions.length >= approval.needed && isComplete;
  const state = !decision.agrees ? 'refused' : isEnough ? 'approved' : 'waiting';
  return { ...approval, decisions, state };
}

/** The approvers. ConflictError `not-approved` unless there are enough, for exactly this plan. */
export function requireApproved(approval: Approval | undefined, plan: string, needed: number): string[] {
  if (needed === 0) return [];
  const agreed = approval?.decisions.filter(({ by, agrees }) => agrees && !isAsking(approval, by)) ?? [];
  if (approval?.state === 'approved' && approval.plan === plan && agreed.length >= needed) {
    return agreed.map(decision => decision.by);
  }
  throw new ConflictError(
    'not-approved',
    `This ${approval?.action ?? 'restore'} needs the approval of ${needed} other than the requester.`,
    {
      hint: 'Have it approved; a restore that was started without is started again.',
    },
  );
}
