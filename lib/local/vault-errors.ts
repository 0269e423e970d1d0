/** Errors of the file vault: codes as in ports.ts, with the file system's error as the cause. */
import { HoldfastError, StorageError } from '../domain/errors.ts';

/** Returns our own errors unchanged; maps the file system's to StorageError `vault-full` or `vault-unreachable`. */
export function storageFailure(cause: unknown, what: string): unknown {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (
    cause instanceof HoldfastError ||
    typeof code !== 'string' ||
    (cause as NodeJS.ErrnoException).syscall === undefined
  )
    return cause;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new StorageError('vault-full', 'There is no space left in the vault.', {
      hint: 'Free space on the volume of the vault directory, then run the same command again; no partial object was kept.',
      cause,
      details: { code },
    });
  }
  return new StorageError('vault-unreachable', `The vault ${what} (${code}).`, {
    hint: 'Check that the vault directory exists, is mounted, and is readable and writable by this user.',
    cause,
    details: { code },
  });
}
