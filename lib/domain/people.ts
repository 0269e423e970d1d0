/**
 * People of one machine: users of the operating system, with their roles. Without a list, whoever uses the machine is its
 * system administrator and operator. Invariant: a user that a list does not name has no role.
 */
import * as z from 'zod';
import { type Principal, Role } from './principal.ts';
import { tenantId, tenantRef } from './tenant.ts';

export const Person = z.strictObject({
  user: z.string().min(1).describe('User of the operating system.'),
  roles: z.array(Role).min(1).describe('Roles: docs/roles.md.'),
  tenants: z.array(z.string().min(1)).default([]).describe('Ids of the tenants of a tenant administrator.'),
});
export type Person = z.infer<typeof Person>;

/** The principal of a user of this machine. `people` undefined: nobody is listed. */
export function principalOfUser(user: string, people: readonly Person[] | undefined, installation: string): Principal {
  const listed = people?.filter(each => each.user === user);
  const roles: Role[] = listed?.flatMap(each => each.roles) ?? ['system-administrator', 'operator'];
  const tenants = (listed ?? []).flatMap(each => each.tenants).map(id => tenantRef(installation, tenantId(id)));
  return { name: user, proof: 'operating-system', roles: [...new Set(roles)], tenants: [...new Set(tenants)] };
}
