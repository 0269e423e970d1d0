/**
 * The vault on a file system, for one machine or a mounted volume. Write-once is enforced: an object appears under its
 * name by link(), which never replaces, with all of its bytes already on disk; it is read-only from then on; and it
 * cannot be deleted through this adapter while it has a retention or a hold. (Anyone with write access to the directory
 * can still remove files: to protect against that, use a bucket with Object Lock.)
 *
 *     objects/  one file per object (bytes, then a trailer)     locks/  later retention and holds     tmp/  being written
 */
import { randomBytes } from 'node:crypto';
import { link, readdir, rm, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { HoldfastError } from '../domain/errors.ts';
import { objectExists, objectLocked } from '../domain/object-errors.ts';
import type { Clock, PutOptions, StoredObject, Vault } from '../ports.ts';
import { makeDirectory, syncDirectory } from './durable-file.ts';
import { readObjectPart, withObject, writeObject } from './object-file.ts';
import { changeLock, forgetLocks, type ObjectLock, readLock } from './object-locks.ts';
import { type ObjectTrailer, readTrailer } from './object-trailer.ts';
import { storageFailure } from './vault-errors.ts';
import { entryName, objectPath, prefixDirectory } from './vault-path.ts';

const LEFTOVER_MS = 24 * 3600 * 1000;
const LISTED_AT_ONCE = 16;
const HOST = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-');

/** Directories of one vault, and the subdirectories known to exist. */
interface VaultPlace {
  readonly objects: string;
  readonly locks: string;
  readonly temporary: string;
  readonly known: Set<string>;
}

interface PresentObject extends StoredObject {
  readonly trailer: ObjectTrailer;
}

/** Opens the vault in this directory; creates it if missing. StorageError `vault-unreachable`. */
export async function openFileVault(root: string, clock: Clock): Promise<Vault> {
  const place = await openPlace(root);
  const { objects } = place;
  const keys = (prefix: string, after = '') => {
    const { directory, keys: begin } = prefixDirectory(objects, prefix);
    return walk(directory, begin, prefix, after);
  };
  return {
    put: (key, body, options) => store(place, clock, key, body, options),
    get: (key, range) => withObject(objects, key, file => readObjectPart(file, key, range)),
    head: key => look(place, key),
    list: (prefix, after) => listObjects(place, keys(prefix, after)),
    keys,
    async extendRetention(key, until) {
      await relock(place, key, 'cannot lengthen a retention', lock =>
        until.getTime() > lock.retainUntil ? { ...lock, retainUntil: until.getTime() } : undefined,
      );
    },
    async setHold(key, hold) {
      await relock(place, key, 'cannot change a hold', lock => (lock.hold === hold ? undefined : { ...lock, hold }));
    },
    delete: key => deleteObject(place, clock, key),
  };
}

/**
 * The same, and StorageError `vault-unreachable` where there is none: an empty directory in its place (a file system that is
 * not mounted) is no vault.
 */
export async function openExistingVault(root: string, clock: Clock): Promise<Vault> {
  await stat(join(root, 'objects')).catch(cause => {
    throw storageFailure(cause, 'cannot be opened');
  });
  return openFileVault(root, clock);
}

async function openPlace(root: string): Promise<VaultPlace> {
  const place = {
    ...{ objects: join(root, 'objects'), locks: join(root, 'locks'), temporary: join(root, 'tmp') },
    known: new Set<string>(),
  };
  try {
    for (const directory of [place.objects, place.locks, place.temporary]) await makeDirectory(directory);
    await removeLeftovers(place.temporary);
  } catch (cause) {
    throw storageFailure(cause, 'cannot be opened');
  }
  return place;
}

async function store(
  { objects, temporary, known }: VaultPlace,
  clock: Clock,
  key: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<StoredObject> {
  const path = objectPath(objects, key);
  const written = join(temporary, `${HOST}.${process.pid}.${randomBytes(8).toString('hex')}`);
  try {
    if (await exists(path)) throw objectExists(key);
    const directory = dirname(path);
    if (!known.has(directory)) await makeDirectory(directory);
    known.add(directory);
    const trailer = await writeObject(written, body, options, clock);
    await link(written, path);
    await syncDirectory(directory);
    return describeTrailer(key, trailer, trailer);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw objectExists(key);
    throw storageFailure(cause, 'cannot store an object');
  } finally {
    await unlink(written).catch(() => {});
  }
}

/** IntegrityError `object-missing`. */
function present({ objects, locks }: VaultPlace, key: string): Promise<PresentObject> {
  return withObject(objects, key, async file => {
    const trailer = await readTrailer(file, key);
    const lock = (await readLock(locks, trailer.id))?.lock ?? trailer;
    return { ...describeTrailer(key, trailer, lock), trailer };
  });
}

async function look(place: VaultPlace, key: string): Promise<StoredObject | undefined> {
  try {
    const { trailer: _, ...object } = await present(place, key);
    return object;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'object-missing') return undefined;
    throw error;
  }
}

async function* listObjects(place: VaultPlace, keys: AsyncIterable<string>): AsyncGenerator<StoredObject> {
  let waiting: Promise<StoredObject | undefined>[] = [];
  for await (const key of keys) {
    const object = look(place, key);
    object.catch(() => {});
    waiting.push(object);
    if (waiting.length < LISTED_AT_ONCE) continue;
    for (const listed of await Promise.all(waiting)) if (listed) yield listed;
    waiting = [];
  }
  for (const listed of await Promise.all(waiting)) if (listed) yield listed;
}

async function relock(
  place: VaultPlace,
  key: string,
  failure: string,
  change: (lock: ObjectLock) => ObjectLock | undefined,
): Promise<void> {
  const { trailer } = await present(place, key);
  await changeLock(place.locks, trailer.id, trailer, change).catch(rethrow(failure));
}

async function deleteObject(place: VaultPlace, clock: Clock, key: string): Promise<void> {
  const object = await look(place, key);
  if (object === undefined) return;
  if (object.hold || object.retainUntil > clock.now()) throw objectLocked(key, object);
  const { trailer } = await present(place, key);
  const path = objectPath(place.objects, key);
  await unlink(path).catch(rethrow('cannot delete an object'));
  await syncDirectory(dirname(path));
  await forgetLocks(place.locks, trailer.id);
}

/** Keys below a directory after the key `after`, in UTF-8 order: an object's segment compares with a directory's segment and its slash. */
async function* walk(directory: string, keys: string, prefix: string, after: string): AsyncGenerator<string> {
  const found = await readdir(directory, { withFileTypes: true }).catch(error => {
    if (error.code === 'ENOENT') return [];
    throw storageFailure(error, 'cannot be listed');
  });
  const entries = found.flatMap(entry => {
    const name = entryName(entry.name, entry.isDirectory());
    return name === undefined
      ? []
      : [{ file: entry.name, key: keys + name, bytes: Buffer.from(name), inner: entry.isDirectory() }];
  });
  for (const entry of entries.sort((a, b) => Buffer.compare(a.bytes, b.bytes))) {
    const before = Buffer.compare(Buffer.from(entry.key), Buffer.from(after)) <= 0;
    // A directory that sorts before `after` contains no later key, unless `after` lies inside it.
    if (before && !(entry.inner && after.startsWith(entry.key))) continue;
    if (entry.inner && (entry.key.startsWith(prefix) || prefix.startsWith(entry.key)))
      yield* walk(join(directory, entry.file), entry.key, prefix, after);
    if (!entry.inner && entry.key.startsWith(prefix)) yield entry.key;
  }
}

/** Removes the files of killed processes, which are never listed: once the process is gone or a day has passed. */
async function removeLeftovers(temporary: string): Promise<void> {
  for (const name of await readdir(temporary)) {
    const [host, pid] = name.split('.');
    const path = join(temporary, name);
    const written = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now();
    if ((host === HOST && !isRunning(Number(pid))) || Date.now() - written > LEFTOVER_MS)
      await rm(path, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function describeTrailer(key: string, trailer: ObjectTrailer, lock: ObjectLock): StoredObject {
  const { bytes, sha256 } = trailer;
  return {
    key,
    bytes,
    sha256,
    storedAt: new Date(trailer.storedAt),
    retainUntil: new Date(lock.retainUntil),
    hold: lock.hold,
  };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function rethrow(what: string): (cause: unknown) => never {
  return cause => {
    throw storageFailure(cause, what);
  };
}
