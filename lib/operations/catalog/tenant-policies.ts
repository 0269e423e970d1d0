/**
 * What the team's query last said about each tenant. In a partition of its own, so that registering a tenant never loses
 * it. A rebuilt catalog has none: until the query has run again, nothing of a tenant is removed (domain/tenant-policy.ts).
 */
import * as z from 'zod';
import { TenantRef } from '../../domain/tenant.ts';
import { samePolicy, TenantPolicy } from '../../domain/tenant-policy.ts';
import type { Catalog, CatalogWrite } from '../../ports.ts';
import { collect, one, writeAll } from './typed-items.ts';

const PARTITION = 'tenant-policies';
const PolicyItem = z.object({ ref: TenantRef, policy: TenantPolicy });

/** By reference. */
export async function listPolicies(catalog: Catalog): Promise<Map<string, TenantPolicy>> {
  return new Map((await collect(catalog, PARTITION, PolicyItem)).map(({ ref, policy }) => [ref, policy]));
}

/** Undefined: the query never answered for this tenant. */
export async function policyOf(catalog: Catalog, ref: string): Promise<TenantPolicy | undefined> {
  return (await one(catalog, PARTITION, ref, PolicyItem))?.policy;
}

/** Writes what differs. */
export async function keepPolicies(
  catalog: Catalog,
  before: ReadonlyMap<string, TenantPolicy>,
  now: ReadonlyMap<TenantRef, TenantPolicy>,
): Promise<number> {
  const changed = [...now].filter(([ref, policy]) => {
    const known = before.get(ref);
    return known === undefined || !samePolicy(known, policy);
  });
  const put = ([ref, policy]: [TenantRef, TenantPolicy]): CatalogWrite => ({
    put: { partition: PARTITION, sort: ref, value: { ref, policy } },
  });
  await writeAll(catalog, changed.map(put));
  return changed.length;
}
