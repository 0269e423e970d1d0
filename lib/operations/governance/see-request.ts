/**
 * Opens a request for a person: whoever may not see a tenant's requests learns nothing of them, and the attempt is recorded.
 * A request about a hidden hold does not exist for who must not know of the hold.
 */
import { isHiddenFrom } from '../../domain/hold.ts';
import type { Principal } from '../../domain/principal.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { type Attempt, type RecordDeps, recordingDenials, requirePermitted } from './audit.ts';
import { planIn, type ReadDeps, type RequestView, readRequest, unknownRequest } from './read-request.ts';

export interface RequestNamed {
  readonly principal: Principal;
  readonly tenant: TenantRef;
  /** Id of the request. */
  readonly id: string;
}

/** InputError `not-permitted`, `unknown-request`; IntegrityError `object-altered`. */
export async function seeRequest(
  deps: ReadDeps & RecordDeps,
  { principal, tenant, id }: RequestNamed,
): Promise<RequestView> {
  const attempt: Attempt = { principal, tenant, permission: 'seeRequests', request: id };
  return recordingDenials(deps, attempt, async () => {
    await requirePermitted(deps, attempt);
    const view = await readRequest(deps, tenant, id);
    if (isHiddenFrom(principal, planIn(view.request))) throw unknownRequest();
    return view;
  });
}
