/**
 * Makes a backup of what the parts have stored: manifest, then catalog. Before the manifest nothing of the run is a
 * backup; after it the backup exists, and a rebuild lists it in the catalog. Invariant: every pack is durable and
 * retained as long as this backup before its manifest is written.
 */
import { keptForReason } from '../../domain/backup-reason.ts';
import { StorageError } from '../../domain/errors.ts';
import { formatLsn, parseLsn } from '../../domain/lsn.ts';
import type { ManifestHeader } from '../../domain/manifest.ts';
import { newId } from '../../domain/new-id.ts';
import { manifestKey } from '../../domain/object-key.ts';
import { retainUntil } from '../../domain/settings.ts';
import type { PartState, SnapshotPlan } from '../../domain/snapshot-parts.ts';
import type { CatalogWrite } from '../../ports.ts';
import { type BackupItem, backups, heads, tenants } from '../catalog/catalog-index.ts';
import { mustBeCurrent } from '../catalog/current-source.ts';
import { forgetLiveProof } from '../catalog/live-proof.ts';
import { noteNewestSnapshot } from '../catalog/newest-snapshots.ts';
import { signedFields } from '../catalog/signed-items.ts';
import type { Context } from '../context.ts';
import { type StoredManifest, writeManifest } from '../storage/manifest-store.ts';
import { type Assembly, assembleSnapshot, type FinishedRun } from './snapshot-assembly.ts';

/** Reasons of a snapshot that make a live verification of the tenant due. */
const UNPROVED_AFTER: ReadonlySet<string> = new Set(['gap', 'migration']);

/** A backup being made. */
interface Publication {
  readonly plan: SnapshotPlan;
  readonly assembly: Assembly;
  readonly until: Date;
  readonly keepUntil: string | undefined;
}

/**
 * Writes manifest and catalog; a chain that grew meanwhile is retried once from its new end. Throws StorageError
 * `lost-race` after that, SourceError `source-changed` where a new source epoch has begun.
 */
export async function publishSnapshot(
  ctx: Context,
  { plan, base }: Pick<FinishedRun, 'plan' | 'base'>,
  states: readonly PartState[],
): Promise<BackupItem> {
  const unfinished = states.find(state => state.next !== null);
  if (unfinished || states.length < plan.parts.length) {
    throw new StorageError('parts-missing', 'Some parts of the snapshot are not done.', {
      hint: 'Run the parts until each reports that it is done, then commit.',
      details: { backup: plan.backup },
    });
  }
  await mustBeCurrent(ctx, plan);
  const usual = retainUntil(ctx.settings, 'snapshot', ctx.clock.now());
  const assembly = await assembleSnapshot(ctx, { plan, base, states }, usual);
  const keepUntil = keptForReason(plan.reason, lastView(assembly).at, ctx.settings.keep.reasons);
  const until = keepUntil === undefined ? usual : new Date(Math.max(usual.getTime(), Date.parse(keepUntil)));
  // Its own packs have the usual lock.
  const shorter = keepUntil === undefined ? assembly.oldPacks : assembly.packs.map(({ key }) => key);
  await Promise.all(shorter.map(key => ctx.vault.extendRetention(key, until)));
  await ctx.crash?.('snapshot.before-manifest');
  await ctx.requireActive?.();
  const publication = { plan, assembly, until, keepUntil };
  try {
    return await publish(ctx, publication, plan.backup);
  } catch (error) {
    if (!(error instanceof StorageError && error.code === 'lost-race')) throw error;
    return await publish(ctx, publication, newId(ctx));
  }
}

async function publish(ctx: Context, publication: Publication, id: string): Promise<BackupItem> {
  const { plan, assembly, until } = publication;
  const tenant = plan.tenant;
  const head = await heads.get(ctx.catalog, tenant);
  const header = headerOf(ctx, publication, id, head?.item ?? null);
  const stored = await writeManifest(ctx, manifestKey(tenant, 'snapshot', id), header, assembly.body, {
    retainUntil: until,
  });
  await ctx.crash?.('snapshot.after-manifest');
  const item = toItem(ctx, plan, assembly, stored);
  const writes: CatalogWrite[] = [
    ...(head ? [] : await tenantItem(ctx, plan)),
    backups.put(tenant, item),
    heads.put(tenant, { id, key: stored.key, sha256: stored.sha256 }, head),
    // An earlier proof does not cover the reason for this snapshot.
    ...(UNPROVED_AFTER.has(plan.reason) ? [forgetLiveProof(tenant)] : []),
    ...(ctx.snapshotHours ? [noteNewestSnapshot(tenant, ctx.clock.now())] : []),
  ];
  await ctx.catalog.write(writes);
  await ctx.crash?.('snapshot.after-catalog');
  return item;
}

async function tenantItem(ctx: Context, plan: SnapshotPlan): Promise<CatalogWrite[]> {
  const tenant = plan.tenant;
  const known = await tenants.get(ctx.catalog, tenant);
  if (known?.tenantId === plan.tenantId) return [];
  return [tenants.put({ ref: tenant, tenantId: plan.tenantId, firstSeen: known?.firstSeen ?? plan.startedAt })];
}

function lastView({ body: { views } }: Assembly) {
  return views.reduce((found, view) => (parseLsn(view.to) > parseLsn(found.to) ? view : found));
}

function headerOf(
  ctx: Context,
  { plan, assembly, keepUntil }: Publication,
  id: string,
  previous: ManifestHeader['previous'],
): Omit<ManifestHeader, 'format' | 'bodySha256' | 'writer'> {
  const views = [...assembly.body.views].sort((a, b) => Number(parseLsn(a.from) - parseLsn(b.from)));
  const first = views[0]!;
  const last = lastView(assembly);
  return {
    kind: 'snapshot',
    id,
    tenant: plan.tenant,
    createdAt: ctx.clock.now().toISOString(),
    from: formatLsn(parseLsn(first.from)),
    to: formatLsn(parseLsn(last.to)),
    fromTime: first.at,
    toTime: last.at,
    previous,
    objects: assembly.packs,
    source: plan.source,
    ...(keepUntil !== undefined && { keepUntil }),
  };
}

function toItem(ctx: Context, plan: SnapshotPlan, assembly: Assembly, stored: StoredManifest): BackupItem {
  return {
    ...signedFields(stored),
    kind: 'snapshot',
    rows: assembly.rows,
    bytes: assembly.bytes,
    storedBytes: assembly.storedBytes,
    chunks: assembly.chunks,
    reusedChunks: assembly.reusedChunks,
    durationMs: Math.max(0, ctx.clock.now().getTime() - Date.parse(plan.startedAt)),
    reason: plan.reason,
    read: plan.read,
  };
}
