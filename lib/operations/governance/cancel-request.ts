/**
 * Cancels a request: its requester, or who administers the installation. Invariant: a request is either started or
 * cancelled, whoever is first; both write the same object.
 */
import { ConflictError } from '../../domain/errors.ts';
import { RequestEnd, requestPartKey } from '../../domain/governed-request.ts';
import { type Permission, permissionsOf } from '../../domain/permission.ts';
import { samePerson } from '../../domain/person.ts';
import { unlessStored } from '../storage/write-once.ts';
import { type Attempt, draftOf, recordingDenials, requirePermitted } from './audit.ts';
import { putGovernance } from './governance-document.ts';
import { type RequestView, readRequest } from './read-request.ts';
import type { GovernanceDeps } from './request-action.ts';
import { type RequestNamed, seeRequest } from './see-request.ts';

/** Cancelling again changes nothing. InputError `unknown-request`, `not-permitted`; ConflictError `request-started`. */
export async function cancelRequest(deps: GovernanceDeps, named: RequestNamed): Promise<RequestView> {
  const { principal, tenant, id } = named;
  const view = await seeRequest(deps, named);
  const { action, planHash, requestedBy } = view.request;
  const isOwn = samePerson(principal.name, requestedBy.name);
  const permission: Permission = isOwn ? permissionsOf(action).request : 'administer';
  const attempt: Attempt = { principal, tenant, permission, request: id, planHash };
  const policies = await recordingDenials(deps, attempt, async () => {
    const allowed = await requirePermitted(deps, attempt);
    requireNotStarted(view);
    return allowed;
  });
  if (view.state === 'cancelled') return view;
  await deps.record(tenant, draftOf(attempt, 'cancelled', { policies }));
  const end: RequestEnd = {
    ...{ format: 'holdfast.request-end/1', request: id, tenant, action, planHash, end: 'cancelled', by: principal },
    ...{ approvedBy: [], at: deps.clock.now().toISOString() },
  };
  await unlessStored(putGovernance(deps, requestPartKey(tenant, id, 'end'), RequestEnd.parse(end)));
  const after = await readRequest(deps, tenant, id);
  return recordingDenials(deps, attempt, async () => requireNotStarted(after));
}

function requireNotStarted(view: RequestView): RequestView {
  if (view.end?.end !== 'started') return view;
  throw new ConflictError('request-started', 'The request was executed, or is being executed.', {
    hint: 'It can no longer be cancelled.',
  });
}
