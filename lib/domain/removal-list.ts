/**
 * What an expiry in the primary region removes, signed, for the other regions: S3 replicates no deletion of a version. It
 * is written before anything is removed, so that a crash leaves a list of objects that are still there, and never removed
 * objects without a list. A region removes a listed object only if it is gone from the primary.
 */
import * as z from 'zod';
import { LOG_PREFIX, tenantPrefix } from './object-key.ts';
import { SYSTEM, TenantRef } from './tenant.ts';

/** Lock of a list, in days; after `REMOVAL_LIST_DAYS` a lifecycle rule of each region removes it. */
export const REMOVAL_LOCK_DAYS = 7;
export const REMOVAL_LIST_DAYS = 60;

export const RemovalList = z.object({
  format: z.literal('holdfast.removal/1'),
  /** The tenant whose backups expired; `system` for the log. */
  owner: TenantRef,
  at: z.string(),
  keys: z.array(z.string()),
});
export type RemovalList = z.infer<typeof RemovalList>;

/** The listed keys that an expiry for this owner can have removed. */
export function rightfulKeys({ owner, keys }: RemovalList): string[] {
  const prefix = owner === SYSTEM ? LOG_PREFIX : tenantPrefix(owner);
  return keys.filter(key => key.startsWith(prefix));
}
