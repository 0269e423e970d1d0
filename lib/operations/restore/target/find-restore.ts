/** Finds the tenant of a restore: a person has only its id. */
import { InputError } from '../../../domain/errors.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { restores } from '../../catalog/catalog-index.ts';
import { eachTenant } from '../../catalog/each-tenant.ts';

/** InputError `unknown-restore`. */
export async function findRestore(
  deps: Pick<Deps, 'catalog' | 'progress'>,
  id: string,
): Promise<{ tenant: string; ref: TenantRef }> {
  const asked = await eachTenant(deps, 'Looking for the restore', async ({ ref, tenantId }) => {
    const owner = ref;
    const found = tenantId !== null && (await restores.get(deps.catalog, owner, id)) !== undefined;
    return found ? { tenant: tenantId, ref: owner } : undefined;
  });
  const owner = asked.find(each => each !== undefined);
  if (owner) return owner;
  throw new InputError('unknown-restore', `There is no restore ${JSON.stringify(id)}.`, {
    hint: '`holdfast restores` lists the restores of all tenants.',
  });
}
