/**
 * Files that survive a power cut, for the local vault, keyring and signer. A name appears only after its content is on
 * disk (write elsewhere, fsync, link), and only once (link never replaces). Concurrent directory syncs are merged, because
 * a fleet run writes thousands of small objects at the same time.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A name in the same directory that readers ignore: no object or key file starts with `.`. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}`);
}

/** Creates the file with its complete content, durably. Error code EEXIST if it exists; it is then unchanged. */
export async function createDurably(path: string, content: Uint8Array | string, mode: number): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeSynced(temporary, content, mode);
    await link(temporary, path);
  } finally {
    await unlink(temporary).catch(() => {});
  }
  await syncDirectory(dirname(path));
}

/** The same where the file may exist: readers see the old or the new content, never a part. */
export async function replaceDurably(path: string, content: Uint8Array | string, mode: number): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeSynced(temporary, content, mode);
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(path));
}

export async function removeDurably(path: string): Promise<void> {
  await unlink(path);
  await syncDirectory(dirname(path));
}

async function writeSynced(path: string, content: Uint8Array | string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Creates the directory and its parents, each durable in its parent. */
export async function makeDirectory(path: string, mode = 0o755): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
}

interface Sync {
  running: Promise<void>;
  next: Promise<void> | undefined;
}

const syncs = new Map<string, Sync>();

/**
 * Makes the current entries of the directory durable. Calls that arrive during a sync share the next one: the running
 * sync may not include their entries.
 */
export function syncDirectory(path: string): Promise<void> {
  const current = syncs.get(path);
  if (current) {
    current.next ??= current.running.catch(() => {}).then(() => startSync(path));
    return current.next;
  }
  return startSync(path);
}

function startSync(path: string): Promise<void> {
  const sync: Sync = { running: fsyncDirectory(path), next: undefined };
  syncs.set(path, sync);
  const clear = () => {
    if (syncs.get(path) === sync && sync.next === undefined) syncs.delete(path);
  };
  sync.running.then(clear, clear);
  return sync.running;
}

async function fsyncDirectory(path: string): Promise<void> {
  let directory: FileHandle | undefined;
  try {
    directory = await open(path, 'r');
    await directory.sync();
  } finally {
    await directory?.close();
  }
}
