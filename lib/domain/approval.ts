/**
 * Who may let a restore write live rows. Pure rules; what is stored about one approval is the document below.
 *
 * Invariants: the requester never approves their own request; nobody counts twice, under whatever role they come; what
 * is approved is the preview with that hash and nothing else; the first refusal ends it.
 */
import { z } from 'zod';
import { ConflictError, InputError } from './errors.ts';
import type { RestoreMode } from './restore-request.ts';

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
  /** TenantRef. */
  tenant: z.string(),
  /** Vault key of the plan that waits. */
  plan: z.string(),
  /** Hash of its preview: what people agree to. */
  hash: z.string(),
  requestedBy: z.string(),
  /** Who had the plan applied, where that is not who had it made. */
  takenUpBy: z.string().exactOptional(),
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
    throw new ConflictError('other-preview', 'The preview that waits is not the one with this hash.', {
      hint: 'Look at the preview that waits now and give its hash.',
    });
  }
  if ([approval.requestedBy, approval.takenUpBy ?? approval.requestedBy].some(asking => samePerson(by, asking))) {
    throw new InputError('own-request', 'Whoever asked for a restore may not approve or refuse it.', {
      hint: 'Ask another person.',
    });
  }
  const before = approval.decisions.find(decision => samePerson(decision.by, by));
  if (before?.agrees === agrees) return approval;
  if (approval.state !== 'waiting') {
    throw new ConflictError('already-decided', `This restore was ${approval.state} already.`, {
      hint: 'Nothing changed. Start a new restore for another decision.',
    });
  }
  if (at >= new Date(approval.until)) {
    throw new ConflictError('approval-late', 'The time to approve this restore is over.', {
      hint: 'Start the restore again: it compares anew with the rows of today.',
    });
  }
  return settle(approval, { by, agrees, at: at.toISOString() });
}

function settle(approval: Approval, decision: Approval['decisions'][number]): Approval {
  const decisions = [...approval.decisions.filter(other => !samePerson(other.by, decision.by)), decision];
  const state = !decision.agrees ? 'refused' : decisions.length >= approval.needed ? 'approved' : 'waiting';
  return { ...approval, decisions, state };
}

/** Those who agreed. ConflictError `not-approved` unless enough did, for exactly this plan. */
export function requireApproved(approval: Approval | undefined, plan: string, needed: number): string[] {
  if (needed === 0) return [];
  const agreed = approval?.decisions.filter(decision => decision.agrees) ?? [];
  if (approval?.state === 'approved' && approval.plan === plan && agreed.length >= needed) {
    return agreed.map(decision => decision.by);
  }
  throw new ConflictError('not-approved', `This restore needs the approval of ${needed} other than the requester.`, {
    hint: 'Start the restore again and have it approved.',
  });
}

/**
 * The same human being, as far as names tell: equal, or equal in their last part (`arn:…:assumed-role/Role/alice`,
 * `alice@EXAMPLE.com` and `alice@example.com`), so that another role does not make another person.
 */
export function samePerson(one: string, other: string): boolean {
  return personOf(one) === personOf(other);
}

function personOf(name: string): string {
  return name
    .slice(name.lastIndexOf('/') + 1)
    .trim()
    .toLowerCase();
}
