/** Tells the other regions what an expiry is about to remove: see domain/removal-list.ts. */
import { newId } from '../../domain/new-id.ts';
import { removalListKey } from '../../domain/object-key.ts';
import { REMOVAL_LOCK_DAYS, type RemovalList } from '../../domain/removal-list.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { putSigned } from '../storage/signed-document.ts';

export interface AnnounceDeps extends Pick<Deps, 'vault' | 'signer' | 'clock'> {
  /** For ids. Absent: there is no other region to tell. */
  readonly announce?: Deps['random'];
}

const DAY_MS = 24 * 3600 * 1000;

/** Nothing without other regions, or for nothing. */
export async function announceRemoval(deps: AnnounceDeps, owner: TenantRef, keys: readonly string[]): Promise<void> {
  if (deps.announce === undefined || keys.length === 0) return;
  const now = deps.clock.now();
  const list: RemovalList = { format: 'holdfast.removal/1', owner, at: now.toISOString(), keys: [...new Set(keys)] };
  const key = removalListKey(newId({ clock: deps.clock, random: deps.announce }, now));
  await putSigned(deps, key, list, { retainUntil: new Date(now.getTime() + REMOVAL_LOCK_DAYS * DAY_MS) });
}
