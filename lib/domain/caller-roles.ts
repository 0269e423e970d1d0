/**
 * The roles of a caller that IAM authenticated, by the name of the IAM role, the permission set or the user. Invariant: a
 * mapping decides alone. A name that it does not have gives no role; the session name, which names the person, gives none
 * either.
 */
import type { GovernanceSettings } from './governance-settings.ts';
import type { Principal, Role } from './principal.ts';
import { isAccount } from './sign-in-realm.ts';

const USER = /^arn:[\w-]+:iam::\d{12}:user\/(?:[!-~]*\/)?([\w+=,.@-]+)$/;
const SESSION = /^arn:[\w-]+:sts::\d{12}:assumed-role\/([\w+=,.@-]+)\/[\w+=,.@-]+$/;
const IDENTITY_CENTER = /^AWSReservedSSO_([\w+=,.@-]+)_[0-9a-f]{16}$/;

/** `admitted`: the role that the URL is for, which IAM let the caller use. */
export function rolesOfCaller(arn: string, roles: GovernanceSettings['roles'], admitted: Role): Role[] {
  if (roles === undefined) return [admitted];
  const name = mappedName(arn);
  return name !== undefined && Object.hasOwn(roles, name) ? [...roles[name]!] : [];
}

/** Who asked, by the name that was written down when they did: an identity of IAM, or an account that a token named. */
export function principalNamed(name: string): Principal {
  return { name, proof: isAccount(name) ? 'oidc' : 'iam', roles: [], tenants: [] };
}

/** The principal that IAM vouches for. `from`: the address that the request came from. */
export function principalOfCaller(
  arn: string,
  roles: readonly Role[],
  from: string | undefined,
): Principal & { proof: 'iam' } {
  return { name: arn, proof: 'iam', roles: [...roles], tenants: [], ...(from !== undefined && { from }) };
}

function mappedName(arn: string): string | undefined {
  const user = USER.exec(arn)?.[1];
  if (user !== undefined) return `user/${user}`;
  const role = SESSION.exec(arn)?.[1];
  return role === undefined ? undefined : (IDENTITY_CENTER.exec(role)?.[1] ?? role);
}
