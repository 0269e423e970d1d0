/**
 * Removes backups, or reports why they stay. Order (a crash leaves extra data, never missing data): the signed list for the
 * other regions → catalog entry →
 * manifest → objects that no kept manifest names. Holds and retention are checked again just before, and the vault
 * decides: what it refuses to remove stays, and is reported.
 */
import { HoldfastError } from '../../domain/errors.ts';
import { isPermanent } from '../../domain/object-key.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { CatalogWrite, Deps } from '../../ports.ts';
import type { BackupItem, RunItem } from '../catalog/catalog-index.ts';
import { inParallel } from '../in-parallel.ts';
import { readHeader } from '../storage/manifest-store.ts';
import { isUnderHold } from '../storage/standing-holds.ts';
import { type AnnounceDeps, announceRemoval } from './announce-removal.ts';

export type ExpireDeps = Pick<Deps, 'vault' | 'signer' | 'catalog' | 'clock' | 'progress' | 'requireActive'> &
  AnnounceDeps;

export interface ExpiryResult {
  removedManifests: number;
  removedObjects: number;
  freedBytes: number;
  /** Backups with a lock extended to last as long as they are kept. */
  lengthened: number;
  /** What the vault does not allow to remove yet: key and reason. */
  kept: { readonly key: string; readonly reason: string }[];
}

export function emptyResult(): ExpiryResult {
  return { removedManifests: 0, removedObjects: 0, freedBytes: 0, lengthened: 0, kept: [] };
}

type Listed = Pick<BackupItem | RunItem, 'id' | 'key' | 'sha256'>;

/** Those whose manifest the vault allows to remove now; `result` has the reason for the others. */
export async function removable<T extends Listed>(
  deps: ExpireDeps,
  items: readonly T[],
  result: ExpiryResult,
): Promise<T[]> {
  const free: T[] = [];
  if (items.length > 0) await deps.requireActive?.();
  for (const item of items) {
    const manifest = await deps.vault.head(item.key);
    if (!manifest || !(manifest.hold || manifest.retainUntil > deps.clock.now())) free.push(item);
    else {
      const reason = manifest.hold ? 'legal hold' : `locked until ${manifest.retainUntil.toISOString()}`;
      result.kept.push({ key: item.key, reason });
    }
  }
  return free;
}

/** Backups of one owner to remove. */
export interface Removal<T extends Listed> {
  readonly owner: TenantRef;
  readonly items: readonly T[];
  /** The catalog items of each. */
  forget(item: T): readonly CatalogWrite[];
  /** Objects that others need. */
  readonly needed: ReadonlySet<string>;
  /** Backups removed at the same time: more than one only if they share no object. */
  readonly atOnce: number;
}

/** Backups announced in one list. */
const LISTED_TOGETHER = 64;

/** IntegrityError `manifest-invalid`. */
export async function removeBackups<T extends Listed>(
  deps: ExpireDeps,
  removal: Removal<T>,
  result: ExpiryResult,
): Promise<void> {
  const { owner, items, needed, atOnce } = removal;
  for (let start = 0; start < items.length; start += LISTED_TOGETHER) {
    const doomed = await inParallel(HEADERS_AT_ONCE, items.slice(start, start + LISTED_TOGETHER), async item => {
      const objects = (await deps.vault.head(item.key)) ? await objectsOf(deps, item) : [];
      return { item, objects: objects.filter(({ key }) => !needed.has(key)) };
    });
    const keys = doomed.flatMap(({ item, objects }) => [item.key, ...objects.map(({ key }) => key)]);
    await announceRemoval(deps, owner, keys);
    await inParallel(atOnce, doomed, async ({ item, objects }) => {
      // A removal can take hours: a hold that was placed since keeps the rest.
      if (await isUnderHold(deps, owner)) return void result.kept.push({ key: item.key, reason: 'legal hold' });
      await deps.catalog.write(removal.forget(item));
      await removeObjects(deps, item, objects, result);
    });
  }
}

async function removeObjects(
  deps: ExpireDeps,
  item: Listed,
  objects: readonly { key: string; bytes: number }[],
  result: ExpiryResult,
): Promise<void> {
  if (await removeObject(deps, item.key, result)) result.removedManifests += 1;
  for (const { key, bytes } of objects) {
    if (!(await removeObject(deps, key, result))) continue;
    result.removedObjects += 1;
    result.freedBytes += bytes;
  }
}

/** Every object that the backup needs, from its signed header. */
async function objectsOf(deps: ExpireDeps, item: Listed): Promise<readonly { key: string; bytes: number }[]> {
  return (await readHeader(deps, item.key, item.sha256)).header.objects;
}

/**
 * Parts of one snapshot are locked from the time at which each was read: before its manifest, by less than this time.
 */
const SAME_LOCK_MS = 24 * 3600 * 1000;

/**
 * Locks manifest and objects at least until then. True where the manifest's lock was extended. IntegrityError
 * `object-missing` where one of them is missing.
 */
export async function lengthenLock(deps: ExpireDeps, item: Listed, until: Date): Promise<boolean> {
  const locked = (await deps.vault.head(item.key))?.retainUntil.getTime() ?? 0;
  if (locked >= until.getTime() + SAME_LOCK_MS) return false;
  // Objects first: a manifest's lock means that everything it needs is locked as long.
  const keys = (await objectsOf(deps, item)).map(object => object.key);
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    await Promise.all(keys.slice(start, start + AT_ONCE).map(key => deps.vault.extendRetention(key, until)));
  }
  await deps.vault.extendRetention(item.key, until);
  return locked < until.getTime();
}

const AT_ONCE = 16;
const HEADERS_AT_ONCE = 8;

/** False where the vault keeps it, which is reported and does not stop the expiry. */
export async function removeObject(
  deps: Pick<ExpireDeps, 'vault'>,
  key: string,
  result: Pick<ExpiryResult, 'kept'>,
): Promise<boolean> {
  if (isPermanent(key)) {
    result.kept.push({ key, reason: 'The audit trail and the records of governance do not expire.' });
    return false;
  }
  // Several removed backups may share an object: it is removed, and counted, once.
  if (!(await deps.vault.head(key))) return false;
  try {
    await deps.vault.delete(key);
    return true;
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'object-locked') throw error;
    result.kept.push({ key, reason: error.message });
    return false;
  }
}
