/**
 * The head of an owner's chain, written by a rebuild: what the manifests say is newest, unless the catalog knows a newer
 * one that verifies, because somebody wrote it while the rebuild was reading.
 */
import { HoldfastError, IntegrityError } from '../../domain/errors.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { readHeader } from '../storage/manifest-store.ts';
import { type HeadItem, heads } from './catalog-index.ts';

type HeadDeps = Pick<Deps, 'vault' | 'signer' | 'catalog'>;
type Head = Pick<HeadItem, 'key' | 'sha256'> & { readonly header: { readonly id: string } };

/** Whoever won the race was somebody who is writing now. */
const MAX_ATTEMPTS = 5;

export async function advanceHead(deps: HeadDeps, owner: TenantRef, found: Head): Promise<void> {
  const { key, sha256, header } = found;
  const item = { id: header.id, key, sha256 };
  for (let attempt = 1; ; attempt++) {
    const before = await heads.get(deps.catalog, owner);
    if (before && isNewer(owner, before.item, item) && (await stands(deps, before.item))) return;
    try {
      await deps.catalog.write([heads.put(owner, item, before && { revision: before.revision })]);
      return;
    } catch (error) {
      const raced = error instanceof HoldfastError && error.code === 'lost-race';
      if (!raced || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** Log manifests sort by where they end, others by when they were made. */
function isNewer(owner: TenantRef, one: HeadItem, other: HeadItem): boolean {
  return owner === SYSTEM ? one.key > other.key : one.id > other.id;
}

async function stands(deps: HeadDeps, { key, sha256 }: HeadItem): Promise<boolean> {
  try {
    await readHeader(deps, key, sha256);
    return true;
  } catch (error) {
    if (error instanceof IntegrityError) return false;
    throw error;
  }
}
