/**
 * Marks the tenants that are being destroyed, or were, in a rebuilt catalog: from the signed documents in the vault, so that
 * no rebuild puts a destroyed tenant back into the schedules, also once nothing else of it is left.
 */
import { governanceKindPrefix, governancePrefix } from '../../domain/governance-key.ts';
import { parseTenantRef, type TenantRef } from '../../domain/tenant.ts';
import { tenants } from '../catalog/catalog-index.ts';
import { ifReadable } from '../catalog/typed-items.ts';
import { standingDestruction } from '../storage/destruction-documents.ts';
import type { RebuildDeps } from './rebuild-tenant.ts';

/** Those with this prefix in their references. IntegrityError `object-altered` for a document that was not signed here. */
export async function rebuildDestroyed(deps: RebuildDeps, prefix: string): Promise<void> {
  const listed = governanceKindPrefix('destructions');
  let after: string | undefined;
  for (;;) {
    const key = await firstKey(deps, `${listed}${prefix}`, after);
    if (key === undefined) return;
    const tenant = parseTenantRef(key.slice(listed.length).split('/')[0]!);
    if (tenant !== undefined) await markDestroyed(deps, tenant);
    // After everything of that tenant: `~` sorts after all characters of our keys.
    after = tenant === undefined ? key : `${governancePrefix('destructions', tenant)}~`;
  }
}

async function firstKey({ vault }: RebuildDeps, prefix: string, after: string | undefined) {
  for await (const key of vault.keys(prefix, after)) return key;
  return undefined;
}

async function markDestroyed(deps: RebuildDeps, ref: TenantRef): Promise<void> {
  const standing = await standingDestruction(deps, ref);
  if (standing === undefined) return;
  const known = (await ifReadable(tenants.get(deps.catalog, ref))) ?? {
    ...{ ref, tenantId: null, firstSeen: standing.order.at },
  };
  const item = standing.certificate
    ? { ...known, tenantId: null, destruction: 'done' as const }
    : { ...known, destruction: 'pending' as const };
  await deps.catalog.write([tenants.put(item)]);
}
