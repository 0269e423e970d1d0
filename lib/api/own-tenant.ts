/**
 * The tenant of self-service. Invariant: it is taken from who calls, never from what they send, and whoever is not the
 * administrator of exactly one tenant is refused, which is recorded.
 */
import { InputError } from '../domain/errors.ts';
import type { Permission } from '../domain/permission.ts';
import type { Principal } from '../domain/principal.ts';
import { parseTenantRef, SYSTEM, type TenantRef } from '../domain/tenant.ts';
import { type QuotaKind, takeQuota } from '../operations/catalog/tenant-quota.ts';
import { notPermitted, type RecordDeps, recordingDenials } from '../operations/governance/audit.ts';
import type { ApiCall } from './route.ts';

/** Uses one of the tenant's quota. InputError `quota-used`. */
export function takeOwnQuota({ deps, tenant }: Pick<ApiCall, 'deps' | 'tenant'>, kind: QuotaKind) {
  return takeQuota(deps.storage, { tenant, kind, limit: deps.selfService.quotas[kind] });
}

const NO_POLICY = { allowed: false, policies: [] };

/** InputError `not-permitted`, `no-own-tenant`. */
export function ownTenant(deps: RecordDeps, principal: Principal, permission: Permission): Promise<TenantRef> {
  return recordingDenials(deps, { principal, permission, tenant: SYSTEM }, async () => {
    if (!principal.roles.includes('tenant-administrator')) throw notPermitted(principal, permission, NO_POLICY);
    const [own, ...others] = principal.tenants;
    const ref = own === undefined ? undefined : parseTenantRef(own);
    if (ref !== undefined && others.length === 0) return ref;
    throw new InputError('no-own-tenant', 'Self-service is for the administrator of one tenant.', {
      hint: 'Others use the pages of the tenant. Sign in with an account of the application, or ask for the role.',
    });
  });
}
