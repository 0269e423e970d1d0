/**
 * Writes the catalog anew from the signed manifests in the vault: the catalog is an index and nothing else. Every
 * signature is verified; a manifest that fails is reported and left out, never guessed. Where a tenant's key is gone
 * (destroyed), its headers alone tell what existed and how long it is kept.
 */
import { HoldfastError } from '../../domain/errors.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { ErasureBody, IncrementalBody, LogBody, SnapshotBody } from '../../domain/manifest.ts';
import { LOG_MANIFESTS_PREFIX, TENANTS_PREFIX } from '../../domain/object-key.ts';
import { RestoreRecord } from '../../domain/restore-record.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { CatalogWrite, Deps } from '../../ports.ts';
import { rebuildIndexes } from '../log/list-indexes.ts';
import { runItem, runWrites } from '../log/log-run.ts';
import { readHeader, readManifest, type StoredManifest } from '../storage/manifest-store.ts';
import {
  type BackupItem,
  backups,
  erasures,
  heads,
  logKept,
  restores,
  runs,
  tenants,
  writeAll,
} from './catalog-index.ts';

export type RebuildDeps = Pick<Deps, 'vault' | 'keyring' | 'signer' | 'catalog' | 'progress'>;

export interface RebuildResult {
  readonly tenants: number;
  readonly snapshots: number;
  readonly incrementals: number;
  readonly runs: number;
  readonly logIndexes: number;
  readonly erasures: number;
  readonly restores: number;
  /** Manifests that do not verify, or that no chain leads to (a process died before it was listed). */
  readonly leftOut: readonly { readonly key: string; readonly why: string }[];
  /** Tenants whose key is gone: listed by their headers. */
  readonly withoutKey: readonly TenantRef[];
}

interface Counts {
  snapshots: number;
  incrementals: number;
  erasures: number;
  restores: number;
}

/** Safe to repeat; adds to what the catalog holds. Throws what the vault and the catalog throw. */
export async function rebuildCatalog(deps: RebuildDeps): Promise<RebuildResult> {
  const leftOut: { key: string; why: string }[] = [];
  const found = new Map<TenantRef, StoredManifest[]>();
  for await (const object of deps.vault.list(TENANTS_PREFIX)) {
    const place = /^tenants\/([a-z2-7]{26})\/manifests\//.exec(object.key);
    if (!place) continue;
    const stored = await verified(deps, object.key, leftOut);
    if (!stored) continue;
    if (stored.header.tenant !== place[1]) leftOut.push({ key: object.key, why: 'belongs to another owner' });
    else found.set(place[1] as TenantRef, [...(found.get(place[1] as TenantRef) ?? []), stored]);
  }
  await deps.catalog.write([logKept.forget()]);
  const log = await rebuildLog(deps, leftOut);
  const logIndexes = await rebuildIndexes(deps, leftOut);
  const counts: Counts = { snapshots: 0, incrementals: 0, erasures: 0, restores: 0 };
  const withoutKey: TenantRef[] = [];
  const seen = new Set([...found.keys(), ...log.tenants]);
  for (const tenant of seen) {
    const opens = await rebuildTenant(deps, tenant, found.get(tenant) ?? [], counts, leftOut);
    if (!opens) withoutKey.push(tenant);
    deps.progress?.({
      step: 'catalog.rebuild',
      message: 'Reading manifests',
      done: counts.snapshots,
      unit: 'snapshots',
    });
  }
  return { tenants: seen.size, ...counts, runs: log.runs, logIndexes, leftOut, withoutKey };
}

async function rebuildLog(deps: RebuildDeps, leftOut: { key: string; why: string }[]) {
  const seen = new Set<TenantRef>();
  let latest: StoredManifest | undefined;
  let count = 0;
  for await (const object of deps.vault.list(LOG_MANIFESTS_PREFIX)) {
    try {
      const manifest = await readManifest(deps, object.key, LogBody, { tenant: SYSTEM, kind: 'log' });
      if (latest && manifest.header.previous?.sha256 !== latest.sha256) {
        // A missing run shows as a hole between runs: the next one is kept, and no chain leads across.
        if (parseLsn(manifest.header.from) < parseLsn(latest.header.to)) {
          leftOut.push({ key: object.key, why: 'no log run leads to it' });
          continue;
        }
      }
      await writeAll(deps.catalog, [...runWrites(manifest, manifest.body), runs.put(runItem(manifest, manifest.body))]);
      for (const entry of manifest.body.segments) if (entry.tenant !== SYSTEM) seen.add(entry.tenant as TenantRef);
      latest = manifest;
      count += 1;
    } catch (error) {
      leftOut.push({ key: object.key, why: reason(error) });
    }
  }
  if (latest) await putHead(deps, SYSTEM, latest);
  return { runs: count, tenants: seen };
}

/** Returns whether the tenant's key opened its manifests. */
async function rebuildTenant(
  deps: RebuildDeps,
  tenant: TenantRef,
  manifests: readonly StoredManifest[],
  counts: Counts,
  leftOut: { key: string; why: string }[],
): Promise<boolean> {
  const chain = manifests.filter(({ header }) => header.kind === 'snapshot' || header.kind === 'incremental');
  const orphans = orphansOf(chain);
  const writes: CatalogWrite[] = [];
  let tenantId: string | null = null;
  let opens = true;
  for (const stored of manifests) {
    if (orphans.has(stored.sha256)) {
      leftOut.push({ key: stored.key, why: 'no later backup leads to it' });
      continue;
    }
    try {
      const item = await itemOf(deps, tenant, stored, counts);
      writes.push(item.write);
      tenantId = item.tenantId ?? tenantId;
      opens &&= item.opened;
    } catch (error) {
      leftOut.push({ key: stored.key, why: reason(error) });
    }
  }
  const known = await tenants.get(deps.catalog, tenant);
  const firstSeen = manifests.map(({ header }) => header.createdAt).sort()[0] ?? new Date(0).toISOString();
  writes.push(
    tenants.put({
      ref: tenant,
      tenantId: tenantId ?? known?.tenantId ?? null,
      firstSeen: known?.firstSeen ?? firstSeen,
      ...(known?.left && { left: true }),
    }),
  );
  await writeAll(deps.catalog, writes);
  const newest = chain
    .filter(stored => !orphans.has(stored.sha256))
    .sort(byId)
    .at(-1);
  if (newest) await putHead(deps, tenant, newest);
  return opens;
}

async function itemOf(
  deps: RebuildDeps,
  tenant: TenantRef,
  stored: StoredManifest,
  counts: Counts,
): Promise<{ write: CatalogWrite; tenantId?: string; opened: boolean }> {
  const { key, sha256, header } = stored;
  const expect = { tenant, kind: header.kind, sha256 };
  switch (header.kind) {
    case 'snapshot': {
      const body = await bodyOrNothing(() => readManifest(deps, key, SnapshotBody, expect));
      counts.snapshots += 1;
      return {
        write: backups.put(tenant, snapshotItem(stored, body)),
        opened: body !== undefined,
        ...(body && { tenantId: body.tenantId }),
      };
    }
    case 'incremental': {
      const body = await bodyOrNothing(() => readManifest(deps, key, IncrementalBody, expect));
      counts.incrementals += 1;
      return {
        write: backups.put(tenant, incrementalItem(stored, body)),
        opened: body !== undefined,
        ...(body && { tenantId: body.tenantId }),
      };
    }
    case 'erasure': {
      const body = await bodyOrNothing(() => readManifest(deps, key, ErasureBody, expect));
      counts.erasures += 1;
      const item = {
        id: header.id,
        key,
        sha256,
        table: body?.table ?? 'unknown.unknown',
        count: body?.digests.length ?? 0,
        at: header.createdAt,
      };
      return { write: erasures.put(tenant, item), opened: body !== undefined };
    }
    default: {
      const body = await bodyOrNothing(() => readManifest(deps, key, RestoreRecord, expect));
      counts.restores += 1;
      return { write: restores.put(tenant, header.id, restoreItem(stored, body)), opened: body !== undefined };
    }
  }
}

function base({ key, sha256, header }: StoredManifest) {
  const { id, from, to, fromTime, toTime, createdAt, objects } = header;
  const storedBytes = objects
    .filter(object => object.key.includes(`/packs/${id}-`))
    .reduce((sum, object) => sum + object.bytes, 0);
  return { id, key, sha256, from, to, fromTime, toTime, createdAt, storedBytes, durationMs: 0 };
}

function snapshotItem(stored: StoredManifest, body: SnapshotBody | undefined): BackupItem {
  const tables = body?.tables ?? [];
  const own = new Set(
    body?.packs.flatMap((key, index) => (key.includes(`/packs/${stored.header.id}-`) ? [index] : [])),
  );
  const chunks = tables.flatMap(table => table.chunks);
  return {
    ...base(stored),
    kind: 'snapshot',
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
    bytes: tables.reduce((sum, table) => sum + table.bytes, 0),
    chunks: chunks.length,
    reusedChunks: chunks.filter(chunk => chunk.length > 0 && !own.has(body!.blocks[chunk.block]!.pack)).length,
    reason: body?.reason ?? 'unknown',
    ...(body && { read: body.read }),
  };
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
 * Manifests that nothing followed although something else did: a process died between manifest and catalog, and the
 * chain went on without it.
 */
function orphansOf(chain: readonly StoredManifest[]): Set<string> {
  const followed = new Set(chain.map(({ header }) => header.previous?.sha256));
  const ends = chain.filter(({ sha256 }) => !followed.has(sha256)).sort(byId);
  return new Set(ends.slice(0, -1).map(({ sha256 }) => sha256));
}

function byId(a: StoredManifest, b: StoredManifest): number {
  return a.header.id < b.header.id ? -1 : a.header.id > b.header.id ? 1 : 0;
}

async function putHead(deps: RebuildDeps, owner: TenantRef, { key, sha256, header }: StoredManifest): Promise<void> {
  const before = await heads.get(deps.catalog, owner);
  await deps.catalog.write([heads.put(owner, { id: header.id, key, sha256 }, before && { revision: before.revision })]);
}

async function verified(
  deps: RebuildDeps,
  key: string,
  leftOut: { key: string; why: string }[],
): Promise<StoredManifest | undefined> {
  try {
    const { sha256, header } = await readHeader(deps, key);
    return { key, sha256, header };
  } catch (error) {
    leftOut.push({ key, why: reason(error) });
    return undefined;
  }
}

/** The body; undefined where the tenant's key is gone. Anything else that is wrong with it is thrown. */
async function bodyOrNothing<B>(read: () => Promise<{ body: B }>): Promise<B | undefined> {
  try {
    return (await read()).body;
  } catch (error) {
    if (error instanceof HoldfastError && (error.code === 'no-key' || error.code === 'key-destroyed')) return undefined;
    throw error;
  }
}

function reason(error: unknown): string {
  if (error instanceof HoldfastError) return error.code;
  throw error;
}
