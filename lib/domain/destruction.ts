/**
 * Documents of destroying a tenant's backups by destroying its key (cryptographic erase, NIST SP 800-88 Rev. 2), in the
 * order in which they are written: plan, order, outcome, certificate, appendix. Signed and not sealed, since a certificate
 * must be readable by whoever has it and the public key.
 *
 * Invariant: no tenant name, no row and no key; the reference, and a digest of the name that only its owner can recompute.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Responsible } from './governed-action.ts';
import { COUNTDOWN_DAYS } from './key-destruction.ts';
import { type TenantId, TenantRef } from './tenant.ts';

const Count = z.number().int().nonnegative();
const Digest = z.string().regex(/^[0-9a-f]{64}$/);
/** ISO 8601 UTC. */
const Time = z.string();

export const DestroyedKey = z.object({
  /** An ARN, or a name within the keyring. */
  id: z.string(),
  region: z.string().exactOptional(),
});

/** Objects of one kind in one region. */
export const DestroyedCopies = z.object({
  region: z.string(),
  /** What follows the tenant's prefix: `packs`, `manifests/snapshot` … */
  kind: z.string(),
  objects: Count,
  bytes: Count,
  /** When the last lock ends; null if none is locked. */
  lockedUntil: Time.nullable(),
});
export type DestroyedCopies = z.infer<typeof DestroyedCopies>;

/** What exists outside Holdfast's reach. */
export const OutsideCopy = z.object({
  what: z.string(),
  /** When it ends: a day, or what has to happen. `unknown` where nobody told. */
  ends: z.string(),
});
export type OutsideCopy = z.infer<typeof OutsideCopy>;

export const DestructionPlan = z.object({
  format: z.literal('holdfast.destruction-plan/1'),
  tenant: TenantRef,
  /** Length of the countdown. */
  days: z.number().int().min(COUNTDOWN_DAYS.least).max(COUNTDOWN_DAYS.most),
  mode: z.enum(['file', 'dedicated', 'pooled']),
  keys: z.array(DestroyedKey),
  copies: z.array(DestroyedCopies),
  /** Its sealed segments in the log that all tenants share; null: none. */
  log: z.object({ runs: Count, bytes: Count, lockedUntil: Time.nullable() }).nullable(),
  /** Items of the catalog by kind. */
  catalog: z.record(z.string(), Count),
  /** Schemas in the database that restores of this tenant left; null: no database was asked. */
  staging: z.array(z.string()).nullable(),
  /** Rows in the live tables, which stay; null: no database was asked. */
  live: z.array(z.object({ table: z.string(), rows: Count })).nullable(),
  /** Objects that stay readable: the audit trail, and records of governance. */
  stays: z.record(z.string(), Count),
  outside: z.array(OutsideCopy),
});
export type DestructionPlan = z.infer<typeof DestructionPlan>;

/** From here on nothing new of the tenant is stored. */
export const DestructionOrder = z.object({
  format: z.literal('holdfast.destruction-order/1'),
  tenant: TenantRef,
  /** The tenant's first destruction is 1; one that was cancelled can be followed by another. */
  number: z.number().int().positive(),
  at: Time,
  responsible: Responsible,
  plan: DestructionPlan,
});
export type DestructionOrder = z.infer<typeof DestructionOrder>;

/** How a countdown ended: whoever writes it first decides. */
export const DestructionOutcome = z.object({
  format: z.literal('holdfast.destruction-outcome/1'),
  tenant: TenantRef,
  number: z.number().int().positive(),
  outcome: z.enum(['cancelled', 'final']),
  at: Time,
  by: z.string(),
  reason: z.string(),
});
export type DestructionOutcome = z.infer<typeof DestructionOutcome>;

/** A stored object that was tried: sealed under the tenant's key, and no longer opened by anything. */
export const TriedObject = z.object({
  region: z.string(),
  kind: z.string(),
  key: z.string(),
  /** Of the bytes that were tried. */
  sha256: Digest,
  result: z.literal('key-destroyed'),
});
export type TriedObject = z.infer<typeof TriedObject>;

export const DestructionCertificate = z.object({
  format: z.literal('holdfast.destruction-certificate/1'),
  tenant: TenantRef,
  number: z.number().int().positive(),
  /** SHA-256 (see `nameDigest`), of which the reference is the beginning; null if the name is not known. */
  nameDigest: Digest.nullable(),
  method: z.string(),
  mode: z.enum(['file', 'dedicated', 'pooled']),
  keys: z.array(DestroyedKey),
  /** When the last copy of the key was gone. */
  deletionDate: Time,
  orderedAt: Time,
  certifiedAt: Time,
  responsible: Responsible,
  /** SHA-256 of the stored order, which has the plan. */
  order: Digest,
  /** What was tried and did not open: at least one object of each kind in each region. */
  proof: z.array(TriedObject),
  /** What stays in the vault, and can be opened by nobody. */
  copies: z.array(DestroyedCopies),
  log: DestructionPlan.shape.log,
  outside: z.array(OutsideCopy),
  /** Changes that the application wrote since, which were not stored. */
  discarded: z.object({ transactions: Count, changes: Count }).nullable(),
  /** How to verify this certificate. */
  verify: z.array(z.string()),
});
export type DestructionCertificate = z.infer<typeof DestructionCertificate>;

/** Nothing of the tenant is left in the vault. */
export const DestructionAppendix = z.object({
  format: z.literal('holdfast.destruction-appendix/1'),
  tenant: TenantRef,
  number: z.number().int().positive(),
  /** SHA-256 of the stored certificate. */
  certificate: Digest,
  at: Time,
  /** Regions in which no object of the tenant is left, nor a part of the log with a segment of it. */
  regions: z.array(z.string()),
});
export type DestructionAppendix = z.infer<typeof DestructionAppendix>;

export const ERASE_METHOD =
  'Cryptographic erase (NIST SP 800-88 Rev. 2): every object was sealed under this key alone with AES-256-GCM, and every copy of the key was destroyed.';

/**
 * The entire digest of which `tenantRef` takes the first 130 bits: whoever knows the installation's id and the tenant's
 * name can recompute it, and nobody else can guess the name from the certificate alone.
 */
export function nameDigest(installation: string, tenant: TenantId): string {
  return createHash('sha256').update(`holdfast tenant\0${installation}\0${tenant}`).digest('hex');
}
