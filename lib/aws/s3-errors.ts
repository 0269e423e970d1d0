/** What the S3 vault says when it refuses or fails: codes as in ports.ts, the service's error kept as the cause. */
import { HoldfastError, IntegrityError, StorageError } from '../domain/errors.ts';
import type { StoredObject } from '../ports.ts';
import { faultName, faultStatus, serviceFailure } from './transient.ts';

const REPLICA_HINT =
  'Nothing was written. Bring the object back from a replica, or choose a target that another backup reaches.';

export function objectMissing(key: string, cause?: unknown): IntegrityError {
  return new IntegrityError('object-missing', `There is no object ${key} in the vault.`, {
    hint: REPLICA_HINT,
    cause,
    details: { object: key },
  });
}

export function objectTruncated(key: string, cause?: unknown): IntegrityError {
  return new IntegrityError('object-truncated', `The object ${key} is shorter than its manifest says.`, {
    hint: REPLICA_HINT,
    cause,
    details: { object: key },
  });
}

export function objectAltered(key: string): IntegrityError {
  return new IntegrityError('object-altered', `The object ${key} does not hold the bytes that were stored.`, {
    hint: REPLICA_HINT,
    details: { object: key },
  });
}

export function objectExists(key: string, cause?: unknown): StorageError {
  return new StorageError('object-exists', `The vault already has an object ${key}.`, {
    hint: 'Objects are never overwritten. Another run wrote it: look at what that run did before trying again.',
    cause,
    details: { object: key },
  });
}

export function objectLocked(
  key: string,
  object: Pick<StoredObject, 'hold' | 'retainUntil'>,
  cause: unknown,
): StorageError {
  const why = object.hold ? 'a hold stands' : `its retention lasts until ${object.retainUntil.toISOString()}`;
  return new StorageError('object-locked', `The object ${key} cannot be deleted: ${why}.`, {
    hint: object.hold ? 'Release the hold first.' : 'Wait until the retention has passed; nobody can shorten it.',
    cause,
    details: { object: key, hold: object.hold, retainUntil: object.retainUntil.toISOString() },
  });
}

export function notLocked(key: string, bucket: string): StorageError {
  return new StorageError('object-not-locked', `The object ${key} was stored without the lock that it was sent with.`, {
    hint: `Turn on versioning and Object Lock of the bucket ${bucket}: the vault stack does. The object is not part of any backup.`,
    details: { object: key },
  });
}

export function isMissing(error: unknown): boolean {
  return ['NoSuchKey', 'NotFound', 'NoSuchVersion'].includes(faultName(error));
}

/**
 * Also what S3 says of an object that does not exist to who may not list the whole bucket. A listing of the key itself
 * tells the two apart.
 */
export function isDenied(error: unknown): boolean {
  return faultStatus(error) === 403;
}

/** 412: the key was taken when the write arrived. */
export function isTaken(error: unknown): boolean {
  return faultName(error) === 'PreconditionFailed' || faultStatus(error) === 412;
}

/** Our own errors pass; the service's become StorageError `vault-full`, `vault-unreachable` or `access-denied`. */
export function vaultFailure(cause: unknown, bucket: string): unknown {
  if (cause instanceof HoldfastError) return cause;
  const status = faultStatus(cause);
  if (status === undefined && (cause as { $fault?: unknown } | undefined)?.$fault === undefined && !isNetwork(cause))
    return cause;
  if (status === 507 || faultName(cause) === 'QuotaExceeded') {
    return new StorageError('vault-full', 'There is no room left in the vault.', {
      hint: 'Make room on the S3 server behind this vault, then run the same command again.',
      cause,
    });
  }
  if (status === 403) {
    return new StorageError('access-denied', `The role may not do this in the vault's bucket ${bucket}.`, {
      hint: 'Compare the policies of the role, the bucket and its KMS key with the vault stack.',
      cause,
      details: { fault: faultName(cause) },
    });
  }
  return serviceFailure('vault-unreachable', `The vault's bucket ${bucket}`, cause);
}

/** Node.js gives faults of the connection a code; a broken source that the caller gave us has none of these. */
function isNetwork(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return faultName(cause) === 'TimeoutError' || (typeof code === 'string' && /^E[A-Z]+$/.test(code));
}
