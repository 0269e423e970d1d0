/**
 * The vault on a file system, for one machine or a mounted volume. Write-once is enforced: an object appears under its
 * name by link(), which never replaces, with all of its bytes already on disk; it is read-only from then on; and it
 * cannot be deleted through this adapter while its retention or a hold stands. (Whoever may write to the directory can
 * still remove files: for protection against that person, use a bucket with Object Lock.)
 *
 *     objects/  one file per object (bytes, then a trailer)     locks/  later retention and holds     tmp/  being written
 */
import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, link, open, readdir, rm, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { HoldfastError } from '../domain/errors.ts';
import type { Clock, PutOptions, StoredObject, Vault } from '../ports.ts';
import { makeDirectory, syncDirectory } from './durable-file.ts';
import { changeLock, forgetLocks, type ObjectLock, readLock } from './object-locks.ts';
import { encodeTrailer, type ObjectTrailer, readTrailer, truncated } from './object-trailer.ts';
import { objectExists, objectLocked, objectMissing, storageFailure } from './vault-errors.ts';
import { entryName, objectPath, prefixDirectory } from './vault-path.ts';

const LEFTOVER_MS = 24 * 3600 * 1000;
const LISTED_AT_ONCE = 16;
const HOST = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-');

/** Opens (and makes, where there is none) the vault in this directory. StorageError `vault-unreachable`. */
export async function openFileVault(root: string, clock: Clock): Promise<Vault> {
  const objects = join(root, 'objects');
  const locks = join(root, 'locks');
  const temporary = join(root, 'tmp');
  const known = new Set<string>();
  try {
    for (const directory of [objects, locks, temporary]) await makeDirectory(directory);
    await removeLeftovers(temporary);
  } catch (cause) {
    throw storageFailure(cause, 'cannot be opened');
  }

  async function ensureDirectory(path: string): Promise<void> {
    if (known.has(path)) return;
    await makeDirectory(path);
    known.add(path);
  }

  async function describe(file: FileHandle, key: string): Promise<StoredObject & { trailer: ObjectTrailer }> {
    const trailer = await readTrailer(file, key);
    const lock = (await readLock(locks, trailer.id))?.lock ?? trailer;
    return { ...describeTrailer(key, trailer, lock), trailer };
  }

  async function present(key: string): Promise<StoredObject & { trailer: ObjectTrailer }> {
    return withObject(objects, key, file => describe(file, key));
  }

  const vault: Vault = {
    async put(key, body, options) {
      const path = objectPath(objects, key);
      const written = join(temporary, `${HOST}.${process.pid}.${randomBytes(8).toString('hex')}`);
      try {
        if (await exists(path)) throw objectExists(key);
        await ensureDirectory(dirname(path));
        const trailer = await writeObject(written, body, options, clock);
        await link(written, path);
        await syncDirectory(dirname(path));
        return describeTrailer(key, trailer, trailer);
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw objectExists(key);
        throw storageFailure(cause, 'cannot store an object');
      } finally {
        await unlink(written).catch(() => {});
      }
    },

    get(key, range) {
      return withObject(objects, key, async file => {
        const { bytes } = await readTrailer(file, key);
        const offset = range?.offset ?? 0;
        const length = range?.length ?? bytes;
        if (offset + length > bytes) throw truncated(key);
        return readExactly(file, key, offset, length);
      });
    },

    async head(key) {
      try {
        const { trailer: _, ...object } = await present(key);
        return object;
      } catch (error) {
        if (error instanceof HoldfastError && error.code === 'object-missing') return undefined;
        throw error;
      }
    },

    async *list(prefix, after) {
      const { directory, keys } = prefixDirectory(objects, prefix);
      let waiting: Promise<StoredObject | undefined>[] = [];
      for await (const key of walk(directory, keys, prefix, after ?? '')) {
        const object = vault.head(key);
        object.catch(() => {});
        waiting.push(object);
        if (waiting.length < LISTED_AT_ONCE) continue;
        for (const listed of await Promise.all(waiting)) if (listed) yield listed;
        waiting = [];
      }
      for (const listed of await Promise.all(waiting)) if (listed) yield listed;
    },

    keys(prefix, after) {
      const { directory, keys } = prefixDirectory(objects, prefix);
      return walk(directory, keys, prefix, after ?? '');
    },

    async extendRetention(key, until) {
      const { trailer } = await present(key);
      await changeLock(locks, trailer.id, trailer, lock =>
        until.getTime() > lock.retainUntil ? { ...lock, retainUntil: until.getTime() } : undefined,
      ).catch(rethrow('cannot lengthen a retention'));
    },

    async setHold(key, hold) {
      const { trailer } = await present(key);
      await changeLock(locks, trailer.id, trailer, lock => (lock.hold === hold ? undefined : { ...lock, hold })).catch(
        rethrow('cannot change a hold'),
      );
    },

    async delete(key) {
      const object = await vault.head(key);
      if (object === undefined) return;
      if (object.hold || object.retainUntil > clock.now()) throw objectLocked(key, object);
      const { trailer } = await present(key);
      const path = objectPath(objects, key);
      await unlink(path).catch(rethrow('cannot delete an object'));
      await syncDirectory(dirname(path));
      await forgetLocks(locks, trailer.id);
    },
  };
  return vault;
}

/** Writes bytes and trailer to a new file and syncs it. The digest is taken while the bytes pass. */
async function writeObject(
  path: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  options: PutOptions,
  clock: Clock,
): Promise<ObjectTrailer> {
  const digest = createHash('sha256');
  const file = await open(path, 'wx', 0o444);
  try {
    let bytes = 0;
    for await (const piece of body instanceof Uint8Array ? [body] : body) {
      const writing = writeFully(file, piece, bytes);
      digest.update(piece);
      await writing;
      bytes += piece.byteLength;
    }
    const trailer: ObjectTrailer = {
      format: 'holdfast.object/1',
      id: randomBytes(8).toString('hex'),
      bytes,
      sha256: digest.digest('hex'),
      storedAt: clock.now().getTime(),
      retainUntil: options.retainUntil.getTime(),
      hold: options.hold ?? false,
    };
    await writeFully(file, encodeTrailer(trailer), bytes);
    await file.sync();
    return trailer;
  } finally {
    await file.close();
  }
}

/** One write may take fewer bytes than it was given (a disk that fills up): the next says why. */
async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    done += (await file.write(bytes, done, bytes.byteLength - done, position + done)).bytesWritten;
  }
}

async function readExactly(file: FileHandle, key: string, offset: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw truncated(key);
    done += bytesRead;
  }
  return bytes;
}

async function withObject<T>(objects: string, key: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    file = await open(objectPath(objects, key), 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw storageFailure(cause, 'cannot be read');
    throw objectMissing(key);
  }
  try {
    return await work(file);
  } catch (cause) {
    throw storageFailure(cause, 'cannot be read');
  } finally {
    await file.close();
  }
}

/** Keys below a directory, behind the key `after`, in UTF-8 order: an object's segment against a directory's segment with its slash. */
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
    // A directory that sorts before it holds nothing behind it, unless it lies inside.
    if (before && !(entry.inner && after.startsWith(entry.key))) continue;
    if (entry.inner && (entry.key.startsWith(prefix) || prefix.startsWith(entry.key)))
      yield* walk(join(directory, entry.file), entry.key, prefix, after);
    if (!entry.inner && entry.key.startsWith(prefix)) yield entry.key;
  }
}

/** What a killed process left: never listed, and removed when the process is gone or a day has passed. */
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
