/**
 * The tenant of self-service. Invariant: it is taken from who calls, never from what they send, and whoever is not the
 * administrator of exactly one tenant is refused, which is recorded.
 */
import { InputError } from '../domain/errors.ts';
import type { Permission } from '../domain/permission.ts';
import type { Principal } from '../domain/principal.ts';
import { parseTenantRef, SYSTEM, type TenantRef } from '../domain/tenant.ts';
import { type RecordDeps, recordingDenials } from '../operations/governance/audit.ts';

/** InputError `no-own-tenant`. */
export function ownTenant(deps: RecordDeps, principal: Principal, permission: Permission): Promise<TenantRef> {
  return recordingDenials(deps, { principal, permission, tenant: SYSTEM }, async () => {
    const [own, ...others] = principal.tenants;
    const ref = own === undefined ? undefined : parseTenantRef(own);
    const isOwn = ref !== undefined && others.length === 0 && principal.roles.includes('tenant-administrator');
    if (isOwn) return ref;
    throw new InputError('no-own-tenant', 'Self-service is for the administrator of one tenant.', {
      hint: 'Others use the pages of the tenant. Sign in with an account of the application, or ask for the role.',
    });
  });
}
