/** Opens a request for a person: whoever may not see a tenant's requests learns nothing of them, and the attempt is recorded. */
import type { Principal } from '../../domain/principal.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { type Attempt, type RecordDeps, recordingDenials, requirePermitted } from './audit.ts';
import { type ReadDeps, type RequestView, readRequest } from './read-request.ts';

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
    return readRequest(deps, tenant, id);
  });
}
