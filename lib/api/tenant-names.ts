/** Names of tenants beside their ids, for people. Invariant: a name is shown only to who may see the tenant. */
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
