/** The tenant behind a reference: state machines know tenants by reference only, the database by id only. */
import { InputError } from '../../domain/errors.ts';
import { type TenantId, type TenantRef, tenantId } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { tenants } from './catalog-index.ts';

/** InputError `unknown-tenant`. */
export async function knownTenant(deps: Pick<Deps, 'catalog'>, ref: TenantRef): Promise<TenantId> {
  const item = await tenants.get(deps.catalog, ref);
  if (item?.tenantId) return tenantId(item.tenantId);
  throw new InputError('unknown-tenant', 'The catalog has no tenant with this reference.', {
    hint: 'Start the run again: planning the fleet registers its tenants. A destroyed tenant has no id.',
  });
}
