/**
 * Makes what was read of a copy restorable: manifest, then catalog. It names no backup before it and none names it. Order and
 * invariant as for a snapshot (publish-snapshot.ts): every pack is durable and locked as long before the manifest is written.
 */
import { StorageError } from '../../domain/errors.ts';
import { formatLsn, parseLsn } from '../../domain/lsn.ts';
import { manifestKey } from '../../domain/object-key.ts';
import { retainUntil } from '../../domain/settings.ts';
import type { PartState, SnapshotPlan } from '../../domain/snapshot-parts.ts';
import { tenants } from '../catalog/catalog-index.ts';
import { type ClusterReadItem, clusterReads } from '../catalog/cluster-reads.ts';
import { signedFields } from '../catalog/signed-items.ts';
import type { Context } from '../context.ts';
import { type StoredManifest, writeManifest } from '../storage/manifest-store.ts';
import { type Assembly, assembleSnapshot } from './snapshot-assembly.ts';

/** `moment`: to which the copy was restored. StorageError `parts-missing`. */
export async function publishClusterRead(
  ctx: Context,
  plan: SnapshotPlan,
  states: readonly PartState[],
  moment: string,
): Promise<ClusterReadItem> {
  const { tenant, backup } = plan;
  if (states.length < plan.parts.length || states.some(({ next }) => next !== null))
    throw new StorageError('parts-missing', 'Some parts of the tenant were not read of the copy.', {
      hint: 'Run the parts until each reports that it is done, then commit.',
      details: { backup },
    });
  const until = retainUntil(ctx.settings, 'snapshot', ctx.clock.now());
  const assembly = await assembleSnapshot(ctx, { plan, base: undefined, states }, until);
  await ctx.crash?.('snapshot.before-manifest');
  await ctx.requireActive?.();
  const to = assembly.body.views.map(view => parseLsn(view.to)).reduce((last, next) => (next > last ? next : last));
  const header = {
    ...{ kind: 'cluster-read' as const, id: backup, tenant, createdAt: ctx.clock.now().toISOString() },
    ...{ from: formatLsn(to), to: formatLsn(to), fromTime: moment, toTime: moment, previous: null },
    ...{ objects: assembly.packs, source: plan.source },
  };
  const key = manifestKey(tenant, 'cluster-read', backup);
  const stored = await writeManifest(ctx, key, header, assembly.body, { retainUntil: until });
  await ctx.crash?.('snapshot.after-manifest');
  const item = itemOf(ctx, plan, assembly, stored);
  const known = await tenants.get(ctx.catalog, tenant);
  const named = known?.tenantId === plan.tenantId;
  const whose = { ref: tenant, tenantId: plan.tenantId, firstSeen: plan.startedAt, ...known };
  await ctx.catalog.write([
    ...(named ? [] : [tenants.put({ ...whose, tenantId: plan.tenantId })]),
    clusterReads.put(tenant, item),
  ]);
  return item;
}

function itemOf(
  { clock }: Pick<Context, 'clock'>,
  { startedAt, reason }: SnapshotPlan,
  { rows, bytes, storedBytes, chunks }: Assembly,
  stored: StoredManifest,
): ClusterReadItem {
  return {
    ...signedFields(stored),
    ...{ kind: 'cluster-read', rows, bytes, storedBytes, chunks, reusedChunks: 0, reason, read: 'full' },
    durationMs: Math.max(0, clock.now().getTime() - Date.parse(startedAt)),
  };
}
