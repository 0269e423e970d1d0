/**
 * The catalog's items of tenants and of runs: their partitions and sort keys (the rest is in log-items.ts). An index only:
 * a rebuild writes the same items from the manifests; what a restore reads through it is verified against signed ones.
 */
import * as z from 'zod';
import { ArchiveClass } from '../../domain/archive.ts';
import { GapEntry, MarkerEntry } from '../../domain/log-manifest.ts';
import { type Lsn, LsnText, parseLsn } from '../../domain/lsn.ts';
import { SourceIdentity } from '../../domain/source-epoch.ts';
import { SYSTEM, TenantRef } from '../../domain/tenant.ts';
import type { Catalog, CatalogWrite } from '../../ports.ts';
import { collect, fromLsn, lsnSort, one, parsed, toLsn } from './typed-items.ts';

export const TenantItem = z.object({
  ref: TenantRef,
  /** Null after a rebuild whose tenant key is destroyed. */
  tenantId: z.string().nullable(),
  firstSeen: z.string(),
  /** A fleet run no longer found it in the database: no new backup of it is expected. */
  left: z.boolean().optional(),
  /** Where a signed note proves it: a position at which the database had no row of it. */
  departed: z.object({ at: z.string(), lsn: LsnText }).optional(),
  /** Its key is being destroyed, or was: nothing new of it is expected. See governance/destruction/. */
  destruction: z.enum(['pending', 'done']).optional(),
});
export type TenantItem = z.infer<typeof TenantItem>;

export const BackupItem = z.object({
  id: z.string(),
  kind: z.enum(['snapshot', 'incremental']),
  key: z.string(),
  sha256: z.string(),
  from: LsnText,
  to: LsnText,
  fromTime: z.string(),
  toTime: z.string(),
  createdAt: z.string(),
  /** Rows (snapshot) or net changes (incremental). */
  rows: z.number(),
  /** Plaintext bytes that it covers, and bytes newly stored for it. */
  bytes: z.number(),
  storedBytes: z.number(),
  /** Chunks of a snapshot, and how many were reused or deduplicated. */
  chunks: z.number(),
  reusedChunks: z.number(),
  durationMs: z.number(),
  reason: z.string(),
  read: z.enum(['full', 'changed']).optional(),
  verified: z.object({ at: z.string(), ok: z.boolean() }).optional(),
  /** ManifestHeader.source. */
  source: SourceIdentity.optional(),
  /** ManifestHeader.keepUntil. */
  keepUntil: z.string().optional(),
});
export type BackupItem = z.infer<typeof BackupItem>;

export const RunItem = z.object({
  id: z.string(),
  key: z.string(),
  sha256: z.string(),
  from: LsnText,
  to: LsnText,
  fromTime: z.string(),
  toTime: z.string(),
  previous: z.object({ id: z.string(), key: z.string(), sha256: z.string() }).nullable(),
  transactions: z.number(),
  changes: z.number(),
  storedBytes: z.number(),
  tenants: z.number(),
  xmin: z.string(),
  /** LogBody.settledBelow. */
  settledBelow: z.string().optional(),
  /** ManifestHeader.source. */
  source: SourceIdentity.optional(),
  /** The tenant's own copy under legal hold, from which it is read. */
  copy: z.object({ key: z.string(), sha256: z.string() }).optional(),
});
export type RunItem = z.infer<typeof RunItem>;

export const HeadItem = z.object({ id: z.string(), key: z.string(), sha256: z.string() });
export type HeadItem = z.infer<typeof HeadItem>;

export const RestoreCommitItem = z.object({
  ...{ tenant: TenantRef, id: z.string(), lsn: LsnText, time: z.string() },
  /** The log has it at another position too. */
  unclear: z.boolean().optional(),
});
export type RestoreCommitItem = z.infer<typeof RestoreCommitItem>;

export const ErasureItem = z.object({
  id: z.string(),
  key: z.string(),
  sha256: z.string(),
  table: z.string(),
  count: z.number(),
  at: z.string(),
});
export type ErasureItem = z.infer<typeof ErasureItem>;

export const ArchiveItem = z.object({
  id: z.string(),
  key: z.string(),
  sha256: z.string(),
  to: LsnText,
  /** The moment of its rows. */
  toTime: z.string(),
  createdAt: z.string(),
  keep: ArchiveClass,
  /** Null after a rebuild without the tenant's key. */
  rows: z.number().nullable(),
  storedBytes: z.number(),
});
export type ArchiveItem = z.infer<typeof ArchiveItem>;

/** Until when a backup's manifest and all objects that it needs were last seen to be locked. */
export const LockItem = z.object({ id: z.string(), until: z.string() });
export type LockItem = z.infer<typeof LockItem>;

const TENANTS = 'tenants';
export const FEW_TENANTS = 50; // More are read faster as a list.
const RUNS = 'log#runs';
const OPEN_GAPS = 'gaps#open';

const partitions = {
  backups: (tenant: TenantRef) => `tenant#${tenant}#backups`,
  markers: (tenant: TenantRef) => `tenant#${tenant}#markers`,
  gaps: (tenant: TenantRef) => `tenant#${tenant}#gaps`,
  restores: (tenant: TenantRef) => `tenant#${tenant}#restores`,
  restoreCommits: (tenant: TenantRef) => `tenant#${tenant}#restore-commits`,
  erasures: (tenant: TenantRef) => `tenant#${tenant}#erasures`,
  archives: (tenant: TenantRef) => `tenant#${tenant}#archives`,
  locks: (tenant: TenantRef) => `tenant#${tenant}#locks`,
  heads: 'heads',
};

export const tenants = {
  list: (catalog: Catalog) => collect(catalog, TENANTS, TenantItem),
  /** References from `from` to `to`, both included. */
  range: (catalog: Catalog, from: string, to: string) => collect(catalog, TENANTS, TenantItem, { from, to }),
  after: (catalog: Catalog, ref = '', limit = 1) => collect(catalog, TENANTS, TenantItem, { from: `${ref}!`, limit }),
  get: (catalog: Catalog, ref: TenantRef) => one(catalog, TENANTS, ref, TenantItem),
  /** Those of these references that there are; of many, from the list of all: a request returns thousands. */
  among: async (catalog: Catalog, refs: readonly TenantRef[]): Promise<ReadonlyMap<TenantRef, TenantItem>> => {
    const found =
      refs.length <= FEW_TENANTS
        ? await Promise.all(refs.map(ref => one(catalog, TENANTS, ref, TenantItem)))
        : await collect(catalog, TENANTS, TenantItem);
    return new Map(found.flatMap(item => (item ? [[item.ref, item] as const] : [])));
  },
  put: (item: TenantItem): CatalogWrite => ({ put: { partition: TENANTS, sort: item.ref, value: item } }),
  remove: (ref: TenantRef): CatalogWrite => ({ remove: { partition: TENANTS, sort: ref } }),
};

export const backups = {
  /** Ordered by the position to which they can be recovered. */
  list: (catalog: Catalog, tenant: TenantRef) => collect(catalog, partitions.backups(tenant), BackupItem),
  /** From the newest backwards to those that lead to the position: reads what is consumed and a page. */
  newestFirst: async function* (catalog: Catalog, tenant: TenantRef, position: Lsn): AsyncGenerator<BackupItem> {
    for await (const item of catalog.query(partitions.backups(tenant), { from: fromLsn(position), reverse: true }))
      yield parsed(BackupItem, item);
  },
  /** The readable ones, and the writes that remove the others and those in a wrong place. */
  sort: async (catalog: Catalog, tenant: TenantRef): Promise<{ items: BackupItem[]; remove: CatalogWrite[] }> => {
    const found = { items: [] as BackupItem[], remove: [] as CatalogWrite[] };
    for await (const { partition, sort, value } of catalog.query(partitions.backups(tenant))) {
      const { success, data } = BackupItem.safeParse(value);
      if (success && lsnSort(data.to, data.id) === sort) found.items.push(data);
      else found.remove.push({ remove: { partition, sort } });
    }
    return found;
  },
  put: (tenant: TenantRef, item: BackupItem): CatalogWrite => ({
    put: { partition: partitions.backups(tenant), sort: lsnSort(item.to, item.id), value: item },
  }),
  remove: (tenant: TenantRef, item: BackupItem): CatalogWrite => ({
    remove: { partition: partitions.backups(tenant), sort: lsnSort(item.to, item.id) },
  }),
};

export const runs = {
  /** Runs that end in [from, to], in log order. */
  list: (catalog: Catalog, from?: Lsn, to?: Lsn) =>
    collect(catalog, RUNS, RunItem, {
      ...(from === undefined ? {} : { from: fromLsn(from) }),
      ...(to === undefined ? {} : { to: toLsn(to) }),
    }),
  first: async (catalog: Catalog): Promise<RunItem | undefined> =>
    (await collect(catalog, RUNS, RunItem, { limit: 1 }))[0],
  /** The first runs that end at the position or after it, at most `limit`, in log order. */
  some: (catalog: Catalog, position: Lsn, limit: number) =>
    collect(catalog, RUNS, RunItem, { from: fromLsn(position), limit }),
  latest: async (catalog: Catalog): Promise<RunItem | undefined> =>
    (await collect(catalog, RUNS, RunItem, { reverse: true, limit: 1 }))[0],
  /** From the newest backwards as long as `wanted`, in log order: reads what it returns and a page, not the month. */
  tail: async (catalog: Catalog, wanted: (run: RunItem) => boolean): Promise<RunItem[]> => {
    const found: RunItem[] = [];
    for await (const item of catalog.query(RUNS, { reverse: true })) {
      const run = parsed(RunItem, item);
      if (!wanted(run)) break;
      found.push(run);
    }
    return found.reverse();
  },
  put: (item: RunItem): CatalogWrite => ({ put: { partition: RUNS, sort: lsnSort(item.to, item.id), value: item } }),
  remove: (item: RunItem): CatalogWrite => ({ remove: { partition: RUNS, sort: lsnSort(item.to, item.id) } }),
};

export const locks = {
  list: (catalog: Catalog, tenant: TenantRef) => collect(catalog, partitions.locks(tenant), LockItem),
  put: (tenant: TenantRef, item: LockItem): CatalogWrite => ({
    put: { partition: partitions.locks(tenant), sort: item.id, value: item },
  }),
  remove: (tenant: TenantRef, id: string): CatalogWrite => ({
    remove: { partition: partitions.locks(tenant), sort: id },
  }),
};

export const markers = {
  list: (catalog: Catalog, tenant: TenantRef) => collect(catalog, partitions.markers(tenant), MarkerEntry),
  get: (catalog: Catalog, tenant: TenantRef, name: string) =>
    one(catalog, partitions.markers(tenant), name, MarkerEntry),
  put: (item: MarkerEntry): CatalogWrite => ({
    put: { partition: partitions.markers(item.tenant), sort: item.name, value: item },
  }),
};

export const gaps = {
  /** The tenant's own gaps and those of all tenants, by position. */
  list: async (catalog: Catalog, tenant: TenantRef): Promise<GapEntry[]> => {
    const own = tenant === SYSTEM ? [] : await collect(catalog, partitions.gaps(tenant), GapEntry);
    const all = await collect(catalog, partitions.gaps(SYSTEM), GapEntry);
    return [...own, ...all].sort((a, b) => Number(parseLsn(a.from) - parseLsn(b.from)));
  },
  put: (item: GapEntry): CatalogWrite => ({
    put: { partition: partitions.gaps(item.tenant), sort: lsnSort(item.from, item.id), value: item },
  }),
  /** Gaps beyond which some tenant may not have a snapshot yet, of all tenants (open-gaps.ts). */
  listOpen: (catalog: Catalog) => collect(catalog, OPEN_GAPS, GapEntry),
  putOpen: (item: GapEntry): CatalogWrite => ({ put: { partition: OPEN_GAPS, sort: item.id, value: item } }),
  forgetOpen: (item: GapEntry): CatalogWrite => ({ remove: { partition: OPEN_GAPS, sort: item.id } }),
};

export const restores = {
  list: (catalog: Catalog, tenant: TenantRef) => collect(catalog, partitions.restores(tenant), z.unknown()),
  get: (catalog: Catalog, tenant: TenantRef, id: string) => one(catalog, partitions.restores(tenant), id, z.unknown()),
  put: (tenant: TenantRef, id: string, value: unknown): CatalogWrite => ({
    put: { partition: partitions.restores(tenant), sort: id, value },
  }),
};

/** Where each restore's transaction committed in the log: the position of `before:<restore id>`. */
export const restoreCommits = {
  list: (catalog: Catalog, tenant: TenantRef) => collect(catalog, partitions.restoreCommits(tenant), RestoreCommitItem),
  get: (catalog: Catalog, tenant: TenantRef, id: string) =>
    one(catalog, partitions.restoreCommits(tenant), id, RestoreCommitItem),
  put: (item: RestoreCommitItem): CatalogWrite => ({
    put: { partition: partitions.restoreCommits(item.tenant), sort: item.id, value: item },
  }),
};

export const erasures = {
  list: (catalog: Catalog, tenant: TenantRef) => collect(catalog, partitions.erasures(tenant), ErasureItem),
  put: (tenant: TenantRef, item: ErasureItem): CatalogWrite => ({
    put: { partition: partitions.erasures(tenant), sort: item.id, value: item },
  }),
};

export const archives = {
  /** Oldest first. */
  list: (catalog: Catalog, tenant: TenantRef) => collect(catalog, partitions.archives(tenant), ArchiveItem),
  put: (tenant: TenantRef, item: ArchiveItem): CatalogWrite => ({
    put: { partition: partitions.archives(tenant), sort: item.id, value: item },
  }),
  remove: (tenant: TenantRef, id: string): CatalogWrite => ({
    remove: { partition: partitions.archives(tenant), sort: id },
  }),
};

/** The newest manifest of an owner's chain; written under a revision condition, so that a chain never forks. */
export const heads = {
  /** Of every owner, also for damaged items: reads one partition, in pages. */
  revisions: async (catalog: Catalog): Promise<Map<string, number>> => {
    const found = new Map<string, number>();
    for await (const { sort, revision } of catalog.query(partitions.heads)) found.set(sort, revision);
    return found;
  },
  /** By owner: reads one partition, in pages. */
  each: (catalog: Catalog) => catalog.query(partitions.heads),
  /** Also for a damaged item. */
  revision: async (catalog: Catalog, owner: TenantRef): Promise<number | undefined> =>
    (await catalog.get(partitions.heads, owner))?.revision,
  get: async (catalog: Catalog, owner: TenantRef): Promise<{ item: HeadItem; revision: number } | undefined> => {
    const found = await catalog.get(partitions.heads, owner);
    return found === undefined ? undefined : { item: parsed(HeadItem, found), revision: found.revision };
  },
  put: (owner: TenantRef, item: HeadItem, before: { revision: number } | undefined): CatalogWrite => ({
    put: { partition: partitions.heads, sort: owner, value: item },
    onlyIf: before === undefined ? 'absent' : { revision: before.revision },
  }),
};
