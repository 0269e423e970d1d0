/**
 * What was read of copies of the database goes after a few days: a restore from it has its own record. Order and last word as
 * for every backup (remove-backup.ts): nothing that is held or locked goes.
 */
import { CLUSTER_READ_DAYS } from '../../domain/cluster-backup.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { clusterReads } from '../catalog/cluster-reads.ts';
import { type ExpireDeps, type ExpiryResult, removable, removeBackups } from './remove-backup.ts';

const DAY_MS = 24 * 3600 * 1000;

/** `destroyed`: nothing of the tenant is kept. */
export async function expireClusterReads(
  deps: ExpireDeps,
  owner: TenantRef,
  destroyed: boolean,
  result: ExpiryResult,
): Promise<void> {
  const oldest = deps.clock.now().getTime() - CLUSTER_READ_DAYS * DAY_MS;
  const listed = await clusterReads.list(deps.catalog, owner);
  const over = listed.filter(({ createdAt }) => destroyed || Date.parse(createdAt) <= oldest);
  const items = await removable(deps, over, result);
  const forget = ({ id }: { readonly id: string }) => [clusterReads.remove(owner, id)];
  // No two share an object.
  await removeBackups(deps, { owner, items, forget, needed: new Set(), atOnce: 1 }, result);
}
