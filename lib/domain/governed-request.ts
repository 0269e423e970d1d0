/**
 * A request, the decisions on it and what became of it, as documents of the vault: each signed for its key and sealed under
 * the auditors' key. The catalog has none of it: whoever can write to the catalog approves nothing.
 *
 *     <id>/request ─▶ <id>/decisions/<id> … ─▶ <id>/end (started, or cancelled) ─▶ <id>/result ─▶ <id>/review
 *
 * Invariants: each is written once; `end` is one object, so that a request is either executed or cancelled, and executed
 * once; a decision names the hash of the plan that it is for.
 */
import * as z from 'zod';
import { ApprovalRule } from './approval-rule.ts';
import { governanceKey } from './governance-key.ts';
import { GovernedAction } from './governed-action.ts';
import { Principal } from './principal.ts';
import { SYSTEM, TenantRef } from './tenant.ts';

const Digest = z.string().regex(/^[0-9a-f]{64}$/);
/** Ids are made by newId. Nothing else becomes part of a vault key. */
const RequestId = z.string().regex(/^[0-9a-z]{9}-[0-9a-z]{8}$/);

const About = { request: RequestId, tenant: TenantRef, action: GovernedAction, planHash: Digest };

export const GovernedRequest = z.object({
  format: z.literal('holdfast.governed-request/1'),
  id: RequestId,
  tenant: TenantRef,
  action: GovernedAction,
  /** What was asked, as the kind of action reads it. */
  input: z.unknown(),
  /** Canonical text of the plan (`holdfast.action-plan/1`). */
  plan: z.string(),
  /** SHA-256 of `plan`: what is approved. */
  planHash: Digest,
  requestedBy: Principal,
  reason: z.string(),
  ticket: z.string().exactOptional(),
  /** The rule in force when it was requested. */
  rule: ApprovalRule,
  /** Policies that allowed the request. */
  policies: z.array(z.string()),
  /** ISO 8601 UTC. */
  askedAt: z.string(),
  until: z.string(),
  /** Executed at once, without approvals. */
  brokeGlass: z.literal(true).exactOptional(),
});
export type GovernedRequest = z.infer<typeof GovernedRequest>;

export const RequestDecision = z.object({
  format: z.literal('holdfast.request-decision/1'),
  ...About,
  by: Principal,
  agrees: z.boolean(),
  comment: z.string().exactOptional(),
  policies: z.array(z.string()),
  at: z.string(),
});
export type RequestDecision = z.infer<typeof RequestDecision>;

/** Whichever of the two is written first is what happens. */
export const RequestEnd = z.object({
  format: z.literal('holdfast.request-end/1'),
  ...About,
  end: z.enum(['started', 'cancelled']),
  by: Principal,
  /** Who approved, if it was started. */
  approvedBy: z.array(z.string()),
  at: z.string(),
});
export type RequestEnd = z.infer<typeof RequestEnd>;

export const RequestResult = z.object({
  format: z.literal('holdfast.request-result/1'),
  ...About,
  /** Who executed it. */
  by: z.string(),
  approvedBy: z.array(z.string()),
  /** What the kind of action proved. */
  proof: z.unknown(),
  /** SHA-256 by vault key of what it stored. */
  records: z.record(z.string(), Digest),
  at: z.string(),
});
export type RequestResult = z.infer<typeof RequestResult>;

/** Another person's review of an execution without approvals. */
export const GlassReview = z.object({
  format: z.literal('holdfast.glass-review/1'),
  ...About,
  by: Principal,
  comment: z.string().min(1),
  at: z.string(),
});
export type GlassReview = z.infer<typeof GlassReview>;

/** `waiting` for decisions, `approved` and not yet executed, `executing`: started and without a result. */
export const REQUEST_STATES = ['waiting', 'approved', 'executing', 'done', 'refused', 'expired', 'cancelled'] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

/** The executor at work, in the catalog: until when, unless it renews it. */
export const RequestLease = z.object({
  format: z.literal('holdfast.request-lease/1'),
  /** Null once it has ended. */
  lease: z.object({ by: z.string(), until: z.string() }).nullable(),
});
export type RequestLease = z.infer<typeof RequestLease>;

export function isRequestId(text: string): boolean {
  return RequestId.safeParse(text).success;
}

export type RequestPart = 'request' | 'end' | 'result' | 'review';

export function requestPartKey(tenant: TenantRef, id: string, part: RequestPart): string {
  return governanceKey('requests', tenant, `${id}/${part}`);
}

/** All decisions on a request, oldest first. */
export function decisionKey(tenant: TenantRef, id: string, decision: string): string {
  return governanceKey('requests', tenant, `${id}/decisions/${decision}`);
}

export const GLASS_PREFIX = governanceKey('requests', SYSTEM, 'broken-glass/');

/** The mark of an execution without approvals: whoever lists these few keys finds each. */
export function glassKey(tenant: TenantRef, id: string): string {
  return `${GLASS_PREFIX}${tenant}/${id}`;
}

/** The request that a mark is for; undefined for any other key. */
export function glassOf(key: string): { readonly tenant: TenantRef; readonly id: string } | undefined {
  const [tenant, id, ...rest] = key.startsWith(GLASS_PREFIX) ? key.slice(GLASS_PREFIX.length).split('/') : [];
  const ref = TenantRef.safeParse(tenant);
  return ref.success && id !== undefined && isRequestId(id) && rest.length === 0 ? { tenant: ref.data, id } : undefined;
}
