/** Writes the catalog's index of a tenant's standing holds from the records in the vault. */
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { standingHolds } from '../storage/standing-holds.ts';
import { holdItems } from './hold-items.ts';

/** The ids of the holds that stand. Safe to repeat. */
export async function indexHolds(
  deps: Pick<Deps, 'vault' | 'signer' | 'catalog'>,
  tenant: TenantRef,
): Promise<readonly string[]> {
  const holds = (await standingHolds(deps, tenant)).map(({ hold }) => hold);
  await deps.catalog.write([holds.length > 0 ? holdItems.put({ tenant, holds }) : holdItems.remove(tenant)]);
  return holds;
}
