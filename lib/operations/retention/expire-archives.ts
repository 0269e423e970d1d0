/**
 * Archives of one tenant: which are kept, and the end of their retention. Each is locked for all of it from the beginning; a policy that was
 * lengthened since lengthens the lock. Order and last word as for every backup (remove-backup.ts): nothing that is held or
 * locked goes.
 */
import { archiveEnd } from '../../domain/archive.ts';
import type { RetentionDecision, RetentionPolicy } from '../../domain/retention.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { type ArchiveItem, archives } from '../catalog/catalog-index.ts';
import { type ExpireDeps, type ExpiryResult, lengthenLock, removable, removeBackups } from './remove-backup.ts';

/** What an expiry at `now` does with each. `why`: all are kept, for that reason; `policy` undefined: none is. */
export function decideArchives(
  listed: readonly ArchiveItem[],
  policy: RetentionPolicy | undefined,
  now: Date,
  why?: string,
): RetentionDecision[] {
  return listed.map(item => {
    const { id, toTime, keep } = item;
    const backup = { id, kind: 'archive', fromTime: toTime, toTime } as const;
    const end = policy && archiveEnd(item, policy);
    const isKept = end !== undefined && end > now;
    if (!isKept && why === undefined)
      return { backup, keep: false, reasons: [policy ? 'its retention has ended' : "the tenant's key was destroyed"] };
    const reasons = [...(why === undefined ? [] : [why]), ...(isKept ? [`kept as ${keep}`] : [])];
    return { backup, keep: true, reasons, ...(isKept && { keepUntil: end.toISOString() }) };
  });
}

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
