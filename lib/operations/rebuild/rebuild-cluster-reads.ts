/**
 * The catalog's items of what was read of copies of the database, from their signed manifests. Invariant: one is listed if
 * its manifest verifies and every object is there with the size that it states.
 */
import type { TenantRef } from '../../domain/tenant.ts';
import type { CatalogWrite, Deps } from '../../ports.ts';
import type { BackupItem } from '../catalog/catalog-index.ts';
import { clusterReads } from '../catalog/cluster-reads.ts';
import { ifReadable } from '../catalog/typed-items.ts';
import type { StoredManifest } from '../storage/manifest-store.ts';
import { presentBytes } from '../storage/present-object.ts';

/** `item`: as of a snapshot. IntegrityError `object-missing`, `object-truncated`. */
export async function clusterReadWrites(
  deps: Pick<Deps, 'vault'>,
  tenant: TenantRef,
  stored: StoredManifest,
  item: BackupItem,
): Promise<CatalogWrite[]> {
  for (const { key, bytes } of stored.header.objects) await presentBytes(deps, key, bytes);
  return [clusterReads.put(tenant, { ...item, kind: 'cluster-read' })];
}

/** Removes the items of those whose manifest is gone. `stored`: the keys of the tenant's manifests. */
export async function lostClusterReads(
  { catalog }: Pick<Deps, 'catalog'>,
  tenant: TenantRef,
  stored: ReadonlySet<string>,
): Promise<CatalogWrite[]> {
  const listed = (await ifReadable(clusterReads.list(catalog, tenant))) ?? [];
  return listed.filter(({ key }) => !stored.has(key)).map(({ id }) => clusterReads.remove(tenant, id));
}
