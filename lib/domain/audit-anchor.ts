/**
 * The daily anchor: a signed list of where every chain of the audit trail ended. Anchors form a chain themselves. An
 * anchor names pages of heads, one for each first letter of the tenants' references; a page that did not change is
 * named again, so that an anchor of many quiet tenants is small.
 *
 * Invariant: the head of a chain never moves back from one anchor to the next.
 */
import * as z from 'zod';
import { TenantRef } from './tenant.ts';

const Digest = z.string().regex(/^[0-9a-f]{64}$/);

export const AnchoredHead = z.object({
  tenant: TenantRef,
  /** Of the chain's last event, and the digest of its stored object. */
  sequence: z.number().int().positive(),
  sha256: Digest,
});
export type AnchoredHead = z.infer<typeof AnchoredHead>;

export const AuditAnchorPage = z.object({
  format: z.literal('holdfast.audit-anchor-page/1'),
  /** In order of their references. */
  heads: z.array(AnchoredHead),
});
export type AuditAnchorPage = z.infer<typeof AuditAnchorPage>;

export const AuditAnchor = z.object({
  format: z.literal('holdfast.audit-anchor/1'),
  installation: z.string(),
  /** Place in the chain of anchors, from 1. */
  sequence: z.number().int().positive(),
  /** SHA-256 of the stored anchor before it; null for the first. */
  previous: Digest.nullable(),
  /** ISO 8601 UTC: events that were acknowledged before are covered. */
  at: z.string(),
  chains: z.number().int().nonnegative(),
  events: z.number().int().nonnegative(),
  pages: z.array(
    z.object({
      /** First letter of the references. */
      letter: z.string().length(1),
      key: z.string(),
      /** Of the stored page. */
      sha256: Digest,
      /** Merkle root (RFC 9162) of its heads, each as the text of `anchorLeaf`. */
      root: Digest,
    }),
  ),
});
export type AuditAnchor = z.infer<typeof AuditAnchor>;

/** A head as a leaf of the page's tree. */
export function anchorLeaf({ tenant, sequence, sha256 }: AnchoredHead): string {
  return `${tenant} ${sequence} ${sha256}`;
}
