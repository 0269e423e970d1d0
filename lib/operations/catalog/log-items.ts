/**
 * The catalog's items of the change log other than its runs: segments by tenant, indexes, what tenants need of the log
 * and what is left of it, and the tables as of the newest run.
 */
import * as z from 'zod';
import { SegmentEntry } from '../../domain/log-manifest.ts';
import { type Lsn, LsnText, parseLsn } from '../../domain/lsn.ts';
import { epochOf } from '../../domain/source-epoch.ts';
import { TableSchema } from '../../domain/table-schema.ts';
import { TableTrace } from '../../domain/table-trace.ts';
import { TenantRef } from '../../domain/tenant.ts';
import type { Catalog, CatalogWrite } from '../../ports.ts';
import { collect, fromLsn, lsnSort, one, toLsn } from './typed-items.ts';

/** A log index, all of its shards durable. */
export const LogIndexItem = z.object({
  id: z.string(),
  from: LsnText,
  to: LsnText,
  fromTime: z.string(),
  toTime: z.string(),
  /** It has 2^bits shards. */
  bits: z.number(),
  /** Number of runs it covers; digests of the manifest before the first of them, and of the last. */
  runs: z.number(),
  previous: z.string().nullable(),
  last: z.string(),
});
export type LogIndexItem = z.infer<typeof LogIndexItem>;

/** A segment as a restore finds it: the entry, and the run with the manifest that signs it. */
export const SegmentItem = z.object({
  run: z.object({ id: z.string(), key: z.string(), sha256: z.string(), from: LsnText, to: LsnText }),
  packs: z.array(z.string()),
  entry: SegmentEntry,
});
export type SegmentItem = z.infer<typeof SegmentItem>;

const Span = z.object({ from: LsnText, to: LsnText, until: z.string().optional() });

/** What a tenant needs of the shared log: everything from a position on (null: nothing), and what completes snapshots. */
export const LogNeedItem = z.object({
  ref: TenantRef,
  from: LsnText.nullable(),
  spans: z.array(Span),
  logDays: z.number(),
  /** It left the database: its window keeps nothing but the spans. */
  departed: z.boolean().optional(),
  at: z.string(),
});
export type LogNeedItem = z.infer<typeof LogNeedItem>;

/** The stretches of log that are left, written whenever runs were removed; in log order. */
const LogKeptItem = z.object({ stretches: z.array(z.object({ from: LsnText, to: LsnText })) });
type LogKeptItem = z.infer<typeof LogKeptItem>;

const LOG_NEEDS = 'log#needs';
const LOG_KEPT = 'log#kept';
const LOG_INDEXES = 'log#indexes';
/** Oids and file numbers mean nothing on another server: each source epoch has its own items. */
const inEpoch = (partition: string, epoch: number) => (epoch === 0 ? partition : `${partition}#${epoch}`);
const definitionsOf = (epoch: number) => inEpoch('log#definitions', epoch);
const tracesOf = (epoch: number) => inEpoch('log#traces', epoch);
const segmentsOf = (tenant: TenantRef) => `tenant#${tenant}#segments`;

export const logIndexes = {
  /** Indexes that end at or after `from`, in log order. */
  list: (catalog: Catalog, from?: Lsn) =>
    collect(catalog, LOG_INDEXES, LogIndexItem, from === undefined ? {} : { from: fromLsn(from) }),
  latest: async (catalog: Catalog): Promise<LogIndexItem | undefined> =>
    (await collect(catalog, LOG_INDEXES, LogIndexItem, { reverse: true, limit: 1 }))[0],
  put: (item: LogIndexItem): CatalogWrite => ({
    put: { partition: LOG_INDEXES, sort: lsnSort(item.to, item.id), value: item },
  }),
  remove: (item: LogIndexItem): CatalogWrite => ({
    remove: { partition: LOG_INDEXES, sort: lsnSort(item.to, item.id) },
  }),
};

export const segments = {
  /** Segments (of one tenant or of `system`) whose last commit lies in [from, to]. */
  list: (catalog: Catalog, tenant: TenantRef, from?: Lsn, to?: Lsn) =>
    collect(catalog, segmentsOf(tenant), SegmentItem, {
      ...(from === undefined ? {} : { from: fromLsn(from) }),
      ...(to === undefined ? {} : { to: toLsn(to) }),
    }),
  put: (tenant: TenantRef, item: SegmentItem): CatalogWrite => {
    // A reader of summaries reads the manifests: here they would make two write units of one.
    const value = { ...item, entry: { ...item.entry, activity: undefined } };
    return { put: { partition: segmentsOf(tenant), sort: lsnSort(item.entry.lastCommit, item.run.id), value } };
  },
  remove: (tenant: TenantRef, item: SegmentItem): CatalogWrite => ({
    remove: { partition: segmentsOf(tenant), sort: lsnSort(item.entry.lastCommit, item.run.id) },
  }),
};

export const logNeeds = {
  list: (catalog: Catalog) => collect(catalog, LOG_NEEDS, LogNeedItem),
  put: (item: LogNeedItem): CatalogWrite => ({ put: { partition: LOG_NEEDS, sort: item.ref, value: item } }),
};

export const logKept = {
  get: (catalog: Catalog) => one(catalog, LOG_KEPT, 'runs', LogKeptItem),
  put: (value: LogKeptItem): CatalogWrite => ({ put: { partition: LOG_KEPT, sort: 'runs', value } }),
  /** Removed runs may be listed again: what is left is unknown until the next expiry of the log. */
  forget: (): CatalogWrite => ({ remove: { partition: LOG_KEPT, sort: 'runs' } }),
};

/** Tables as of the newest run of a source epoch, by oid, for the next one to compare with. */
export const definitions = {
  list: (catalog: Catalog, epoch: number) => collect(catalog, definitionsOf(epoch), TableSchema),
  put: (item: TableSchema, epoch: number): CatalogWrite => ({
    put: { partition: definitionsOf(epoch), sort: String(item.oid), value: item },
  }),
};

export const tableTraces = {
  list: (catalog: Catalog, epoch: number) => collect(catalog, tracesOf(epoch), TableTrace),
  put: (item: TableTrace, epoch: number): CatalogWrite => ({
    put: { partition: tracesOf(epoch), sort: String(item.oid), value: item },
  }),
};

/** The source epoch of a run. */
export const epochOfRun = (run: { readonly to: LsnText }): number => epochOf(parseLsn(run.to));
