/**
 * The catalog's items of a tenant's own copies of the log (retention/copy-held-log.ts), and the log as that tenant can
 * read it: the runs that all tenants share, and before or between them those of which only the copy is left.
 */
import type { IndexedRun } from '../../domain/log-manifest.ts';
import { type Lsn, parseLsn } from '../../domain/lsn.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Catalog, CatalogWrite } from '../../ports.ts';
import { RunItem } from './catalog-index.ts';
import { collect, fromLsn, lsnSort } from './typed-items.ts';

const partitionOf = (tenant: TenantRef) => `tenant#${tenant}#held-runs`;

export const heldRuns = {
  /** Runs that end at `from` or later, in log order. */
  list: (catalog: Catalog, tenant: TenantRef, from?: Lsn) =>
    collect(catalog, partitionOf(tenant), RunItem, from === undefined ? {} : { from: fromLsn(from) }),
  put: (tenant: TenantRef, item: RunItem): CatalogWrite => ({
    put: { partition: partitionOf(tenant), sort: lsnSort(item.to, item.id), value: item },
  }),
  remove: (tenant: TenantRef, item: RunItem): CatalogWrite => ({
    remove: { partition: partitionOf(tenant), sort: lsnSort(item.to, item.id) },
  }),
};

/** All runs that the tenant can be restored from, in log order; one that is still shared is read as everybody reads it. */
export function withCopies(shared: readonly RunItem[], copied: readonly RunItem[]): RunItem[] {
  const known = new Set(shared.map(run => run.sha256));
  const only = copied.filter(run => !known.has(run.sha256));
  if (only.length === 0) return [...shared];
  return [...only, ...shared].sort((a, b) => compare(parseLsn(a.to), parseLsn(b.to)) || compare(a.id, b.id));
}

function compare<T extends Lsn | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The item of a copied run: counts are the tenant's own. */
export function heldRunItem(run: IndexedRun, copy: { key: string; sha256: string }): RunItem {
  const { id, key, sha256, from, to, fromTime, toTime, previous, source, segments } = run;
  const sum = (count: (segment: IndexedRun['segments'][number]) => number) =>
    segments.reduce((total, segment) => total + count(segment), 0);
  return {
    ...{ id, key, sha256, from, to, fromTime, toTime, previous },
    transactions: sum(segment => segment.transactions),
    changes: sum(segment => segment.changes),
    storedBytes: sum(segment => segment.blocks.reduce((total, block) => total + block.length, 0)),
    ...{ tenants: 1, xmin: '0', ...(source && { source }), copy: { key: copy.key, sha256: copy.sha256 } },
  };
}
