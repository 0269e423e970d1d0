/**
 * Changes of a tenant with a destroyed key, which the application still writes: they cannot be sealed, and stop nobody
 * else. A run counts them in its signed manifest, people are told once a day, and while the destruction can still be
 * cancelled, a gap says that the tenant's log is no longer complete.
 *
 * Invariant: shipping does not depend on the notice.
 */
import * as z from 'zod';
import { HoldfastError } from '../../domain/errors.ts';
import type { DiscardedChanges } from '../../domain/log-manifest.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { gapEnd } from '../../domain/table-gaps.ts';
import { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { backups, gaps, tenants } from '../catalog/catalog-index.ts';
import { one } from '../catalog/typed-items.ts';
import type { RoutedLog } from './route-log.ts';

const PARTITION = 'destroyed-tenant-writes';
const TOLD_MS = 24 * 3600 * 1000;

/** Since the tenant's key was destroyed. At least: a run that was adopted after a crash is not counted again. */
export const DiscardedItem = z.object({
  ref: TenantRef,
  transactions: z.number(),
  changes: z.number(),
  since: z.string(),
  last: z.string(),
  toldAt: z.string().nullable(),
});
export type DiscardedItem = z.infer<typeof DiscardedItem>;

/** Undefined: none since. */
export async function discardedOf({ catalog }: Pick<Deps, 'catalog'>, tenant: TenantRef) {
  return one(catalog, PARTITION, tenant, DiscardedItem);
}

/** Those without a gap yet. Once a key is gone for good, nothing can be recovered, and no gap is needed. */
export async function newlyDiscarded(
  { catalog }: Pick<Deps, 'catalog'>,
  discarded: readonly DiscardedChanges[],
): Promise<RoutedLog['broken']> {
  const broken = new Map<TenantRef, 'key-destroyed'>();
  for (const { tenant } of discarded) {
    const item = await tenants.get(catalog, tenant);
    if (item === undefined || item.destruction === 'done' || item.tenantId === null) continue;
    const known = (await gaps.list(catalog, tenant)).findLast(gap => gap.reason === 'key-destroyed');
    if (known === undefined || (await hasSnapshotSince(catalog, tenant, gapEnd(known)))) {
      broken.set(tenant, 'key-destroyed');
    }
  }
  return broken;
}

/** A gap is covered by the first snapshot after it, which there cannot be before the destruction was cancelled. */
async function hasSnapshotSince(catalog: Deps['catalog'], tenant: TenantRef, end: string | null): Promise<boolean> {
  if (end === null) return false;
  const own = await backups.list(catalog, tenant);
  return own.some(item => item.kind === 'snapshot' && parseLsn(item.from) >= parseLsn(end));
}

export async function noticeDiscarded(
  deps: Pick<Deps, 'catalog' | 'clock' | 'notifier'>,
  discarded: readonly DiscardedChanges[],
): Promise<void> {
  for (const counts of discarded) {
    await noticeOne(deps, counts).catch(error => {
      if (!(error instanceof HoldfastError)) throw error;
    });
  }
}

async function noticeOne(
  deps: Pick<Deps, 'catalog' | 'clock' | 'notifier'>,
  { tenant, transactions, changes }: DiscardedChanges,
): Promise<void> {
  const before = await discardedOf(deps, tenant);
  const now = deps.clock.now();
  const isDue = !before?.toldAt || now.getTime() - Date.parse(before.toldAt) >= TOLD_MS;
  const value: DiscardedItem = {
    ref: tenant,
    transactions: (before?.transactions ?? 0) + transactions,
    changes: (before?.changes ?? 0) + changes,
    since: before?.since ?? now.toISOString(),
    last: now.toISOString(),
    toldAt: isDue ? now.toISOString() : (before?.toldAt ?? null),
  };
  if (isDue) {
    await deps.notifier.notify({
      severity: 'alarm',
      code: 'destroyed-tenant-writes',
      message: 'The application writes rows of a tenant whose key was destroyed: they are not backed up.',
      details: { tenant, transactions: value.transactions, changes: value.changes, since: value.since },
    });
  }
  await deps.catalog.write([{ put: { partition: PARTITION, sort: tenant, value } }]);
}
