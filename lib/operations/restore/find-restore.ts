/** Whose restore it was: a person knows a restore by its id alone. */
import { InputError } from '../../domain/errors.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { restores, tenants } from '../catalog/catalog-index.ts';

/** InputError `unknown-restore`. */
export async function findRestore(
  deps: Pick<Deps, 'catalog'>,
  id: string,
): Promise<{ tenant: string; ref: TenantRef }> {
  for (const { ref, tenantId } of await tenants.list(deps.catalog)) {
    if (tenantId === null) continue;
    if ((await restores.get(deps.catalog, ref as TenantRef, id)) !== undefined)
      return { tenant: tenantId, ref: ref as TenantRef };
  }
  throw new InputError('unknown-restore', `There is no restore ${JSON.stringify(id)}.`, {
    hint: '`holdfast timeline TENANT` lists the restores of a tenant.',
  });
}
