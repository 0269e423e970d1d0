/**
 * Who may let a restore write live rows. Pure rules; what is stored about one approval is the document below.
 *
 * Invariants: the requester never approves their own request; nobody counts twice, under whatever role they come; what
 * is approved is the preview with that hash and nothing else; the first refusal ends it.
 */
import { z } from 'zod';
import { ConflictError, InputError } from './errors.ts';
import { requirePerson, samePerson } from './person.ts';
import type { RestoreMode } from './restore-request.ts';
import { TenantRef } from './tenant.ts';

const People = z.number().int().min(0).max(2);

/** How many others than the requester must agree. */
export const ApprovalPolicy = z.strictObject({
  /** Before rows that live are overwritten or deleted, or a new tenant is made of a tenant's rows. */
  inPlace: People,
  /** Before rows that are gone come back, where nothing that lives is touched. */
  missingOnly: People,
});
export type ApprovalPolicy = z.infer<typeof ApprovalPolicy>;

/** What writes no live row needs nobody. */
export function approvalsNeeded(
  policy: ApprovalPolicy,
  request: { readonly mode: RestoreMode; readonly sideBySide: boolean },
): number {
  if (request.sideBySide) return 0;
  return request.mode === 'missing-only' ? policy.missingOnly : policy.inPlace;
}

export const Approval = z.object({
  format: z.literal('holdfast.approval/1'),
  /** Id of the kept plan. */
  id: z.string(),
  tenant: TenantRef,
  /** Vault key of the plan that waits. */
  plan: z.string(),
  /** Hash of its preview: what people agree to. */
  hash: z.string(),
  requestedBy: z.string(),
  /** Who had the plan applied, where that is not who had it made. */
  takenUpBy: z.string().exactOptional(),
  /** Which step of which execution asked: decisions are for that one. Absent in what an earlier version wrote. */
  asking: z.string().exactOptional(),
  /** How many must agree. */
  needed: z.number().int().min(1),
  /** Who waits for the answer: opaque to the rules. */
  token: z.string(),
  askedAt: z.string(),
  until: z.string(),
  state: z.enum(['waiting', 'approved', 'refused']),
  decisions: z.array(z.object({ by: z.string(), agrees: z.boolean(), at: z.string() })),
});
export type Approval = z.infer<typeof Approval>;

export interface Decision {
  /** An IAM ARN, or a name. */
  readonly by: string;
  readonly agrees: boolean;
  /** The hash that the approver saw. */
  readonly hash: string;
  readonly at: Date;
}

/** The approval with the decision in it. Repeating one's own decision changes nothing. Throws InputError, ConflictError. */
export function decide(approval: Approval, { by, agrees, hash, at }: Decision): Approval {
  if (hash !== approval.hash) {
    throw new ConflictError('other-preview', 'The preview waiting for approval has another hash.', {
      hint: 'Review the preview that is waiting now and pass its hash.',
    });
  }
  requirePerson(by);
  if (isAsking(approval, by)) {
    throw new InputError('own-request', 'The requester of a restore cannot approve or refuse it.', {
      hint: 'Ask another person.',
    });
  }
  const before = approval.decisions.find(decision => samePerson(decision.by, by));
  if (before?.agrees === agrees && approval.state !== 'waiting') return approval;
  if (approval.state !== 'waiting') {
    throw new ConflictError('already-decided', `This restore is already ${approval.state}.`, {
      hint: 'Nothing changed. Start a new restore for another decision.',
    });
  }
  if (at >= new Date(approval.until)) {
    throw new ConflictError('approval-late', 'The approval of this restore timed out.', {
      hint: 'Start the restore again: it compares with the current rows.',
    });
  }
  if (before?.agrees === agrees) return approval;
  return settle(approval, { by, agrees, at: at.toISOString() });
}

function isAsking({ requestedBy, takenUpBy }: Pick<Approval, 'requestedBy' | 'takenUpBy'>, name: string): boolean {
  return samePerson(name, requestedBy) || (takenUpBy !== undefined && samePerson(name, takenUpBy));
}

/** What is asked anew of an approval. */
export type Asking = Pick<Approval, 'plan' | 'hash' | 'requestedBy' | 'takenUpBy' | 'asking' | 'needed' | 'token'>;

/**
 * The approval as it waits when it is asked for again. What was decided stays only for a task that is tried again: taken
 * up by somebody else or in another execution, after its time, or under other conditions it is decided anew. A refusal
 * stays. InputError `own-approval` where whoever agreed to the plan now takes it up.
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
  const state = !decision.agrees ? 'refused' : decisions.length >= approval.needed ? 'approved' : 'waiting';
  return { ...approval, decisions, state };
}

/** Those who agreed. ConflictError `not-approved` unless enough did, for exactly this plan. */
export function requireApproved(approval: Approval | undefined, plan: string, needed: number): string[] {
  if (needed === 0) return [];
  const agreed = approval?.decisions.filter(({ by, agrees }) => agrees && !isAsking(approval, by)) ?? [];
  if (approval?.state === 'approved' && approval.plan === plan && agreed.length >= needed) {
    return agreed.map(decision => decision.by);
  }
  throw new ConflictError('not-approved', `This restore needs the approval of ${needed} other than the requester.`, {
    hint: 'Start the restore again and have it approved.',
  });
}
