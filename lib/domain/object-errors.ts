/** What every vault says when it refuses: the same words, whatever it is kept in. An adapter adds its own cause. */
import { IntegrityError, StorageError } from './errors.ts';

export const REPLICA_HINT =
  'Nothing was written. Restore the object from a replica, or choose a target that another backup reaches.';

export function objectMissing(key: string, cause?: unknown): IntegrityError {
  return new IntegrityError('object-missing', `There is no object ${key} in the vault.`, {
    hint: REPLICA_HINT,
    cause,
    details: { object: key },
  });
}

export function objectExists(key: string, cause?: unknown): StorageError {
  return new StorageError('object-exists', `The vault already has an object ${key}.`, {
    hint: 'Objects are never overwritten. Another run wrote this one: check that run before you try again.',
    cause,
    details: { object: key },
  });
}

export function objectLocked(
  key: string,
  object: { readonly hold: boolean; readonly retainUntil: Date },
  cause?: unknown,
): StorageError {
  const why = object.hold ? 'it is under legal hold' : `it is locked until ${object.retainUntil.toISOString()}`;
  return new StorageError('object-locked', `The object ${key} cannot be deleted: ${why}.`, {
    hint: object.hold ? 'Release the hold first.' : 'Wait until the retention ends; it cannot be shortened.',
    cause,
    details: { object: key, hold: object.hold, retainUntil: object.retainUntil.toISOString() },
  });
}

export function noSigningKey(keyId: string): StorageError {
  return new StorageError('no-signing-key', `There is no signing key ${keyId} in this installation.`, {
    hint: 'Check `keys` in the configuration, or name the former signing key in the deployment.',
    details: { keyId },
  });
}
