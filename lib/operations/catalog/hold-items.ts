/**
 * The catalog's index of standing legal holds, and how far walks over the tenants' objects are. The signed records in the
 * vault are the truth (storage/standing-holds.ts): the index saves a listing where a missing hold is found later anyway.
 */
import * as z from 'zod';
import { HoldId } from '../../domain/hold.ts';
import { TenantRef } from '../../domain/tenant.ts';
import type { Catalog, CatalogWrite } from '../../ports.ts';
import { collect, one } from './typed-items.ts';

const HoldItem = z.object({ tenant: TenantRef, holds: z.array(HoldId) });
type HoldItem = z.infer<typeof HoldItem>;

/** The next place of a walk: number of the prefix (over all regions) and the last key there; objects changed so far. */
export const WalkState = z.object({ place: z.number(), after: z.string(), changed: z.number(), done: z.boolean() });
export type WalkState = z.infer<typeof WalkState>;

const HoldProofItem = z.object({ state: z.string() });

const HOLDS = 'holds#standing';
const WALKS = 'holds#walks';
const PROOFS = 'holds#proofs';

export const holdItems = {
  list: (catalog: Catalog) => collect(catalog, HOLDS, HoldItem),
  get: (catalog: Catalog, tenant: TenantRef) => one(catalog, HOLDS, tenant, HoldItem),
  put: (item: HoldItem): CatalogWrite => ({ put: { partition: HOLDS, sort: item.tenant, value: item } }),
  remove: (tenant: TenantRef): CatalogWrite => ({ remove: { partition: HOLDS, sort: tenant } }),
};

export const holdWalks = {
  get: (catalog: Catalog, walk: string) => one(catalog, WALKS, walk, WalkState),
  put: (walk: string, state: WalkState): CatalogWrite => ({ put: { partition: WALKS, sort: walk, value: state } }),
};

/** How far the proof of a tenant's holds is, as a signed text: whoever edits the catalog can prove nothing. */
export const holdProofs = {
  get: async (catalog: Catalog, tenant: TenantRef) => (await one(catalog, PROOFS, tenant, HoldProofItem))?.state,
  put: (tenant: TenantRef, state: string): CatalogWrite => ({
    put: { partition: PROOFS, sort: tenant, value: { state } },
  }),
  remove: (tenant: TenantRef): CatalogWrite => ({ remove: { partition: PROOFS, sort: tenant } }),
};
