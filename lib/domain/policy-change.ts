/**
 * Changes of retention. A longer period is free: it keeps more. A shorter one removes backups, so it takes effect only
 * when an approved change says exactly that: this tenant, these periods before, these after, replacing this policy.
 *
 * Invariant, fail closed: without such an approval each period is the longer of the one in force and the configured one.
 */
import * as z from 'zod';
import { Responsible } from './governed-action.ts';
import { RetentionPolicy } from './retention.ts';
import { TenantRef } from './tenant.ts';

export type RetentionField = keyof RetentionPolicy;
export const RETENTION_FIELDS = Object.keys(RetentionPolicy.shape) as readonly RetentionField[];

/** The policy of a tenant in force from then on: each is signed, and the last one counts. */
export const PolicyInForce = z.object({
  format: z.literal('holdfast.retention-policy/1'),
  tenant: TenantRef,
  /** Place in the tenant's history, from 1. */
  sequence: z.number().int().positive(),
  /** ISO 8601 UTC. */
  at: z.string(),
  policy: RetentionPolicy,
  /** `first`: there was none before; `lengthened`: no period is shorter than before; `approved`: by `approval`. */
  because: z.enum(['first', 'lengthened', 'approved']),
  /** Vault key of the approval that it used. */
  approval: z.string().exactOptional(),
});
export type PolicyInForce = z.infer<typeof PolicyInForce>;

/** An approved change of one tenant's policy. It counts once: for the policy that it replaces. */
export const PolicyApproval = z.object({
  format: z.literal('holdfast.policy-approval/1'),
  tenant: TenantRef,
  /** Sequence of the policy in force that it replaces. */
  replaces: z.number().int().positive(),
  before: RetentionPolicy,
  after: RetentionPolicy,
  responsible: Responsible,
  at: z.string(),
});
export type PolicyApproval = z.infer<typeof PolicyApproval>;

/** The periods that the change makes shorter. */
export function shortenedPeriods(before: RetentionPolicy, after: RetentionPolicy): RetentionField[] {
  return RETENTION_FIELDS.filter(field => after[field] < before[field]);
}

/** The periods alone, in the order of the schema. */
export function periodsOf(policy: RetentionPolicy): RetentionPolicy {
  const { dailyDays, weeklyDays, monthlyDays, annualDays, logDays } = policy;
  return { dailyDays, weeklyDays, monthlyDays, annualDays, logDays };
}

export function samePeriods(one: RetentionPolicy, other: RetentionPolicy): boolean {
  return RETENTION_FIELDS.every(field => one[field] === other[field]);
}

/** Each period the longer of both. */
export function longerPeriods(one: RetentionPolicy, other: RetentionPolicy): RetentionPolicy {
  const entries = RETENTION_FIELDS.map(field => [field, Math.max(one[field], other[field])]);
  return RetentionPolicy.parse(Object.fromEntries(entries));
}

/** Whether the approval is for exactly this change of the policy in force. */
export function coversChange(approval: PolicyApproval, last: PolicyInForce, configured: RetentionPolicy): boolean {
  return (
    approval.tenant === last.tenant &&
    approval.replaces === last.sequence &&
    samePeriods(approval.before, last.policy) &&
    samePeriods(approval.after, configured)
  );
}

export interface DecidedPeriods {
  readonly policy: RetentionPolicy;
  /** Set if it differs from the policy in force, which it then replaces. */
  readonly because?: PolicyInForce['because'];
  /** Periods that are configured shorter than in force, and wait for approval. */
  readonly waiting: readonly RetentionField[];
}

/** `last`: the policy in force; undefined where none was recorded yet. `isApproved`: an approval covers the change. */
export function decidePeriods(
  last: PolicyInForce | undefined,
  configured: RetentionPolicy,
  isApproved: boolean,
): DecidedPeriods {
  const wanted = periodsOf(configured);
  if (last === undefined) return { policy: wanted, because: 'first', waiting: [] };
  if (samePeriods(last.policy, wanted)) return { policy: wanted, waiting: [] };
  const shorter = shortenedPeriods(last.policy, wanted);
  if (shorter.length === 0) return { policy: wanted, because: 'lengthened', waiting: [] };
  if (isApproved) return { policy: wanted, because: 'approved', waiting: [] };
  const policy = longerPeriods(last.policy, wanted);
  return { policy, waiting: shorter, ...(!samePeriods(policy, last.policy) && { because: 'lengthened' }) };
}
