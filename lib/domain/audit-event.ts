/**
 * An event of the audit trail. Events of one tenant form a chain: each has the digest of the one before.
 *
 * Invariant: no row value, no key, no tenant name; people are named, since that is what the trail is for.
 */
import * as z from 'zod';
import { Principal } from './principal.ts';
import { TenantRef } from './tenant.ts';

const Digest = z.string().regex(/^[0-9a-f]{64}$/);

/** What became of it: each arrow of the request path leaves an event. */
export const AUDIT_OUTCOMES = [
  'allowed',
  'denied',
  'requested',
  'approved',
  'refused',
  'expired',
  'cancelled',
  'started',
  'done',
  'failed',
  'reviewed',
] as const;
export const AuditOutcome = z.enum(AUDIT_OUTCOMES);
export type AuditOutcome = z.infer<typeof AuditOutcome>;

/** What the caller of `appendEvent` says; the rest is added there. */
export const AuditDraft = z.object({
  who: Principal,
  /** An action of the Cedar schema (policies/), for example `restore`, `approve`, `readRows`. */
  action: z.string().min(1),
  outcome: AuditOutcome,
  /** Id of the request that it belongs to. */
  request: z.string().exactOptional(),
  planHash: z.string().exactOptional(),
  /** Ids of the policies that decided. */
  policies: z.array(z.string()).exactOptional(),
  /** The error's code, of what was denied or failed. */
  code: z.string().exactOptional(),
  /** Digests of records and certificates that it left: SHA-256 by vault key. */
  records: z.record(z.string(), Digest).exactOptional(),
  /** Executed without approvals. */
  brokeGlass: z.literal(true).exactOptional(),
  /** Further facts: counts, dates, names of tables and kinds. Never a row value. */
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).exactOptional(),
});
export type AuditDraft = z.infer<typeof AuditDraft>;

export const AuditEvent = AuditDraft.extend({
  format: z.literal('holdfast.audit-event/1'),
  tenant: TenantRef,
  /** Place in the tenant's chain, from 1. */
  sequence: z.number().int().positive(),
  /** SHA-256 of the stored event before it; null for the first. */
  previous: Digest.nullable(),
  /** ISO 8601 UTC. */
  at: z.string(),
});
export type AuditEvent = z.infer<typeof AuditEvent>;
