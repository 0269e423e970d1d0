/**
 * Requests of restores on AWS, and decisions on them. What else people ask for there is asked for, and decided, with the
 * command line. Invariant: whether there is a request is told only to who may see the requests of its tenant.
 */
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import { type Attempt, recordingDenials, requirePermitted } from '../../operations/governance/audit.ts';
import { unknownRequest } from '../../operations/governance/read-request.ts';
import { approvalsOf, waitingEverywhere } from '../../operations/restore/apply/kept-approvals.ts';
import { readPreview } from '../../operations/restore/apply/read-preview.ts';
import { decisionFacts, LIST_REQUESTS, READ_REQUEST } from '../facts/requests.ts';
import { placesFor } from '../request-pages.ts';
import { type ApiCall, route } from '../route.ts';
import { deployedOf } from './deployed-restores.ts';
import { findAsked, listedAsked, openedAsked, pageOfAsked } from './restore-requests.ts';

const listAll = route(LIST_REQUESTS, async ({ deps, principal, query }) => {
  const places = await placesFor(deps, principal, query.tenant);
  const approvals = await Promise.all(
    places.map(place => (place === undefined ? waitingEverywhere(deps.storage) : approvalsOf(deps.storage, place))),
  );
  const { found, next } = await pageOfAsked(deps, approvals.flat(), query);
  const shown = await Promise.all(found.map(each => listedAsked(deps, principal, each)));
  return { requests: shown.filter(({ state }) => query.state === undefined || state === query.state), next };
});

type Named = Pick<ApiCall, 'deps' | 'principal' | 'tenant' | 'path'>;

const seeOne = route(READ_REQUEST, opened);

/** InputError `not-permitted`, `unknown-request`. */
async function opened({ deps, principal, tenant, path }: Named) {
  const id = path.request!;
  const attempt: Attempt = { principal, tenant, permission: 'seeRequests', request: id };
  return recordingDenials(deps.recording, attempt, async () => {
    await requirePermitted(deps.recording, attempt);
    const asked = await findAsked(deps, requireTenant(tenant), id);
    return openedAsked(deps, principal, asked, await readPreview(await deps.storageOf!(tenant), tenant, id));
  });
}

function requireTenant(tenant: TenantRef): TenantRef {
  if (tenant === SYSTEM) throw unknownRequest();
  return tenant;
}

function deciding(agrees: boolean) {
  return route(decisionFacts(agrees), async ({ body: { planHash: hash }, ...asked }) => {
    const { deps, principal, tenant, path } = asked;
    await deployedOf(deps).decide({ principal, tenant: requireTenant(tenant), id: path.request!, hash, agrees });
    return opened(asked);
  });
}

export const REQUESTS_ON_AWS = [listAll, seeOne, deciding(true), deciding(false)];
