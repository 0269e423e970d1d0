/**
 * A session for one tenant: STS credentials of a role that could reach every tenant, narrowed by a session policy that
 * names exactly this one. The role is in the account of the vault, wherever that is.
 */
import { StorageError } from '../domain/errors.ts';
import type { TenantRef } from '../domain/tenant.ts';
import { type RoleSessionOptions, roleSession, type SessionCredentials } from './role-session.ts';
import { destroyingPolicy, type KeyScope, type SessionScope, sessionPolicy } from './session-policy.ts';
import { faultName, isDenial } from './transient.ts';

export interface SessionOptions extends RoleSessionOptions {
  readonly scope: SessionScope;
}

/** Credentials for this tenant's objects and keys. StorageError `session-refused`, `session-unreachable`. */
export function tenantSession({ scope, ...options }: SessionOptions, tenant: TenantRef): SessionCredentials {
  return roleSession(options, {
    role: scope.role,
    name: tenant,
    policy: JSON.stringify(sessionPolicy(scope, tenant)),
    refused: cause => refused(cause, tenant),
  });
}

/** Credentials that destroy or bring back this tenant's key, and reach nothing else. Throws likewise. */
export function destroyingSession(
  { scope, ...options }: RoleSessionOptions & { readonly scope: KeyScope },
  tenant: TenantRef,
): SessionCredentials {
  return roleSession(options, {
    role: scope.role,
    name: tenant,
    policy: JSON.stringify(destroyingPolicy(scope, tenant)),
    refused: cause => refused(cause, tenant),
  });
}

function refused(cause: unknown, tenant: TenantRef): StorageError {
  const fault = faultName(cause);
  return new StorageError('session-refused', `STS refused a session for ${tenant} (${fault}).`, {
    hint: "Nothing was done. Compare the function's role and the session role's trust policy with the stacks.",
    cause,
    settles: isDenial(cause),
    details: { owner: tenant, fault },
  });
}
