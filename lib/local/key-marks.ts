/**
 * The files of the local keyring that say that a key must not be used: `REF.pending` has the end of a countdown,
 * `REF.destroyed` is final. Invariant: a mark is durable before anything that it announces, and removed after.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, StorageError } from '../domain/errors.ts';
import { createDurably, removeDurably } from './durable-file.ts';

const REFERENCE = /^[a-z0-9-]{1,64}$/;

/** False where it was marked before. */
export async function markDestroyedFile(directory: string, owner: string): Promise<boolean> {
  return createMark(markFile(directory, owner, 'destroyed'), new Date());
}

/** Only while nothing of the key was removed. */
export async function unmarkDestroyed(directory: string, owner: string): Promise<void> {
  await removeMark(markFile(directory, owner, 'destroyed'));
}

export async function isMarkedDestroyed(directory: string, owner: string): Promise<boolean> {
  return fileExists(markFile(directory, owner, 'destroyed'));
}

/** Keeps the date of an existing mark. */
export async function markPendingFile(directory: string, owner: string, until: Date): Promise<void> {
  await createMark(markFile(directory, owner, 'pending'), until);
}

/** ISO 8601; undefined where no countdown runs. A damaged mark still is one. */
export async function pendingUntil(directory: string, owner: string): Promise<string | undefined> {
  try {
    const text = (await readFile(markFile(directory, owner, 'pending'), 'utf8')).trim();
    return Number.isNaN(Date.parse(text)) ? 'an unknown day' : text;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreachable(cause);
  }
}

export async function unmarkPending(directory: string, owner: string): Promise<void> {
  await removeMark(markFile(directory, owner, 'pending'));
}

async function removeMark(path: string): Promise<void> {
  await removeDurably(path).catch(error => {
    if (error.code !== 'ENOENT') throw unreachable(error);
  });
}

/** False where there is one. */
async function createMark(path: string, date: Date): Promise<boolean> {
  try {
    await createDurably(path, `${date.toISOString()}\n`, 0o400);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unreachable(error);
    return false;
  }
}

export function keyFile(directory: string, owner: string): string {
  if (!REFERENCE.test(owner)) {
    throw new InputError('bad-tenant-reference', 'A key was requested under a name that is not a tenant reference.', {
      hint: 'Holdfast derives tenant references from the installation and the tenant id.',
      retry: 'never',
    });
  }
  return join(directory, `${owner}.key`);
}

function markFile(directory: string, owner: string, mark: 'pending' | 'destroyed'): string {
  return keyFile(directory, owner).replace(/key$/, mark);
}

export async function fileExists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw unreachable(cause);
  }
}

export function unreachable(cause: unknown): StorageError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  return new StorageError('keyring-unreachable', `The keys directory cannot be used (${code}).`, {
    hint: 'Check that the keys directory exists, is mounted, and belongs to this user.',
    cause,
    details: { code },
  });
}
