/**
 * Where each chain of the audit trail was last seen to end. A hint, from which a writer searches forward: the chain
 * itself is in the vault, and nothing is believed because the catalog says so.
 */
import * as z from 'zod';
import { TenantRef } from '../../domain/tenant.ts';
import type { Catalog, CatalogWrite } from '../../ports.ts';
import { ifReadable, one } from './typed-items.ts';

const AuditHeadItem = z.object({ sequence: z.number().int().positive() });

/** Partition of the ends of the chains. */
export const AUDIT_HEADS = 'audit#heads';

export const auditHeads = {
  /** Place of the last known event; 0 where the catalog has no readable item. */
  get: async (catalog: Catalog, tenant: TenantRef): Promise<number> =>
    (await ifReadable(one(catalog, AUDIT_HEADS, tenant, AuditHeadItem)))?.sequence ?? 0,
  /** The chains that the catalog knows of, whatever their items hold. */
  chains: async function* (catalog: Catalog): AsyncGenerator<TenantRef> {
    for await (const { sort } of catalog.query(AUDIT_HEADS)) {
      const { data } = TenantRef.safeParse(sort);
      if (data !== undefined) yield data;
    }
  },
  put: (tenant: TenantRef, sequence: number): CatalogWrite => ({
    put: { partition: AUDIT_HEADS, sort: tenant, value: { sequence } },
  }),
};
