/**
 * The head of an owner's chain, written by a rebuild: the newest of the manifests, unless the catalog has a newer one
 * that verifies, written while the rebuild was reading.
 */
import { HoldfastError, IntegrityError } from '../../domain/errors.ts';
import { parseLsn } from '../../domain/lsn.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { type HeadItem, heads } from '../catalog/catalog-index.ts';
import { ifReadable } from '../catalog/typed-items.ts';
import { readHeader, type StoredManifest } from '../storage/manifest-store.ts';

type HeadDeps = Pick<Deps, 'vault' | 'signer' | 'catalog'>;
type Head = Pick<HeadItem, 'key' | 'sha256'> & { readonly header: { readonly id: string; readonly to: string } };

/** A lost race means that another process is writing now. */
const MAX_ATTEMPTS = 5;

export async function advanceHead(deps: HeadDeps, owner: TenantRef, found: Head): Promise<void> {
  const { key, sha256, header } = found;
  const item = { id: header.id, key, sha256 };
  for (let attempt = 1; ; attempt++) {
    const revision = await heads.revision(deps.catalog, owner);
    const before = await ifReadable(heads.get(deps.catalog, owner));
    if (before && (await isFurther(deps, before.item, found))) return;
    try {
      await deps.catalog.write([heads.put(owner, item, revision === undefined ? undefined : { revision })]);
      return;
    } catch (error) {
      const raced = error instanceof HoldfastError && error.code === 'lost-race';
      if (!raced || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** The catalog's head verifies and reaches further, by log position: clocks decide nothing. */
async function isFurther(deps: HeadDeps, { key, sha256 }: HeadItem, found: Head): Promise<boolean> {
  if (sha256 === found.sha256) return true;
  try {
    const { header } = await readHeader(deps, key, sha256);
    return parseLsn(header.to) > parseLsn(found.header.to) || header.previous?.sha256 === found.sha256;
  } catch (error) {
    if (error instanceof IntegrityError) return false;
    throw error;
  }
}

/**
 * Where the chain continues: of the manifests without a successor, the one that reaches furthest. Ids and times of
 * writing come from the writers' clocks, and decide nothing.
 */
export function newestOf(chain: readonly StoredManifest[]): StoredManifest | undefined {
  const followed = new Set(chain.map(({ header }) => header.previous?.sha256));
  const ends = chain.filter(({ sha256 }) => !followed.has(sha256));
  return ends.reduce<StoredManifest | undefined>(
    (furthest, stored) =>
      furthest === undefined || parseLsn(stored.header.to) >= parseLsn(furthest.header.to) ? stored : furthest,
    undefined,
  );
}
