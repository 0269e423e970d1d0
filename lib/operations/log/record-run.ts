/** Records a run whose packs are durable: its manifest, then its catalog items and the new tenants. */
import type { LogBody } from '../../domain/log-manifest.ts';
import { formatLsn } from '../../domain/lsn.ts';
import { logManifestKey } from '../../domain/object-key.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { CatalogWrite } from '../../ports.ts';
import { type RunItem, tenants } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import { writeManifest } from '../storage/manifest-store.ts';
import { catalogRun } from './log-run.ts';
import type { RoutedLog } from './route-log.ts';
import type { RoutedRun } from './run-body.ts';

/** StorageError `lost-race` where another run came first. */
export async function recordRun(ctx: Context, run: RoutedRun, body: LogBody): Promise<RunItem> {
  const { id, retainUntil, start, to, routed, packs } = run;
  const manifest = await writeManifest(
    ctx,
    logManifestKey(to.lsn, id),
    {
      kind: 'log',
      id,
      tenant: SYSTEM,
      createdAt: ctx.clock.now().toISOString(),
      from: formatLsn(start.from),
      to: formatLsn(to.lsn),
      fromTime: start.fromTime,
      toTime: to.time,
      previous: start.latest ? { id: start.latest.id, key: start.latest.key, sha256: start.latest.sha256 } : null,
      objects: packs,
      source: start.identity,
    },
    body,
    { retainUntil },
  );
  await ctx.crash?.('ship.after-manifest');
  const item = await catalogRun(ctx, manifest, body, await newTenants(ctx, routed, to.time));
  await ctx.crash?.('ship.after-catalog');
  return item;
}

/** Catalog items of new tenants, and of tenants that a fleet run had marked as departed. */
async function newTenants(ctx: Context, routed: RoutedLog, firstSeen: string): Promise<CatalogWrite[]> {
  const known = await tenants.among(
    ctx.catalog,
    routed.tenants.map(({ ref }) => ref),
  );
  return routed.tenants.flatMap(({ ref, tenantId }) => {
    const before = known.get(ref);
    if (before && (!before.left || before.destruction)) return [];
    return [tenants.put({ ref, tenantId, firstSeen: before?.firstSeen ?? firstSeen })];
  });
}
