/**
 * What a program may ask on behalf of a person, for any tenant that the person may: previews in numbers, and restores only
 * as requests that other people approve. Invariant: nothing that is asked here is applied by asking.
 */
import { InputError } from '../../domain/errors.ts';
import { listRequests } from '../../operations/governance/list-requests.ts';
import { CountsAsked, OwnRequests, RestoreWanted, Work } from '../documents/self-documents.ts';
import { ownRequest, ownWork } from '../own-view.ts';
import { PageAsked, pageOf } from '../paging.ts';
import { reachable } from '../reachable.ts';
import { startCounts, startRestore } from '../restore-work.ts';
import { route } from '../route.ts';

const group = 'assisted';
const MOST_ENDED = 100;

const askTenantCounts = route(
  {
    ...{ id: 'askCounts', method: 'post', path: '/tenants/{tenant}/counts', group, status: 202 },
    ...{ summary: 'What a restore would change, in numbers; kept to be asked for', body: CountsAsked, answer: Work },
    needs: { permission: 'previewRestore', on: 'tenant', isRecorded: true },
  },
  async asked =>
    ownWork(await startCounts(asked, await reachable(asked.deps, asked.tenant, asked.body.to)), asked.principal),
);

const askTenantRestore = route(
  {
    ...{ id: 'askApprovedRestore', method: 'post', path: '/tenants/{tenant}/restore-requests', group, status: 202 },
    ...{ summary: 'Ask for a restore that people approve; refused where nobody has to', body: RestoreWanted },
    ...{ answer: Work, needs: { permission: 'restore', on: 'tenant' } },
  },
  async asked => {
    if (asked.deps.selfService.approvalsFor('restore', asked.tenant) === 0)
      throw new InputError(
        'approval-not-required',
        'A restore of this tenant needs no approval, so a program may not ask.',
        {
          hint: 'Restore it yourself, or let `approvals` of the configuration ask for one.',
        },
      );
    return ownWork(startRestore(asked), asked.principal);
  },
);

const followCounts = route(
  {
    ...{ id: 'readCounts', method: 'get', path: '/tenants/{tenant}/counts/{work}', group },
    ...{ summary: 'What came of it', needs: { permission: 'seeStatus', on: 'tenant' }, answer: Work },
  },
  async ({ deps, tenant, principal, path }) => ownWork(deps.executions.get(tenant, path.work!), principal),
);

const listAsked = route(
  {
    ...{ id: 'listAsked', method: 'get', path: '/tenants/{tenant}/asked', group },
    ...{ summary: 'Requests of a tenant in sentences, the newest first', query: PageAsked, answer: OwnRequests },
    needs: { permission: 'seeRequests', on: 'tenant' },
  },
  async ({ deps, tenant, principal, query }) => {
    const found = await listRequests(deps.storage, { tenant, ended: MOST_ENDED, seenBy: principal });
    const newest = found.sort((a, b) => (a.request.id < b.request.id ? 1 : -1));
    const { items, next } = pageOf(newest, query, ({ request }) => request.id);
    return { requests: items.map(each => ownRequest(each, principal)), next };
  },
);

export const ASSISTED_ROUTES = [askTenantCounts, askTenantRestore, followCounts, listAsked];
