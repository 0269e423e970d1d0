/**
 * Removes one backup, or says why it stays. Order (a crash leaves extra data, never missing data): catalog entry →
 * manifest → objects that no kept manifest names. Holds and retention are looked at again just before, and the vault
 * has the last word: what it refuses stays, and is reported.
 */
import { HoldfastError } from '../../domain/errors.ts';
import type { CatalogWrite, Deps } from '../../ports.ts';
import type { BackupItem, RunItem } from '../catalog/catalog-index.ts';
import { readHeader } from '../storage/manifest-store.ts';

export type ExpireDeps = Pick<Deps, 'vault' | 'signer' | 'catalog' | 'clock' | 'progress'>;

export interface ExpiryResult {
  removedManifests: number;
  removedObjects: number;
  freedBytes: number;
  /** Backups whose lock was lengthened, to last as long as they are kept. */
  lengthened: number;
  /** What the vault would not give up yet: key and why. */
  kept: { readonly key: string; readonly reason: string }[];
}

export function emptyResult(): ExpiryResult {
  return { removedManifests: 0, removedObjects: 0, freedBytes: 0, lengthened: 0, kept: [] };
}

type Listed = Pick<BackupItem | RunItem, 'id' | 'key' | 'sha256'>;

/** Those whose manifest the vault would give up now; of the others `result` says why not. */
export async function removable<T extends Listed>(
  deps: ExpireDeps,
  items: readonly T[],
  result: ExpiryResult,
): Promise<T[]> {
  const free: T[] = [];
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

/** `forget`: the catalog's items of it. `needed`: objects that stay for others. IntegrityError `manifest-invalid`. */
export async function removeBackup(
  deps: ExpireDeps,
  item: Listed,
  forget: readonly CatalogWrite[],
  needed: ReadonlySet<string>,
  result: ExpiryResult,
): Promise<void> {
  const objects = (await deps.vault.head(item.key)) ? await objectsOf(deps, item) : [];
  await deps.catalog.write(forget);
  if (await removeObject(deps, item.key, result)) result.removedManifests += 1;
  for (const { key, bytes } of objects) {
    if (needed.has(key) || !(await removeObject(deps, key, result))) continue;
    result.removedObjects += 1;
    result.freedBytes += bytes;
  }
}

/** Every object that the backup needs, as its signed header says. */
async function objectsOf(deps: ExpireDeps, item: Listed): Promise<readonly { key: string; bytes: number }[]> {
  return (await readHeader(deps, item.key, item.sha256)).header.objects;
}

/** Parts of one snapshot are locked from the time at which each was read: before its manifest, by less than this. */
const SAME_LOCK_MS = 24 * 3600 * 1000;

/**
 * Manifest and objects stay locked at least until then. True where the manifest was not locked for so long.
 * IntegrityError `object-missing` where one of them is gone.
 */
export async function lengthenLock(deps: ExpireDeps, item: Listed, until: Date): Promise<boolean> {
  const locked = (await deps.vault.head(item.key))?.retainUntil.getTime() ?? 0;
  if (locked >= until.getTime() + SAME_LOCK_MS) return false;
  // Objects first: a manifest that is locked long says that all that it needs is.
  const keys = (await objectsOf(deps, item)).map(object => object.key);
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    await Promise.all(keys.slice(start, start + AT_ONCE).map(key => deps.vault.extendRetention(key, until)));
  }
  await deps.vault.extendRetention(item.key, until);
  return locked < until.getTime();
}

const AT_ONCE = 16;

/** False where the vault keeps it: that is reported, and no reason to stop. */
export async function removeObject(
  deps: Pick<ExpireDeps, 'vault'>,
  key: string,
  result: Pick<ExpiryResult, 'kept'>,
): Promise<boolean> {
  // Several backups that go together may share an object: it goes, and counts, once.
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
