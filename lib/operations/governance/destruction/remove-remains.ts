/**
 * Removes what is left of a destroyed tenant, as its locks end: noise that nobody can open. The other regions are told by
 * the same signed lists as of any expiry, and remove theirs themselves. Invariant: nothing that is locked or held goes; the
 * vault has the last word.
 */
import type { TenantRef } from '../../../domain/tenant.ts';
import { inParallel } from '../../in-parallel.ts';
import { announceRemoval } from '../../retention/announce-removal.ts';
import { removeObject } from '../../retention/remove-backup.ts';
import type { SupervisionDeps } from './destruction-deps.ts';
import { logShare, objectsOf, type StoragePlace } from './stored-copies.ts';

/** What is left afterwards, in all regions. */
export interface Remains {
  readonly removed: number;
  readonly objects: number;
  /** Runs of the log, in all regions, with a segment of it. */
  readonly logRuns: number;
  /** When the last lock ends; null: nothing is left that is locked. */
  readonly lockedUntil: string | null;
}

const AT_ONCE = 8;
const ANNOUNCED_TOGETHER = 1000;

export async function removeRemains(
  deps: SupervisionDeps,
  tenant: TenantRef,
  places: readonly StoragePlace[],
): Promise<Remains> {
  const [own, ...others] = places;
  const now = deps.clock.now();
  let [removed, free] = [0, [] as string[]];
  const remove = async () => {
    if (others.length > 0) await announceRemoval({ ...deps, announce: deps.random }, tenant, free);
    const gone = await inParallel(AT_ONCE, free, key => removeObject(deps, key, { kept: [] }));
    removed += gone.filter(Boolean).length;
    free = [];
  };
  for await (const object of objectsOf(own!, tenant)) {
    if (object.hold || object.retainUntil > now) continue;
    free.push(object.key);
    if (free.length === ANNOUNCED_TOGETHER) await remove();
  }
  await deps.crash?.('destroy.during-removal');
  await remove();
  return { removed, ...(await leftIn(deps, tenant, places)) };
}

async function leftIn({ catalog }: SupervisionDeps, tenant: TenantRef, places: readonly StoragePlace[]) {
  let [objects, logRuns, lockedUntil] = [0, 0, ''];
  for (const place of places) {
    for await (const { retainUntil } of objectsOf(place, tenant)) {
      objects += 1;
      if (retainUntil.toISOString() > lockedUntil) lockedUntil = retainUntil.toISOString();
    }
    const share = await logShare({ vault: place.vault, catalog }, tenant);
    logRuns += share?.runs ?? 0;
    if ((share?.lockedUntil ?? '') > lockedUntil) lockedUntil = share!.lockedUntil!;
  }
  return { objects, logRuns, lockedUntil: lockedUntil || null };
}
