/** Names of tenants beside their ids, for people. Invariant: a name is shown only to who may see the tenant. */
import type { TenantRef } from '../domain/tenant.ts';
import { tenants } from '../operations/catalog/catalog-index.ts';
import type { ApiDeps } from './api-deps.ts';

/** Each with its label, where it has one. */
export async function labelled<T extends { readonly tenantId: string | null }>(
  { labels }: Pick<ApiDeps, 'labels'>,
  items: readonly T[],
): Promise<(T & { label?: string })[]> {
  const names = await labels();
  return items.map(item => {
    const label = item.tenantId === null ? undefined : names.get(item.tenantId);
    return label === undefined ? item : { ...item, label };
  });
}

/** The same for what names tenants by their references: with their ids, where the catalog still has them. */
export async function namedTenants<T extends { readonly tenant: TenantRef }>(
  deps: Pick<ApiDeps, 'labels' | 'storage'>,
  items: readonly T[],
): Promise<(T & { tenantId: string | null; label?: string })[]> {
  const known = await tenants.among(deps.storage.catalog, [...new Set(items.map(({ tenant }) => tenant))]);
  return labelled(
    deps,
    items.map(item => ({ ...item, tenantId: known.get(item.tenant)?.tenantId ?? null })),
  );
}
