/**
 * Vault paths of the audit trail and of the signed documents of governance: requests, holds, destructions, drills, reports,
 * status posts. They outlive the tenants' own objects (object-key.ts), and no expiry removes them.
 */
import { type Lsn, sortableLsn } from './lsn.ts';
import type { ReportKind } from './report/period.ts';
import { SYSTEM, TenantRef } from './tenant.ts';

/** The audit trail: one chain for each tenant, and one for `system`. Outlives the tenant's own objects. */
export const AUDIT_PREFIX = 'audit/';
/** Signed documents of requests, holds, destructions and evidence, sealed under the auditors' key. */
export const GOVERNANCE_PREFIX = 'governance/';

/** A region's own audit trail: its events, and the anchors over them. */
export const OWN_TRAIL_PREFIXES: readonly string[] = [AUDIT_PREFIX, `${GOVERNANCE_PREFIX}anchors/`];

/** The chain of the tenant's audit events. */
export function auditPrefix(tenant: TenantRef): string {
  return `${AUDIT_PREFIX}${tenant}/`;
}

/** Sorts by the place in the chain, which starts at 1. */
export function auditEventKey(tenant: TenantRef, sequence: number): string {
  return `${auditPrefix(tenant)}${String(sequence).padStart(10, '0')}`;
}

/** The chain and the place that a key belongs to; undefined for any other object. */
export function auditPlaceOf(key: string): { readonly tenant: TenantRef; readonly sequence: number } | undefined {
  const [, owner, digits] = /^audit\/([^/]+)\/(\d{10})$/.exec(key) ?? [];
  const tenant = TenantRef.safeParse(owner).data;
  const sequence = Number(digits);
  return tenant !== undefined && sequence > 0 && auditEventKey(tenant, sequence) === key
    ? { tenant, sequence }
    : undefined;
}

/** The chains of all tenants with this first letter. */
export function auditLetterPrefix(letter: string): string {
  return `${AUDIT_PREFIX}${letter}`;
}

/** Anchors of the audit trail, by their place in the chain of anchors. */
export function auditAnchorKey(sequence: number): string {
  return governanceKey('anchors', SYSTEM, String(sequence).padStart(10, '0'));
}

/** Undefined for a page. */
export function auditAnchorPlaceOf(key: string): number | undefined {
  const [, digits] = /^governance\/anchors\/system\/(\d{10})$/.exec(key) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

export function auditAnchorPageKey(id: string, letter: string): string {
  return governanceKey('anchors', SYSTEM, `pages/${id}-${letter}`);
}

export const GOVERNANCE_KINDS = [
  'requests',
  'holds',
  'hold-logs',
  'destructions',
  'departures',
  'anchors',
  'evidence',
  'policies',
  'drills',
  'failovers',
] as const;
export type GovernanceKind = (typeof GOVERNANCE_KINDS)[number];

/** Records of drills of one kind sort by time. */
export function drillRecordKey(kind: string, id: string): string {
  return governanceKey('drills', SYSTEM, `${kind}/${id}`);
}

/** A file of an evidence bundle, beside its signed manifest. */
export function evidenceFileKey(tenant: TenantRef, id: string, file: string): string {
  return governanceKey('evidence', tenant, `${id}.files/${file}`);
}

/** The bundle that a key belongs to, and its file; no file: the manifest. Undefined for any other object. */
export function evidencePlaceOf(
  key: string,
): { readonly tenant: TenantRef; readonly id: string; readonly file?: string } | undefined {
  const [, owner, id, file] = /^governance\/evidence\/([^/]+)\/([0-9a-f]{32})(?:\.files\/([a-z.-]+))?$/.exec(key) ?? [];
  const tenant = TenantRef.safeParse(owner).data;
  if (tenant === undefined || id === undefined) return undefined;
  return { tenant, id, ...(file !== undefined && { file }) };
}

/** The signed note that a tenant left the database, at a position. */
export function departureKey(tenant: TenantRef, position: Lsn): string {
  return governanceKey('departures', tenant, sortableLsn(position));
}

/** A signed report of a whole period; `name`: its first day, or of any other range `FROM_TO-MADE`. */
export function reportKey(kind: ReportKind, name: string): string {
  return `${GOVERNANCE_PREFIX}reports/system/${kind}/${name}`;
}

/** Reports of one kind, by name; with what lies beside each. */
export function reportsPrefix(kind: ReportKind): string {
  return reportKey(kind, '');
}

/** Undefined for what only lies beside a report. */
export function reportNameOf(key: string): string | undefined {
  return /^governance\/reports\/system\/[a-z]+\/(\d{4}-\d{2}-\d{2}(?:_\d{4}-\d{2}-\d{2}-[0-9T-]+)?)$/.exec(key)?.[1];
}

/** Beside a report, for people: its page, and the signed manifest of both. */
export function reportFileKeys(report: string): { readonly page: string; readonly manifest: string } {
  return { page: `${report}.html`, manifest: `${report}.manifest` };
}

/** A fact of a report that is still being made, signed. */
export function reportFactKey(report: string, fact: string): string {
  return `${report}.facts/${fact}`;
}

/** Posts on the status page; those of one incident, whose ids sort by time, are together. */
export const STATUS_POSTS_PREFIX = `${GOVERNANCE_PREFIX}status-posts/system/`;

export function statusPostKey(incident: string, post: string): string {
  return `${STATUS_POSTS_PREFIX}${incident}/${post}`;
}

/** Documents of one kind about one tenant; `name` may have parts separated by `/`. */
export function governancePrefix(kind: GovernanceKind, tenant: TenantRef): string {
  return `${GOVERNANCE_PREFIX}${kind}/${tenant}/`;
}

/** Documents of one kind about all tenants. */
export function governanceKindPrefix(kind: GovernanceKind): string {
  return `${GOVERNANCE_PREFIX}${kind}/`;
}

export function governanceKey(kind: GovernanceKind, tenant: TenantRef, name: string): string {
  return `${governancePrefix(kind, tenant)}${name}`;
}

/** Steps of one fail-over, and its record. Sorts by when it began. */
export function failoverKey(id: string, part: string): string {
  return governanceKey('failovers', SYSTEM, `${id}/${part}`);
}

export const DESTRUCTION_PARTS = ['order', 'outcome', 'certificate', 'appendix'] as const;
export type DestructionPart = (typeof DESTRUCTION_PARTS)[number];

/** `number`: of the tenant's destruction, from 1. */
export function destructionKey(tenant: TenantRef, number: number, part: DestructionPart): string {
  return governanceKey('destructions', tenant, `${String(number).padStart(4, '0')}/${part}`);
}

/** Undefined for what is not a document of a destruction. */
export function destructionOf(key: string): { tenant: string; number: number; part: string } | undefined {
  const found = /^governance\/destructions\/([a-z2-7]{26})\/(\d{4})\/([a-z]+)$/.exec(key);
  return found ? { tenant: found[1]!, number: Number(found[2]), part: found[3]! } : undefined;
}
