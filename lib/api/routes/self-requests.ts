/** Self-service: what a tenant asked for, and how far it is. Invariant: the tenant is the caller's own. */
import { listRequests } from '../../operations/governance/list-requests.ts';
import { seeRequest } from '../../operations/governance/see-request.ts';
import { LIST_OWN_REQUESTS, READ_OWN_REQUEST, READ_OWN_WORK } from '../facts/self.ts';
import { ownRequest, ownWork } from '../own-view.ts';
import { pageOf } from '../paging.ts';
import { route } from '../route.ts';

/** Requests that have ended and are still listed. */
const MOST_ENDED = 100;

const listOwnRequests = route(LIST_OWN_REQUESTS, async ({ deps, tenant, principal, query }) => {
  const found = await listRequests(deps.storage, { tenant, ended: MOST_ENDED, seenBy: principal });
  const newest = found.sort((a, b) => (a.request.id < b.request.id ? 1 : -1));
  const { items, next } = pageOf(newest, query, ({ request }) => request.id);
  return { requests: items.map(each => ownRequest(each, principal)), next };
});

const seeOwnRequest = route(READ_OWN_REQUEST, async ({ deps, tenant, principal, path }) => {
  const { storage, recording } = deps;
  return ownRequest(
    await seeRequest({ ...storage, ...recording }, { principal, tenant, id: path.request! }),
    principal,
  );
});

const followOwnWork = route(READ_OWN_WORK, async ({ deps, tenant, principal, path }) =>
  ownWork(deps.executions.get(tenant, path.work!), principal),
);

export const SELF_REQUEST_ROUTES = [listOwnRequests, seeOwnRequest, followOwnWork];
