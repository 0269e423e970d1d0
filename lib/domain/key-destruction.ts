/**
 * Rules of destroying a tenant's key that every keyring follows.
 *
 * Invariant: the keys of `system` (the log's manifests) and `auditors` (the audit trail and the records of governance)
 * are never destroyed: everything that proves a destruction is sealed under them.
 */
import { HoldfastError, InputError, StorageError } from './errors.ts';
import { AUDITORS, SYSTEM, type TenantRef } from './tenant.ts';

/** Limits of KMS's waiting period, in days; the same on one machine. */
export const COUNTDOWN_DAYS = { least: 7, default: 7, most: 30 } as const;

const DAY_MS = 24 * 3600 * 1000;

/** InputError `not-a-tenant`. */
export function requireDestructible(owner: TenantRef): void {
  if (owner !== SYSTEM && owner !== AUDITORS) return;
  throw new InputError('not-a-tenant', `The key of ${owner} can never be destroyed.`, {
    hint: 'It belongs to no tenant: without it, no log and no record of this installation could be read.',
  });
}

/** When a countdown that begins now ends. InputError `bad-countdown`. */
export function countdownEnd(now: Date, days: number): Date {
  const { least, most } = COUNTDOWN_DAYS;
  if (Number.isInteger(days) && days >= least && days <= most) return new Date(now.getTime() + days * DAY_MS);
  throw new InputError('bad-countdown', `A countdown of ${days} days is not possible.`, {
    hint: `Choose a whole number of days from ${least} to ${most}.`,
  });
}

/** `until`: of a countdown that can still be cancelled. */
export function keyDestroyed(owner: string, until?: string): StorageError {
  if (until === undefined) {
    return new StorageError('key-destroyed', `The key of ${owner} was destroyed.`, {
      hint: 'Data sealed under it cannot be opened any more. A returning tenant needs a new tenant id.',
    });
  }
  return new StorageError('key-destroyed', `The key of ${owner} is being destroyed, for good on ${until}.`, {
    hint: 'It opens nothing now. Until that day, `holdfast destroy cancel TENANT` brings it back.',
    details: { owner, until },
  });
}

/** Also while a countdown runs. */
export function isKeyDestroyed(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'key-destroyed';
}
