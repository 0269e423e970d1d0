/**
 * Archives of one tenant at the end of their retention. Each is locked for all of it from the beginning; a policy that was
 * lengthened since lengthens the lock. Order and last word as for every backup (remove-backup.ts): nothing that is held or
 * locked goes.
 */
import { archiveEnd } from '../../domain/archive.ts';
import type { RetentionPolicy } from '../../domain/retention.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { archives } from '../catalog/catalog-index.ts';
import { type ExpireDeps, type ExpiryResult, lengthenLock, removable, removeBackups } from './remove-backup.ts';

/** `policy`: undefined for a tenant that was destroyed, nothing of which is kept. */
export async function expireArchives(
  deps: ExpireDeps,
  owner: TenantRef,
  policy: RetentionPolicy | undefined,
  result: ExpiryResult,
): Promise<void> {
  const now = deps.clock.now();
  const listed = await archives.list(deps.catalog, owner);
  const isOver = (item: (typeof listed)[number]) => policy === undefined || archiveEnd(item, policy) <= now;
  for (const item of listed.filter(each => !isOver(each)))
    if (policy && (await lengthenLock(deps, item, archiveEnd(item, policy)))) result.lengthened += 1;
  const items = await removable(deps, listed.filter(isOver), result);
  const forget = ({ id }: { readonly id: string }) => [archives.remove(owner, id)];
  await removeBackups(deps, { owner, items, forget, needed: new Set(), atOnce: 1 }, result);
}
