/**
 * The catalog's items of a tenant's archives, from their signed manifests. Invariant: an archive is listed if its manifest
 * verifies and its object is there with the size that it states.
 */
import type { ArchiveBody } from '../../domain/archive.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { CatalogWrite, Deps } from '../../ports.ts';
import { archiveItem } from '../archive/archive-item.ts';
import { archives } from '../catalog/catalog-index.ts';
import { ifReadable } from '../catalog/typed-items.ts';
import type { StoredManifest } from '../storage/manifest-store.ts';
import { presentBytes } from '../storage/present-object.ts';

/** `body`: undefined where the tenant's key is destroyed. IntegrityError `object-missing`, `object-truncated`. */
export async function archiveWrites(
  deps: Pick<Deps, 'vault'>,
  tenant: TenantRef,
  stored: StoredManifest,
  body: ArchiveBody | undefined,
): Promise<CatalogWrite[]> {
  for (const { key, bytes } of stored.header.objects) await presentBytes(deps, key, bytes);
  return [archives.put(tenant, archiveItem(stored, body))];
}

/** Removes the items of archives whose manifest is gone. `stored`: the keys of the tenant's manifests. */
export async function lostArchives(
  { catalog }: Pick<Deps, 'catalog'>,
  tenant: TenantRef,
  stored: ReadonlySet<string>,
): Promise<CatalogWrite[]> {
  const listed = (await ifReadable(archives.list(catalog, tenant))) ?? [];
  return listed.filter(({ key }) => !stored.has(key)).map(({ id }) => archives.remove(tenant, id));
}
