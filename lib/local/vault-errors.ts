/** What the file vault says when it refuses or fails: codes as in ports.ts, causes of the file system kept. */
import { HoldfastError, IntegrityError, StorageError } from '../domain/errors.ts';
import type { StoredObject } from '../ports.ts';

export function objectMissing(key: string): IntegrityError {
  return new IntegrityError('object-missing', `There is no object ${key} in the vault.`, {
    hint: 'Nothing was written. Bring the object back from a replica, or choose a target that another backup reaches.',
    details: { object: key },
  });
}

export function objectExists(key: string): StorageError {
  return new StorageError('object-exists', `The vault already has an object ${key}.`, {
    hint: 'Objects are never overwritten. Another run wrote it: look at what that run did before trying again.',
    details: { object: key },
  });
}

export function objectLocked(key: string, object: StoredObject): StorageError {
  const why = object.hold ? 'a hold stands' : `its retention lasts until ${object.retainUntil.toISOString()}`;
  return new StorageError('object-locked', `The object ${key} cannot be deleted: ${why}.`, {
    hint: object.hold ? 'Release the hold first.' : 'Wait until the retention has passed; nobody can shorten it.',
    details: { object: key, hold: object.hold, retainUntil: object.retainUntil.toISOString() },
  });
}

/** Our own errors pass; the file system's become StorageError `vault-full` or `vault-unreachable`. */
export function storageFailure(cause: unknown, what: string): unknown {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (
    cause instanceof HoldfastError ||
    typeof code !== 'string' ||
    (cause as NodeJS.ErrnoException).syscall === undefined
  )
    return cause;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new StorageError('vault-full', 'There is no room left in the vault.', {
      hint: 'Make room on the volume of the vault directory, then run the same command again: nothing half-written was kept.',
      cause,
      details: { code },
    });
  }
  return new StorageError('vault-unreachable', `The vault ${what} (${code}).`, {
    hint: 'Check that the vault directory exists, is mounted, and may be read and written by this user.',
    cause,
    details: { code },
  });
}
