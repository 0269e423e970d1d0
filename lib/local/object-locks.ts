/**
 * Changes of an object's retention and hold: numbered files in a directory named after the object's id; the greatest
 * number is in force and never decreases. Each is created with link(), which fails if the number exists: if two processes
 * change the same object at once, the second reads again and builds on the first, so no extension and no hold is ever lost.
 */
import { readdir, readFile, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { StorageError } from '../domain/errors.ts';
import { createDurably, makeDirectory } from './durable-file.ts';

export const ObjectLock = z.object({ retainUntil: z.number(), hold: z.boolean() });
export type ObjectLock = z.infer<typeof ObjectLock>;

function lockDirectory(root: string, id: string): string {
  return join(root, id.slice(0, 2), id);
}

/** The lock in force; undefined if it has not changed since the object was stored. */
export async function readLock(root: string, id: string): Promise<{ number: number; lock: ObjectLock } | undefined> {
  const directory = lockDirectory(root, id);
  for (;;) {
    const number = Math.max(0, ...(await lockNumbers(directory)));
    if (number === 0) return undefined;
    try {
      return { number, lock: ObjectLock.parse(JSON.parse(await readFile(join(directory, String(number)), 'utf8'))) };
    } catch (error) {
      // Superseded and removed between listing and reading: list again.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw new StorageError('vault-damaged', 'A retention record of the file vault cannot be read.', {
        hint: 'Restore the locks directory of the vault from a copy; until then the object counts as locked.',
        cause: error,
      });
    }
  }
}

async function lockNumbers(directory: string): Promise<number[]> {
  try {
    return (await readdir(directory)).filter(name => /^\d+$/.test(name)).map(Number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Stores the result of `change(lock in force)` durably; undefined means that nothing changes. `change` must be idempotent:
 * it is applied again if another change was made at the same time.
 */
export async function changeLock(
  root: string,
  id: string,
  stored: ObjectLock,
  change: (lock: ObjectLock) => ObjectLock | undefined,
): Promise<void> {
  for (;;) {
    const found = await readLock(root, id);
    const next = change(found?.lock ?? stored);
    if (next === undefined) return;
    const directory = lockDirectory(root, id);
    const number = (found?.number ?? 0) + 1;
    await makeDirectory(directory);
    try {
      await createDurably(join(directory, String(number)), JSON.stringify(next), 0o444);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    if (found) await unlink(join(directory, String(found.number))).catch(() => {});
    if (Math.max(...(await lockNumbers(directory))) === number) return;
    // A greater number is in force: this one may have been free only because its first change was superseded and removed.
    await unlink(join(directory, String(number))).catch(() => {});
  }
}

/** Call after the object itself was deleted. */
export async function forgetLocks(root: string, id: string): Promise<void> {
  await rm(lockDirectory(root, id), { recursive: true, force: true });
}
