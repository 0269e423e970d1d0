/** Whether rows that were written or waited have been overtaken by an erasure: then nobody gets them. */
import type { TenantRef } from '../../domain/tenant.ts';
import { provedErasures } from '../restore/plan/prove-plan.ts';

/** `known`: ids of the erasures that the rows obey. IntegrityError for a record that was altered. */
export async function erasedSince(
  deps: Parameters<typeof provedErasures>[0],
  tenant: TenantRef,
  known: readonly string[],
): Promise<boolean> {
  return (await provedErasures(deps, tenant)).some(({ id }) => !known.includes(id));
}
