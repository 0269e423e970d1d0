/**
 * Makes an incremental from a stretch of the log. Write order: pack → manifest → catalog with the chain's head, so that
 * a crash leaves an orphan, or a manifest that the next fold adopts.
 */
import { IncrementalBody } from '../../domain/manifest.ts';
import { newId } from '../../domain/new-id.ts';
import { manifestKey, manifestPrefix, packKey } from '../../domain/object-key.ts';
import { retainUntil } from '../../domain/settings.ts';
import type { TableSchema } from '../../domain/table-schema.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import { type BackupItem, backups, type HeadItem, heads, type TenantItem } from '../catalog/catalog-index.ts';
import type { SegmentItem } from '../catalog/log-items.ts';
import { signedFields } from '../catalog/signed-items.ts';
import type { Context } from '../context.ts';
import type { TableKeys } from '../model/table-keys.ts';
import { readManifest, type StoredManifest, writeManifest } from '../storage/manifest-store.ts';
import { PackWriter } from '../storage/pack.ts';
import { ensureDigestKey } from '../storage/tenant-key.ts';
import { FoldedPayload } from './folded-payload.ts';
import type { LoggedRun } from './logged-runs.ts';

/** What is folded: consecutive runs, and the tenant's segments in them (at least one). */
export interface FoldedStretch {
  readonly tenant: TenantRef;
  readonly tenantId: TenantId;
  readonly stretch: readonly LoggedRun[];
  readonly items: readonly SegmentItem[];
  readonly keys: TableKeys;
}

/** `started`: when the fold began, in milliseconds of the clock. */
export async function writeIncremental(ctx: Context, folded: FoldedStretch, started: number): Promise<BackupItem> {
  const { tenant, stretch } = folded;
  const head = await heads.get(ctx.catalog, tenant);
  const id = newId(ctx);
  const keep = retainUntil(ctx.settings, 'incremental', ctx.clock.now());
  const pack = new PackWriter(ctx, {
    key: n => packKey(tenant, id, n),
    retainUntil: keep,
    packBytes: ctx.settings.packBytes,
  });
  try {
    const { body, packs } = await foldInto(ctx, pack, folded);
    await ctx.crash?.('fold.after-pack');
    const first = stretch[0]!.header;
    const last = stretch.at(-1)!.header;
    const manifest = await writeManifest(
      ctx,
      manifestKey(tenant, 'incremental', id),
      {
        ...{ kind: 'incremental', id, tenant, createdAt: ctx.clock.now().toISOString() },
        ...{ from: first.from, to: last.to, fromTime: first.fromTime, toTime: last.toTime },
        ...{ previous: head?.item ?? null, objects: packs },
      },
      body,
      { retainUntil: keep },
    );
    await ctx.crash?.('fold.after-manifest');
    const item = backupItem(manifest, body, ctx.clock.now().getTime() - started);
    await ctx.catalog.write([backups.put(tenant, item), heads.put(tenant, headOf(manifest), head)]);
    await ctx.crash?.('fold.after-catalog');
    return item;
  } catch (error) {
    await pack.abort();
    throw error;
  }
}

/** The body; the packs that it names are durable. */
async function foldInto(ctx: Context, pack: PackWriter, { tenant, tenantId, stretch, items, keys }: FoldedStretch) {
  const payload = new FoldedPayload(ctx, tenant, pack, await ensureDigestKey(ctx, tenant), keys);
  await payload.fold(items);
  const content = await payload.finish();
  const packs = await pack.close();
  const entries = items.map(item => item.entry);
  const body: IncrementalBody = {
    tenantId,
    packs: packs.map(object => object.key),
    ...content,
    runs: stretch.map(run => ({ id: run.header.id, sha256: run.sha256 })),
    relations: distinct(stretch.flatMap(run => run.body.relations)),
    minCommitTime: entries.map(entry => entry.minCommitTime).sort()[0]!,
    maxCommitTime: entries
      .map(entry => entry.maxCommitTime)
      .sort()
      .at(-1)!,
  };
  return { body, packs };
}

/**
 * A fold that crashed after its manifest: the manifest names the head that the catalog still has, so it is adopted. One
 * that names another is an orphan.
 */
export async function adoptIncrementals(ctx: Context, chosen: readonly TenantItem[]): Promise<void> {
  for (const { ref: tenant } of chosen) {
    const head = await heads.get(ctx.catalog, tenant);
    if (head === undefined) continue;
    // Ids sort by time, and the head is the newest known one: older ones are not even listed.
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

/** All definitions that the folded rows may have, in order. */
function distinct(relations: readonly TableSchema[]): TableSchema[] {
  return [...new Map(relations.map(relation => [JSON.stringify(relation), relation])).values()];
}

function backupItem(manifest: StoredManifest, body: IncrementalBody, durationMs: number): BackupItem {
  return {
    ...signedFields(manifest),
    kind: 'incremental',
    rows: body.changes,
    bytes: body.rawBytes,
    storedBytes: manifest.header.objects.reduce((sum, object) => sum + object.bytes, 0),
    chunks: body.blocks.length,
    reusedChunks: 0,
    durationMs,
    reason: 'schedule',
  };
}
