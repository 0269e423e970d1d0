/** The alias of a tenant's own key in KMS: the same in every region, and how functions, policies and rules identify it. */
import * as z from 'zod';
import { TenantRef } from './tenant.ts';

export const TENANT_KEY_ALIAS_PREFIX = 'alias/holdfast/';

export function keyAliasOf(owner: TenantRef): string {
  return `${TENANT_KEY_ALIAS_PREFIX}${owner}`;
}

/** The owner of the key with that alias; other aliases are refused. */
export const OwnerOfAlias = z
  .string()
  .startsWith(TENANT_KEY_ALIAS_PREFIX)
  .transform(alias => alias.slice(TENANT_KEY_ALIAS_PREFIX.length))
  .pipe(TenantRef);
