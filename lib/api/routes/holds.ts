/** Legal holds and matters: which stand, what each says and proves; placing and releasing are requests that others approve. */
import * as z from 'zod';
import { verifyTenantHolds } from '../../operations/governance/holds/keep-holds.ts';
import { listHeld, showHold } from '../../operations/governance/holds/show-holds.ts';
import { showMatter } from '../../operations/governance/holds/show-matter.ts';
import { askAction, RequestedAction, WithReason } from '../ask-action.ts';
import { ExecutionShown } from '../documents/execution-documents.ts';
import { ListedHoldDocument, ShownHoldDocument, VerifiedHoldsDocument } from '../documents/hold-documents.ts';
import { NextPage, PageAsked, pageOf } from '../paging.ts';
import { type ApiCall, route } from '../route.ts';
import { namedTenants } from '../tenant-names.ts';

const group = 'holds';
const READS = { permission: 'readHolds', on: 'tenant', isRecorded: true } as const;
const Named = { tenantId: z.string().nullable(), label: z.string().optional() };
const Page = z.object({ holds: z.array(ListedHoldDocument.extend(Named)), next: NextPage });
const Moment = z.iso.datetime();

const listHolds = route(
  {
    ...{ id: 'listHolds', method: 'get', path: '/holds', group, query: PageAsked, answer: Page },
    summary: 'The holds that stand; each such read is in the audit trail',
    needs: { permission: 'readHolds', on: 'installation', isRecorded: true },
  },
  async ({ deps, principal, query }) => page(deps, await listHeld(deps.storage, principal), query),
);

const listTenantHolds = route(
  {
    ...{ id: 'listTenantHolds', method: 'get', path: '/tenants/{tenant}/holds', group, query: PageAsked, answer: Page },
    ...{ summary: 'The holds that stand on one tenant', needs: READS },
  },
  async ({ deps, principal, tenant, query }) => page(deps, await listHeld(deps.storage, principal, tenant), query),
);

async function page(deps: ApiCall['deps'], all: Awaited<ReturnType<typeof listHeld>>, query: PageAsked) {
  const { items, next } = pageOf(all, query, ({ tenant, hold }) => `${tenant} ${hold}`);
  return { holds: await namedTenants(deps, items), next };
}

const seeMatter = route(
  {
    ...{ id: 'readMatter', method: 'get', path: '/matters/{hold}', group },
    summary: 'A matter by the id of one of its holds, with all holds for it',
    needs: { permission: 'readHolds', on: 'installation', isRecorded: true },
    answer: z.object({ matter: z.string().nullable(), holds: z.array(ShownHoldDocument.extend(Named)) }),
  },
  async ({ deps, principal, path }) => {
    const { matter, holds } = await showMatter(deps.storage, principal, path.hold!);
    return { matter, holds: await namedTenants(deps, holds) };
  },
);

const seeHold = route(
  {
    ...{ id: 'readHold', method: 'get', path: '/tenants/{tenant}/holds/{hold}', group },
    ...{ summary: 'A hold and its last certificate', needs: READS, answer: ShownHoldDocument.extend(Named) },
  },
  async ({ deps, principal, tenant, path }) => {
    const [shown] = await namedTenants(deps, [await showHold(deps.storage, principal, tenant, path.hold!)]);
    return shown;
  },
);

const placeHold = route(
  {
    ...{ id: 'requestHold', method: 'post', path: '/tenants/{tenant}/holds', group },
    ...{ summary: 'Request a hold for a matter', needs: { permission: 'hold', on: 'tenant' } },
    body: WithReason.extend({
      matter: z.string().trim().min(1).max(200),
      from: Moment.nullable().default(null).describe('The first moment that must stay recoverable; null: everything.'),
      reviewBy: Moment.nullable().default(null),
      hidden: z.boolean().default(false).describe('Not shown to the tenant’s administrator.'),
    }),
    answer: RequestedAction,
  },
  ({ body: { reason, ticket, ...input }, ...asked }) => askAction(asked, { action: 'hold', input, reason, ticket }),
);

const releaseHold = route(
  {
    ...{ id: 'requestRelease', method: 'post', path: '/tenants/{tenant}/holds/{hold}/release', group },
    ...{ summary: 'Request the release of a hold', needs: { permission: 'requestRelease', on: 'tenant' } },
    ...{ body: WithReason, answer: RequestedAction },
  },
  async ({ body: { reason, ticket }, ...asked }) => {
    const { deps, principal, tenant, path } = asked;
    // A hidden hold does not exist for who must not know of it.
    const { hold } = await showHold(deps.storage, principal, tenant, path.hold!);
    return askAction(asked, { action: 'release', input: { matter: hold }, reason, ticket });
  },
);

const proveHolds = route(
  {
    ...{ id: 'verifyHolds', method: 'post', path: '/tenants/{tenant}/holds/verify', group, status: 202 },
    summary: 'Prove that everything of the tenant is held; what is not is repaired and reported',
    ...{ needs: READS, answer: ExecutionShown },
  },
  async ({ deps, principal, tenant }) => {
    const context = await deps.context();
    const begun = { tenant, work: 'verify-holds', startedBy: principal.name };
    return deps.executions.start(begun, async progress => {
      const proved = await verifyTenantHolds({ ...context, progress }, tenant);
      return VerifiedHoldsDocument.parse({ tenants: [proved] });
    });
  },
);

export const HOLD_ROUTES = [
  ...[listHolds, listTenantHolds, seeMatter, seeHold],
  ...[placeHold, releaseHold, proveHolds],
];
