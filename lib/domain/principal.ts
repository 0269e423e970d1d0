/**
 * Who asks, as the platform vouches for it. Nothing that a caller writes about itself is part of this document.
 */
import * as z from 'zod';
import { TenantRef } from './tenant.ts';

/** Roles of the design (docs/roles.md). A principal can have several. */
export const ROLES = [
  'tenant-administrator',
  'operator',
  'approver',
  'legal-officer',
  'auditor',
  'system-administrator',
] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

export const Principal = z.object({
  /** An IAM ARN, the subject of a token, or the operating system's user. */
  name: z.string().min(1),
  /** What vouches for the name: IAM, an OpenID Connect issuer, the operating system, or a schedule of the installation. */
  proof: z.enum(['iam', 'oidc', 'operating-system', 'schedule']),
  roles: z.array(Role),
  /** The tenants of a tenant administrator. */
  tenants: z.array(TenantRef),
  /** Where the request came from, if known: an address or a host name. */
  from: z.string().exactOptional(),
});
export type Principal = z.infer<typeof Principal>;

/** Whether it administers tenants and is nothing else: whoever of the team it is not is told less of the installation. */
export function isTenantOnly({ roles }: Principal): boolean {
  return roles.every(role => role === 'tenant-administrator');
}
