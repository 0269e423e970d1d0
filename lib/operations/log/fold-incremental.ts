/**
 * Folds a tenant's log since its last incremental into an incremental: the net change per row, in the tenant's own
 * prefix, so that a restore reads little. Only the tenant's own log is folded; the unrouted log is merged by every
 * restore, by LSN.
 *
 * Invariants: an incremental covers whole runs that are all there and verified, continues where the tenant's last
 * incremental ended, and never reaches across a gap. Write order: pack → manifest → catalog with the chain's head.
 */
import { formatLsn, maxLsn, parseLsn } from '../../domain/lsn.ts';
import { IncrementalBody } from '../../domain/manifest.ts';
import { newId } from '../../domain/new-id.ts';
import { manifestKey, manifestPrefix, packKey } from '../../domain/object-key.ts';
import { retainUntil } from '../../domain/settings.ts';
import { gapEnd } from '../../domain/table-gaps.ts';
import type { TableSchema } from '../../domain/table-schema.ts';
import { type TenantId, type TenantRef, tenantId } from '../../domain/tenant.ts';
import {
  type BackupItem,
  backups,
  gaps,
  type HeadItem,
  heads,
  runs,
  type TenantItem,
  tenants,
} from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import { TableKeys } from '../model/table-keys.ts';
import { readManifest, type StoredManifest, writeManifest } from '../storage/manifest-store.ts';
import { PackWriter } from '../storage/pack.ts';
import { ensureDigestKey } from '../storage/tenant-key.ts';
import { FoldedPayload } from './folded-payload.ts';
import { type LoggedRun, mustFollow, readRunsBetween, segmentOf } from './logged-runs.ts';
import { knownKeys } from './watch-tables.ts';

export interface FoldResult {
  readonly tenant: TenantRef;
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly changes: number;
  readonly storedBytes: number;
}

export interface FoldOptions {
  /** Fold runs that end at or before this server time (ISO 8601); default: all there are. */
  readonly until?: string;
  /** Default: every tenant of the catalog. */
  readonly tenants?: readonly TenantRef[];
}

/** Folds every tenant that changed. Tenants without a snapshot are left: nothing could use what was folded. */
export async function foldIncrementals(ctx: Context, options: FoldOptions = {}): Promise<FoldResult[]> {
  const chosen = await chosenTenants(ctx, options.tenants);
  await adoptIncrementals(ctx, chosen);
  const keys = new TableKeys(ctx, await knownKeys(ctx));
  const results: FoldResult[] = [];
  for (const item of chosen) {
    if (item.tenantId === null) continue;
    const result = await foldTenant(ctx, item.ref, tenantId(item.tenantId), keys, options.until);
    if (result) results.push(result);
  }
  return results;
}

/** Those named that the catalog knows; without names all. What is read grows with the names, not with the fleet. */
async function chosenTenants(ctx: Context, named: readonly TenantRef[] | undefined): Promise<TenantItem[]> {
  if (named === undefined) return tenants.list(ctx.catalog);
  const found = await Promise.all(named.map(ref => tenants.get(ctx.catalog, ref)));
  return found.filter(item => item !== undefined);
}

async function foldTenant(
  ctx: Context,
  tenant: TenantRef,
  tenantId: TenantId,
  keys: TableKeys,
  until: string | undefined,
): Promise<FoldResult | undefined> {
  const started = ctx.clock.now();
  const stretch = await stretchOf(ctx, tenant, until);
  mustFollow(stretch);
  const items = stretch.flatMap(run => segmentOf(tenant, run) ?? []);
  if (items.length === 0) return undefined;
  const head = await heads.get(ctx.catalog, tenant);
  const id = newId(ctx);
  const keep = retainUntil(ctx.settings, 'incremental', ctx.clock.now());
  const pack = new PackWriter(ctx, {
    key: n => packKey(tenant, id, n),
    retainUntil: keep,
    packBytes: ctx.settings.packBytes,
  });
  try {
    const payload = new FoldedPayload(ctx, tenant, pack, await ensureDigestKey(ctx, tenant), keys);
    for (const item of items) await payload.fold(item);
    const content = await payload.finish();
    const packs = await pack.close();
    await ctx.crash?.('fold.after-pack');
    const first = stretch[0]!.header;
    const last = stretch.at(-1)!.header;
    const body: IncrementalBody = {
      tenantId,
      packs: packs.map(object => object.key),
      ...content,
      runs: stretch.map(run => ({ id: run.header.id, sha256: run.sha256 })),
      relations: distinct(stretch.flatMap(run => run.body.relations)),
      minCommitTime: items.map(item => item.entry.minCommitTime).sort()[0]!,
      maxCommitTime: items
        .map(item => item.entry.maxCommitTime)
        .sort()
        .at(-1)!,
    };
    const manifest = await writeManifest(
      ctx,
      manifestKey(tenant, 'incremental', id),
      {
        kind: 'incremental',
        id,
        tenant,
        createdAt: ctx.clock.now().toISOString(),
        from: first.from,
        to: last.to,
        fromTime: first.fromTime,
        toTime: last.toTime,
        previous: head?.item ?? null,
        objects: packs,
      },
      body,
      { retainUntil: keep },
    );
    await ctx.crash?.('fold.after-manifest');
    const item = backupItem(manifest, body, ctx.clock.now().getTime() - started.getTime());
    await ctx.catalog.write([backups.put(tenant, item), heads.put(tenant, headOf(manifest), head)]);
    await ctx.crash?.('fold.after-catalog');
    return { tenant, id, from: item.from, to: item.to, changes: body.changes, storedBytes: item.storedBytes };
  } catch (error) {
    await pack.abort();
    throw error;
  }
}

/** The runs after the tenant's last incremental (or first snapshot) and after its last gap. */
async function stretchOf(ctx: Context, tenant: TenantRef, until: string | undefined): Promise<LoggedRun[]> {
  const all = await backups.list(ctx.catalog, tenant);
  const snapshots = all.filter(item => item.kind === 'snapshot');
  const first = snapshots[0];
  const latest = await runs.latest(ctx.catalog);
  if (first === undefined || latest === undefined) return [];
  let from = parseLsn(first.from);
  for (const item of all) if (item.kind === 'incremental') from = maxLsn(from, parseLsn(item.to));
  for (const gap of await gaps.list(ctx.catalog, tenant)) {
    const end = gapEnd(gap) ?? (gap.tables ? undefined : gap.from);
    if (end !== undefined) from = maxLsn(from, parseLsn(end));
  }
  if (parseLsn(latest.to) <= from) return [];
  const { runs: found } = await readRunsBetween(ctx, tenant, from, parseLsn(latest.to));
  // A run that began before the stretch is left out whole: incrementals and runs end at the same places.
  return alike(
    found.filter(({ header }) => parseLsn(header.from) >= from && (until === undefined || header.toTime <= until)),
  );
}

/**
 * A fold that died after its manifest: the manifest names the head that the catalog still has, so it is taken over. One
 * that names another is an orphan.
 */
async function adoptIncrementals(ctx: Context, chosen: readonly TenantItem[]): Promise<void> {
  for (const { ref: tenant } of chosen) {
    const head = await heads.get(ctx.catalog, tenant);
    if (head === undefined) continue;
    // Ids sort by time, and the head is the newest that is known: what came before it is not even listed.
    const newest = manifestKey(tenant, 'incremental', head.item.id);
    for await (const key of ctx.vault.keys(manifestPrefix(tenant, 'incremental'), newest)) {
      const id = key.slice(key.lastIndexOf('/') + 1, -'.json'.length);
      if (id <= head.item.id) continue;
      const manifest = await readManifest(ctx, key, IncrementalBody, { tenant, kind: 'incremental' });
      if (manifest.header.previous?.sha256 !== head.item.sha256) continue;
      const item = backupItem(manifest, manifest.body, 0);
      await ctx.catalog.write([backups.put(tenant, item), heads.put(tenant, headOf(manifest), head)]);
      break;
    }
  }
}

function headOf(manifest: StoredManifest): HeadItem {
  return { id: manifest.header.id, key: manifest.key, sha256: manifest.sha256 };
}

/** Every definition that the folded rows may have, in order. */
function distinct(relations: readonly TableSchema[]): TableSchema[] {
  return [...new Map(relations.map(relation => [JSON.stringify(relation), relation])).values()];
}

/**
 * The runs up to one that lists a table's columns under the same names as before and means others (dropped and added
 * again): rows of both would be folded as if they were alike.
 */
function alike(found: readonly LoggedRun[]): LoggedRun[] {
  const meant = new Map<string, string>();
  const until = found.findIndex(({ body }, index) => {
    const definitions = body.relations.map(({ oid, columns }) => {
      const stored = columns.filter(column => column.generated === '');
      const names = JSON.stringify([oid, stored.map(column => column.name)]);
      return [names, JSON.stringify(stored.map(column => column.number))] as const;
    });
    const other = definitions.some(([names, numbers]) => (meant.get(names) ?? numbers) !== numbers);
    for (const [names, numbers] of definitions) meant.set(names, numbers);
    return other && index > 0;
  });
  return until === -1 ? [...found] : found.slice(0, until);
}

function backupItem(manifest: StoredManifest, body: IncrementalBody, durationMs: number): BackupItem {
  const { id, from, to, fromTime, toTime, createdAt, objects } = manifest.header;
  return {
    id,
    kind: 'incremental',
    key: manifest.key,
    sha256: manifest.sha256,
    from: formatLsn(parseLsn(from)),
    to,
    fromTime,
    toTime,
    createdAt,
    rows: body.changes,
    bytes: body.rawBytes,
    storedBytes: objects.reduce((sum, object) => sum + object.bytes, 0),
    chunks: body.blocks.length,
    reusedChunks: 0,
    durationMs,
    reason: 'schedule',
  };
}
