/** The tenant behind a reference: state machines know tenants by reference only, the database by id only. */
import { InputError } from '../../domain/errors.ts';
import { parseTenantRef, type TenantId, type TenantRef, tenantId } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { refOf } from '../context.ts';
import { tenants } from './catalog-index.ts';

/** InputError `unknown-tenant`. */
export async function knownTenant(deps: Pick<Deps, 'catalog'>, ref: TenantRef): Promise<TenantId> {
  const item = await tenants.get(deps.catalog, ref);
  if (item?.tenantId) return tenantId(item.tenantId);
  throw new InputError('unknown-tenant', 'The catalog has no tenant with this reference.', {
    hint: 'Start the run again: planning the fleet registers its tenants. A destroyed tenant has no id.',
  });
}

/** A tenant as a person names it: by its id, or by the reference that notices carry. `name`: its id where it is known. */
export async function tenantNamed(
  deps: Pick<Deps, 'catalog' | 'installation'>,
  text: string,
): Promise<{ ref: TenantRef; name: string }> {
  const ref = parseTenantRef(text);
  const item = ref && (await tenants.get(deps.catalog, ref));
  if (item) return { ref: item.ref, name: item.tenantId ?? text };
  return { ref: refOf(deps, tenantId(text)), name: text };
}

/** Those that are not being destroyed, and never were: nothing of the others can be stored. */
export async function withoutDestroyed(
  deps: Pick<Deps, 'catalog' | 'installation'>,
  ids: readonly TenantId[],
): Promise<TenantId[]> {
  const destroyed = new Set<string>();
  for (const { ref, destruction } of await tenants.list(deps.catalog)) if (destruction) destroyed.add(ref);
  return destroyed.size === 0 ? [...ids] : ids.filter(id => !destroyed.has(refOf(deps, id)));
}
