/**
 * Writes one tenant's catalog items again from its signed manifests. Every signature is verified; a manifest that fails
 * is reported and left out, never guessed. Where the tenant's key is destroyed, only the headers show what existed and
 * how long it is kept. What only the catalog has (that a backup was verified) stays. Memory: the headers of one tenant,
 * and the names of its packs.
 *
 * Invariant: a backup is listed if its manifest verifies and everything that it needs exists, whatever happened to the
 * manifests before and after it: retention removes those.
 */
import { ArchiveBody } from '../../domain/archive.ts';
import type { ChunkPage } from '../../domain/chunk-page.ts';
import { HoldfastError, IntegrityError } from '../../domain/errors.ts';
import { HeldLogBody } from '../../domain/log-manifest.ts';
import { ErasureBody, IncrementalBody } from '../../domain/manifest.ts';
import { manifestPrefix, packPrefix } from '../../domain/object-key.ts';
import { RestoreRecord } from '../../domain/restore-record.ts';
import { SnapshotBody } from '../../domain/snapshot-body.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { CatalogWrite, Deps } from '../../ports.ts';
import { type BackupItem, backups, erasures, gaps, restores, tenants } from '../catalog/catalog-index.ts';
import { heldRunItem, heldRuns } from '../catalog/held-log-items.ts';
import { indexHolds } from '../catalog/index-holds.ts';
import { listedGap, signedFields } from '../catalog/signed-items.ts';
import { ifReadable, writeAll } from '../catalog/typed-items.ts';
import { inParallel } from '../in-parallel.ts';
import { readHeader, readManifest, type StoredManifest } from '../storage/manifest-store.ts';
import { provedEnd } from '../storage/proved-end.ts';
import { archiveWrites, lostArchives } from './rebuild-archives.ts';
import { clusterReadWrites, lostClusterReads } from './rebuild-cluster-reads.ts';
import { advanceHead, newestOf } from './rebuild-head.ts';

export type RebuildDeps = Pick<Deps, 'vault' | 'keyring' | 'signer' | 'catalog' | 'progress'>;

export interface UnlistedManifest {
  readonly key: string;
  readonly why: string;
}

export interface RebuiltTenant {
  readonly snapshots: number;
  readonly incrementals: number;
  readonly erasures: number;
  readonly restores: number;
  readonly leftOut: readonly UnlistedManifest[];
  /** False where nothing of it can be opened: listed by its headers. */
  readonly opens: boolean;
}

/** Manifests read at the same time. */
const AT_ONCE = 16;

/** Undefined where the tenant has no manifest. Safe to repeat. Throws what the vault and the catalog throw. */
export async function rebuildTenant(deps: RebuildDeps, tenant: TenantRef): Promise<RebuiltTenant | undefined> {
  // Before the vault is listed: whatever is in the catalog by then has its manifest there.
  const before = await backups.sort(deps.catalog, tenant);
  await indexHolds(deps, tenant);
  const keys: string[] = [];
  for await (const key of deps.vault.keys(manifestPrefix(tenant))) keys.push(key);
  if (keys.length === 0) return undefined;
  const leftOut: UnlistedManifest[] = [];
  const read = await inParallel(AT_ONCE, keys, key => verified(deps, tenant, key, leftOut));
  const manifests = read.filter(stored => stored !== undefined);
  const chain = manifests.filter(({ header }) => header.kind === 'snapshot' || header.kind === 'incremental');
  const incomplete = await incompleteOf(deps, tenant, chain);
  const proved = new Map(before.items.map(item => [item.sha256, item.verified]));
  const made = await inParallel(AT_ONCE, manifests, async stored => {
    if (incomplete.has(stored.sha256)) return leave(leftOut, stored.key, 'object-missing');
    return itemOf(deps, tenant, stored, proved).catch(error => leave(leftOut, stored.key, reason(error)));
  });
  const items = made.filter(item => item !== undefined);
  const known = await ifReadable(tenants.get(deps.catalog, tenant));
  const firstSeen = manifests.map(({ header }) => header.createdAt).sort()[0] ?? new Date(0).toISOString();
  const tenantId = items.findLast(item => item.tenantId !== undefined)?.tenantId ?? known?.tenantId ?? null;
  // What the catalog said of it may have been edited.
  const { destruction } = await provedEnd(deps, tenant);
  // A manifest that does not verify now may do so later: its item stays. A missing one does not come back.
  const stored = new Set(keys);
  await writeAll(deps.catalog, [
    ...before.remove,
    ...(await lostArchives(deps, tenant, stored)),
    ...(await lostClusterReads(deps, tenant, stored)),
    ...before.items.filter(item => !stored.has(item.key)).map(item => backups.remove(tenant, item)),
  ]);
  await writeAll(deps.catalog, [
    ...items.flatMap(item => item.writes),
    tenants.put({
      ...{ ref: tenant, tenantId, firstSeen: known?.firstSeen ?? firstSeen },
      ...(known?.left && { left: true }),
      ...(destruction && { destruction }),
    }),
  ]);
  const newest = newestOf(chain.filter(stored => !incomplete.has(stored.sha256)));
  if (newest) await advanceHead(deps, tenant, newest);
  const count = (kind: string) => items.filter(item => item.kind === kind).length;
  return {
    ...{ snapshots: count('snapshot'), incrementals: count('incremental'), erasures: count('erasure') },
    ...{ restores: count('restore-record'), leftOut, opens: items.every(item => item.opened) },
  };
}

function leave(leftOut: UnlistedManifest[], key: string, why: string): undefined {
  leftOut.push({ key, why });
  return undefined;
}

interface RebuiltItem {
  readonly key: string;
  readonly kind: string;
  readonly writes: readonly CatalogWrite[];
  readonly tenantId?: string;
  readonly opened: boolean;
}

async function itemOf(
  deps: RebuildDeps,
  tenant: TenantRef,
  stored: StoredManifest,
  proved: ReadonlyMap<string, BackupItem['verified']>,
): Promise<RebuiltItem> {
  const { key, sha256, header } = stored;
  const { kind } = header;
  const expect = { tenant, kind, sha256 };
  const before = proved.get(sha256);
  const verified = before && { verified: before };
  switch (kind) {
    case 'snapshot': {
      const body = await bodyOrNothing(() => readManifest(deps, key, SnapshotBody, expect));
      return {
        ...{ key, kind },
        writes: [backups.put(tenant, { ...snapshotItem(stored, body), ...verified })],
        opened: body !== undefined,
        ...(body && { tenantId: body.tenantId }),
      };
    }
    case 'incremental': {
      const body = await bodyOrNothing(() => readManifest(deps, key, IncrementalBody, expect));
      return {
        ...{ key, kind },
        writes: [backups.put(tenant, incrementalItem(stored, body))],
        opened: body !== undefined,
        ...(body && { tenantId: body.tenantId }),
      };
    }
    case 'held-log': {
      const body = await bodyOrNothing(() => readManifest(deps, key, HeldLogBody, expect));
      return { key, kind, writes: body ? copyWrites(tenant, stored, body) : [], opened: body !== undefined };
    }
    case 'erasure': {
      const body = await bodyOrNothing(() => readManifest(deps, key, ErasureBody, expect));
      const item = erasureItem(stored, body);
      // The deferred record of the same rows is listed.
      const writes = body?.replays === undefined ? [erasures.put(tenant, item)] : [];
      return { key, kind, writes, opened: body !== undefined };
    }
    case 'archive': {
      const body = await bodyOrNothing(() => readManifest(deps, key, ArchiveBody, expect));
      const writes = await archiveWrites(deps, tenant, stored, body);
      return { key, kind, writes, opened: body !== undefined, ...(body && { tenantId: body.tenantId }) };
    }
    case 'cluster-read': {
      const body = await bodyOrNothing(() => readManifest(deps, key, SnapshotBody, expect));
      const writes = await clusterReadWrites(deps, tenant, stored, snapshotItem(stored, body));
      return { key, kind, writes, opened: body !== undefined, ...(body && { tenantId: body.tenantId }) };
    }
    default: {
      const body = await bodyOrNothing(() => readManifest(deps, key, RestoreRecord, expect));
      const writes = [restores.put(tenant, header.id, restoreItem(stored, body))];
      return { key, kind, writes, opened: body !== undefined };
    }
  }
}

/** The runs of a copy, and the gaps in them: the manifests that had them may have expired. */
function copyWrites(tenant: TenantRef, stored: StoredManifest, body: HeldLogBody): CatalogWrite[] {
  return body.runs.flatMap(run => [
    heldRuns.put(tenant, heldRunItem(run, stored)),
    ...(run.gaps ?? []).map(gap => gaps.put(listedGap(gap, run))),
  ]);
}

function base(stored: StoredManifest) {
  const { id, objects } = stored.header;
  const storedBytes = objects
    .filter(object => object.key.includes(`/packs/${id}-`))
    .reduce((sum, object) => sum + object.bytes, 0);
  return { ...signedFields(stored), storedBytes, durationMs: 0 };
}

function snapshotItem(stored: StoredManifest, body: SnapshotBody | undefined): BackupItem {
  const tables = body?.tables ?? [];
  return {
    ...base(stored),
    kind: 'snapshot',
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
    bytes: tables.reduce((sum, table) => sum + table.bytes, 0),
    chunks: tables.reduce((sum, table) => sum + table.pages.reduce((all, page) => all + page.chunks, 0), 0),
    reusedChunks: body?.reusedChunks ?? reusedIn(body, stored.header.id),
    reason: body?.reason ?? 'unknown',
    ...(body && { read: body.read }),
  };
}

/** In a manifest of format 1, all of whose pages have their content. */
function reusedIn(body: SnapshotBody | undefined, id: string): number {
  const pages = body?.tables.flatMap(table => table.pages) ?? [];
  const isOld =
    ({ packs, content }: ChunkPage) =>
    (chunk: { block: number; length: number }) =>
      chunk.length > 0 && !packs[content!.blocks[chunk.block]!.pack]!.key.includes(`/packs/${id}-`);
  return pages.reduce((sum, page) => sum + (page.content?.chunks.filter(isOld(page)).length ?? 0), 0);
}

function incrementalItem(stored: StoredManifest, body: IncrementalBody | undefined): BackupItem {
  return {
    ...base(stored),
    kind: 'incremental',
    rows: body?.changes ?? 0,
    bytes: body?.rawBytes ?? 0,
    chunks: body?.blocks.length ?? 0,
    reusedChunks: 0,
    reason: 'schedule',
  };
}

function erasureItem({ key, sha256, header }: StoredManifest, body: ErasureBody | undefined) {
  const { id, createdAt: at } = header;
  return { id, key, sha256, table: body?.table ?? 'unknown.unknown', count: body?.digests.length ?? 0, at };
}

function restoreItem({ key, sha256, header }: StoredManifest, body: RestoreRecord | undefined) {
  const known = body && {
    place: body.place,
    target: body.target,
    totals: body.totals,
    requestedBy: body.requestedBy,
    transaction: body.transaction,
    at: body.committedAt,
  };
  return { id: header.id, state: 'done', at: header.createdAt, key, sha256, ...known };
}

/**
 * Manifests with missing objects. A crash between manifest and catalog leaves a complete backup that is not listed;
 * expiry, unaware of it, may have removed shared objects.
 */
async function incompleteOf(
  deps: RebuildDeps,
  tenant: TenantRef,
  chain: readonly StoredManifest[],
): Promise<Set<string>> {
  const there = new Set<string>();
  for await (const key of deps.vault.keys(packPrefix(tenant))) there.add(key);
  const lacking = chain.filter(({ header }) => header.objects.some(({ key }) => !there.has(key)));
  return new Set(lacking.map(({ sha256 }) => sha256));
}

async function verified(
  deps: RebuildDeps,
  tenant: TenantRef,
  key: string,
  leftOut: UnlistedManifest[],
): Promise<StoredManifest | undefined> {
  try {
    const { sha256, header } = await readHeader(deps, key);
    if (header.tenant === tenant) return { key, sha256, header };
    return leave(leftOut, key, 'belongs to another owner');
  } catch (error) {
    return leave(leftOut, key, reason(error));
  }
}

/** The body; undefined where the tenant's key is destroyed. Any other error is thrown. */
async function bodyOrNothing<B>(read: () => Promise<{ body: B }>): Promise<B | undefined> {
  try {
    return (await read()).body;
  } catch (error) {
    if (isKeyGone(error)) return undefined;
    throw error;
  }
}

/**
 * The reason for leaving out a manifest. Errors of the vault or the keyring are thrown: nothing is left out for those.
 */
function reason(error: unknown): string {
  if (error instanceof IntegrityError || isKeyGone(error)) return (error as HoldfastError).code;
  throw error;
}

function isKeyGone(error: unknown): boolean {
  return error instanceof HoldfastError && (error.code === 'no-key' || error.code === 'key-destroyed');
}
