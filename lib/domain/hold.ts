/**
 * The documents of legal holds: a hold for a matter, its release, and the certificates of both. The outer part is signed
 * and can be read without any key, so that expiry knows what stands; people, reason and the matter's name are sealed
 * under the auditors' key.
 *
 * Invariant: an object is held until every hold on its tenant is released, and only a verified release ends a hold.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { governancePrefix } from './governance-key.ts';
import { type ActionPlan, Responsible } from './governed-action.ts';
import type { Principal, Role } from './principal.ts';
import { TenantRef } from './tenant.ts';

/** Id of the request: sorts by its time. */
export const HoldId = z.string().regex(/^[0-9a-z]{9}-[0-9a-z]{8}$/, 'expected the id of a hold');
const Moment = z.iso.datetime();
const Count = z.number().int().nonnegative();

export const HoldRecord = z.strictObject({
  format: z.literal('holdfast.hold/1'),
  tenant: TenantRef,
  hold: HoldId,
  at: Moment,
  /** The first moment that must stay recoverable; null: everything that there is. */
  from: Moment.nullable(),
  /** When somebody must decide whether it is still needed. */
  reviewBy: Moment.nullable(),
  /** Nothing about it is shown to the tenant's administrator. */
  hidden: z.boolean(),
  /** HoldDetails, base64. */
  sealed: z.base64(),
});
export type HoldRecord = z.infer<typeof HoldRecord>;

/** What a hold says to those who may open it. */
export const HoldDetails = z.strictObject({ matter: z.string().min(1), responsible: Responsible });
export type HoldDetails = z.infer<typeof HoldDetails>;

export const ReleaseRecord = z.strictObject({
  format: z.literal('holdfast.hold-release/1'),
  tenant: TenantRef,
  hold: HoldId,
  at: Moment,
  /** HoldDetails, base64. */
  sealed: z.base64(),
});
export type ReleaseRecord = z.infer<typeof ReleaseRecord>;

/** What exists of the tenant in one region, and that all of it is held. */
const HeldRegion = z.strictObject({ region: z.string(), objects: Count, bytes: Count });

export const HoldCertificate = z.strictObject({
  format: z.literal('holdfast.hold-certificate/1'),
  tenant: TenantRef,
  hold: HoldId,
  at: Moment,
  regions: z.array(HeldRegion).min(1),
  /** Runs of the log that the tenant has copies of. */
  copiedRuns: Count,
});
export type HoldCertificate = z.infer<typeof HoldCertificate>;

/** Objects of one kind that a release let go, and between which moments their locks end. */
const FreedKind = z.strictObject({ kind: z.string(), objects: Count, first: Moment, last: Moment });
export type FreedKind = z.infer<typeof FreedKind>;

export const ReleaseCertificate = z.strictObject({
  format: z.literal('holdfast.release-certificate/1'),
  tenant: TenantRef,
  hold: HoldId,
  at: Moment,
  /** Holds that still stand: every object stays held. */
  others: z.array(HoldId),
  /** By region; empty while another hold stands. No object is removed before these moments. */
  regions: z.array(z.strictObject({ region: z.string(), kinds: z.array(FreedKind) })),
  /** Erasures that were deferred and took effect. */
  erasures: z.array(z.string()),
});
export type ReleaseCertificate = z.infer<typeof ReleaseCertificate>;

/** The records that decide whether a hold stands; nothing else is below it. */
export function holdRecordsPrefix(tenant: TenantRef): string {
  return `${governancePrefix('holds', tenant)}records/`;
}

export function holdRecordKey(tenant: TenantRef, hold: string, record: 'hold' | 'release'): string {
  return `${holdRecordsPrefix(tenant)}${hold}/${record}`;
}

export function holdCertificateKey(tenant: TenantRef, hold: string, id: string): string {
  return `${governancePrefix('holds', tenant)}certificates/${hold}/${id}`;
}

/**
 * What a key below `holdRecordsPrefix` is. One that is no record counts as a hold, of which nobody knows what it says: its
 * id is derived from the key, so that it can be released like every hold.
 */
export function holdRecordOf(key: string): { hold: string; record: 'hold' | 'release' } {
  const found = /^[^/]+\/[^/]+\/[^/]+\/records\/([0-9a-z]{9}-[0-9a-z]{8})\/(hold|release)$/.exec(key);
  if (found) return { hold: found[1]!, record: found[2] as 'hold' | 'release' };
  return { hold: `unknown00-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`, record: 'hold' };
}

const SEE_HIDDEN: readonly Role[] = ['legal-officer', 'approver', 'auditor', 'system-administrator'];

/** A tenant's administrator and an operator do not see holds that are hidden. */
export function maySeeHidden({ roles }: Principal): boolean {
  return roles.some(role => SEE_HIDDEN.includes(role));
}

/** Whether a request must not be shown to them: it places or releases a hidden hold. */
export function isHiddenFrom(who: Principal, { action, body }: ActionPlan): boolean {
  if (action !== 'hold' && action !== 'release') return false;
  return !maySeeHidden(who) && (body as { hidden?: unknown } | null)?.hidden !== false;
}
