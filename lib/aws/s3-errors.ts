/** Errors of the S3 vault: codes as in ports.ts, with the service's error as the cause. */
import { HoldfastError, IntegrityError, StorageError } from '../domain/errors.ts';
import { REPLICA_HINT } from '../domain/object-errors.ts';
import { faultName, faultStatus, serviceFailure } from './transient.ts';

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

export function notLocked(key: string, bucket: string): StorageError {
  return new StorageError('object-not-locked', `The object ${key} was stored without the requested lock.`, {
    hint: `Turn on versioning and Object Lock of the bucket ${bucket}: the vault stack does. The object is not part of any backup.`,
    details: { object: key },
  });
}

export function isMissing(error: unknown): boolean {
  return ['NoSuchKey', 'NotFound', 'NoSuchVersion'].includes(faultName(error));
}

/**
 * Also S3's answer for an object that does not exist, to a caller that cannot list the bucket. Listing the key itself
 * distinguishes the two.
 */
export function isDenied(error: unknown): boolean {
  return faultStatus(error) === 403;
}

/** 412: the key already existed when the write arrived. */
export function isTaken(error: unknown): boolean {
  return faultName(error) === 'PreconditionFailed' || faultStatus(error) === 412;
}

/** Returns our own errors unchanged; maps the service's to StorageError `vault-full`, `vault-unreachable`, `access-denied`. */
export function vaultFailure(cause: unknown, bucket: string): unknown {
  if (cause instanceof HoldfastError) return cause;
  const status = faultStatus(cause);
  if (status === undefined && (cause as { $fault?: unknown } | undefined)?.$fault === undefined && !isNetwork(cause))
    return cause;
  if (status === 507 || faultName(cause) === 'QuotaExceeded') {
    return new StorageError('vault-full', 'There is no space left in the vault.', {
      hint: 'Free space on the S3 server of this vault, then run the same command again.',
      cause,
    });
  }
  if (status === 403) {
    return new StorageError('access-denied', `The role may not do this in the vault's bucket ${bucket}.`, {
      hint: 'Compare the policies of the role, the bucket and its KMS key with the vault stack.',
      cause,
      settles: true,
      details: { fault: faultName(cause) },
    });
  }
  return serviceFailure('vault-unreachable', `The vault's bucket ${bucket}`, cause);
}

/** Node.js gives connection errors a code; a failing source stream of the caller has none of these. */
function isNetwork(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return faultName(cause) === 'TimeoutError' || (typeof code === 'string' && /^E[A-Z]+$/.test(code));
}
