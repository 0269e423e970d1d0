/** Places and releases legal holds as a request with its approvals would. */
import type { Responsible } from '../../lib/domain/governed-action.ts';
import type { TenantRef } from '../../lib/domain/tenant.ts';
import { type HoldDeps, HoldInput, placeHold, planHold } from '../../lib/operations/governance/holds/place-hold.ts';
import { planRelease, releaseHold } from '../../lib/operations/governance/holds/release-hold.ts';

let requests = 0;

export function responsible(changes: Partial<Responsible> = {}): Responsible {
  return {
    ...{
      request: `0mfs8t2xk-${String(requests++).padStart(8, '0')}`,
      requestedBy: 'lena',
      approvedBy: ['omar', 'ada'],
      reason: 'case 17',
    },
    ...{ planHash: 'f'.repeat(64), brokeGlass: false, ...changes },
  };
}

/** The id of the hold. */
export async function hold(deps: HoldDeps, tenant: TenantRef, matter = 'case 17'): Promise<string> {
  const by = responsible();
  await placeHold(deps, tenant, planHold(deps, HoldInput.parse({ matter })), by);
  return by.request;
}

export async function release(deps: HoldDeps, tenant: TenantRef, matter = 'case 17') {
  return releaseHold(deps, tenant, await planRelease(deps, tenant, { matter }), responsible());
}
