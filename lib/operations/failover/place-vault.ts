/**
 * A vault that is replicated whole, as one region sees it: what is the region's own lies under the region's name, so that a
 * copy of it in another vault stands beside what that region has, and never over it. Invariant: callers see the usual keys,
 * and signatures are over those.
 */
import { OWN_TRAIL_PREFIXES } from '../../domain/governance-key.ts';
import { placePrefix, REGION_STATES_PREFIX } from '../../domain/object-key.ts';
import type { Catalog, CatalogItem, StoredObject, Vault } from '../../ports.ts';
import { AUDIT_HEADS } from '../catalog/audit-heads.ts';

/** The states of the regions that this place accepted. */
export function placeVault(vault: Vault, region: string): Vault {
  return underItsName(vault, region, [REGION_STATES_PREFIX]);
}

/** The audit trail of this region. That of the region where the application belongs lies where it always did. */
export function trailVault(vault: Vault, region: string, home: string): Vault {
  return region === home ? vault : underItsName(vault, region, OWN_TRAIL_PREFIXES);
}

function underItsName(vault: Vault, region: string, own: readonly string[]): Vault {
  const name = placePrefix(region);
  const isOwn = (key: string) => own.some(prefix => key.startsWith(prefix));
  const at = (key: string) => (isOwn(key) ? `${name}${key}` : key);
  const back = (key: string) => key.slice(name.length);
  const named = (object: StoredObject) => ({ ...object, key: back(object.key) });
  const from = (after: string | undefined) => (after === undefined ? undefined : at(after));
  return {
    async put(key, ...rest) {
      const stored = await vault.put(at(key), ...rest);
      return isOwn(key) ? named(stored) : stored;
    },
    get: (key, ...rest) => vault.get(at(key), ...rest),
    async head(key) {
      const found = await vault.head(at(key));
      return found && isOwn(key) ? named(found) : found;
    },
    async *list(prefix, after) {
      for await (const object of vault.list(at(prefix), from(after))) yield isOwn(prefix) ? named(object) : object;
    },
    async *keys(prefix, after) {
      for await (const key of vault.keys(at(prefix), from(after))) yield isOwn(prefix) ? back(key) : key;
    },
    extendRetention: (key, until) => vault.extendRetention(at(key), until),
    setHold: (key, hold) => vault.setHold(at(key), hold),
    delete: key => vault.delete(at(key)),
  };
}

/** The shared catalog, with the ends of this region's own chains. */
export function trailCatalog(catalog: Catalog, region: string, home: string): Catalog {
  if (region === home) return catalog;
  const at = (partition: string) => (partition === AUDIT_HEADS ? ownHeads(region) : partition);
  const named = (item: CatalogItem, partition: string) => ({ ...item, partition });
  return {
    async get(partition, sort) {
      const item = await catalog.get(at(partition), sort);
      return item && named(item, partition);
    },
    async *query(partition, range) {
      for await (const item of catalog.query(at(partition), range)) yield named(item, partition);
    },
    write: writes =>
      catalog.write(
        writes.map(write =>
          'put' in write
            ? { ...write, put: { ...write.put, partition: at(write.put.partition) } }
            : { remove: { ...write.remove, partition: at(write.remove.partition) } },
        ),
      ),
    close: () => catalog.close(),
  };
}

/** Partition of the ends of the chains of a region that is not home. */
export function ownHeads(region: string): string {
  return `${AUDIT_HEADS}#${region}`;
}
