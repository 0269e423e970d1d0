/**
 * The catalog's items of what was read of copies of the database, which the cluster's own backups gave: outside the chain of
 * the tenant's backups, so that no moment of the recovery window depends on one. An index only, as for every backup.
 */
import * as z from 'zod';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Catalog, CatalogWrite } from '../../ports.ts';
import { BackupItem } from './catalog-index.ts';
import { collect, one } from './typed-items.ts';

/** As of a snapshot. `to`: the position of the copy, on its own timeline; `toTime`: the moment to which it was restored. */
export const ClusterReadItem = BackupItem.extend({ kind: z.literal('cluster-read') });
export type ClusterReadItem = z.infer<typeof ClusterReadItem>;

const partition = (tenant: TenantRef) => `tenant#${tenant}#cluster-reads`;

export const clusterReads = {
  /** In the order in which they were read. */
  list: (catalog: Catalog, tenant: TenantRef) => collect(catalog, partition(tenant), ClusterReadItem),
  get: (catalog: Catalog, tenant: TenantRef, id: string) => one(catalog, partition(tenant), id, ClusterReadItem),
  put: (tenant: TenantRef, item: ClusterReadItem): CatalogWrite => ({
    put: { partition: partition(tenant), sort: item.id, value: item },
  }),
  remove: (tenant: TenantRef, id: string): CatalogWrite => ({ remove: { partition: partition(tenant), sort: id } }),
};
