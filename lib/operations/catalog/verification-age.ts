/** How long ago a tenant's backups were last verified: the metric behind "verification is late". */
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { backups, tenants } from './catalog-index.ts';

/**
 * Seconds since a verification of the tenant last succeeded; where none ever did, since its oldest remaining snapshot.
 * Undefined where there is nothing to verify: no snapshot, the tenant left the database, or its key is destroyed.
 */
export async function verificationAge(
  { catalog, clock }: Pick<Deps, 'catalog' | 'clock'>,
  tenant: TenantRef,
): Promise<number | undefined> {
  const known = await tenants.get(catalog, tenant);
  if (known?.left || known?.destruction || known?.tenantId === null) return undefined;
  const snapshots = (await backups.list(catalog, tenant)).filter(item => item.kind === 'snapshot');
  const proved = snapshots.flatMap(item => (item.verified?.ok ? [Date.parse(item.verified.at)] : []));
  const first = snapshots[0];
  if (first === undefined) return undefined;
  const since = proved.length > 0 ? Math.max(...proved) : Date.parse(first.createdAt);
  return Math.max(0, (clock.now().getTime() - since) / 1000);
}
