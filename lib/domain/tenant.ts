/**
 * The identity of a tenant. The application uses the value of its tenant column (`TenantId`, a secret: it can be a
 * name); everything that Holdfast stores outside the database uses a `TenantRef`, a digest that reveals nothing.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';

/** The tenant column's value in PostgreSQL's text form. */
export type TenantId = string & { readonly __tenantId: unique symbol };

/**
 * 26 lower-case base32 characters (130 bits) of SHA-256; or `system`, the owner of what belongs to no single tenant; or
 * `auditors`, the owner of the audit trail.
 */
export const TenantRef = z
  .string()
  .regex(/^(?:[a-z2-7]{26}|system|auditors)$/, 'expected a tenant reference')
  .brand('TenantRef');
export type TenantRef = z.infer<typeof TenantRef>;

/** Owner of log manifests and of the unrouted log. Never collides: a real reference has 26 characters. */
export const SYSTEM = TenantRef.parse('system');

/**
 * Owner of the key of the audit trail and of the records of governance: they must stay readable after a tenant's own key
 * was destroyed.
 */
export const AUDITORS = TenantRef.parse('auditors');

/** The letters of references: they are digests, so every first letter has about as many. */
export const REF_LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** Parses an external reference; undefined if it is none, and for `system` and `auditors`, which are no tenants. */
export function parseTenantRef(text: string): TenantRef | undefined {
  const { data } = TenantRef.safeParse(text);
  return data === SYSTEM || data === AUDITORS ? undefined : data;
}

export function tenantId(text: string): TenantId {
  return text as TenantId;
}

/**
 * The reference of a tenant within one installation. Deterministic; the installation id makes references of two
 * installations differ.
 */
export function tenantRef(installation: string, tenant: TenantId): TenantRef {
  const hash = createHash('sha256').update(`holdfast tenant\0${installation}\0${tenant}`).digest();
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of hash) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5 && text.length < 26) {
      bits -= 5;
      text += REF_LETTERS[(value >> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return TenantRef.parse(text);
}
