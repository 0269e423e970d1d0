/**
 * What people asked for: what waits for whose decision, and the steps of each. The operations decide and record themselves,
 * before they tell whether a request exists.
 */
import * as z from 'zod';
import { REQUEST_STATES } from '../../domain/governed-request.ts';
import { askWithoutApprovals, executeBroken, reviewGlass } from '../../operations/governance/break-glass.ts';
import { cancelRequest } from '../../operations/governance/cancel-request.ts';
import { decideRequest } from '../../operations/governance/decide-request.ts';
import { executeAction, requireExecutable } from '../../operations/governance/execute-action.ts';
import { seeRequest } from '../../operations/governance/see-request.ts';
import { ExecutionShown } from '../documents/execution-documents.ts';
import { RequestOpened, RequestPage } from '../documents/governed-documents.ts';
import { PageAsked } from '../paging.ts';
import { openedRequest, pageOfRequests, restoreIn } from '../request-pages.ts';
import { type ApiCall, route } from '../route.ts';

const group = 'requests';
const one = { group, needs: 'operation', alsoSystem: true } as const;
const place = '/tenants/{tenant}/requests/{request}';
const Word = z.string().max(2000);

const named = ({ principal, tenant, path }: Pick<ApiCall, 'principal' | 'tenant' | 'path'>) => ({
  ...{ principal, tenant, id: path.request! },
});

const listAll = route(
  {
    ...{ id: 'listRequests', method: 'get', path: '/requests', group, needs: 'operation', answer: RequestPage },
    summary: 'What people asked for: of one tenant, or of all that the caller may see',
    query: PageAsked.extend({
      tenant: z.string().max(200).optional().describe('Its reference, or `system`.'),
      state: z.enum(REQUEST_STATES).optional(),
    }),
  },
  ({ deps, principal, query }) => pageOfRequests(deps, principal, query),
);

const seeOne = route(
  {
    ...{ id: 'readRequest', method: 'get', path: place, ...one, answer: RequestOpened },
    summary: 'One request: its plan, who asked and why, who decided, and what the caller can do',
  },
  async asked =>
    openedRequest(asked.deps, asked.principal, await seeRequest(await asked.deps.governance(), named(asked))),
);

const Decision = z.strictObject({
  planHash: z.string().max(100).describe('Of the plan that the person saw.'),
  comment: Word.optional(),
});

/** The same for approving and refusing. */
function deciding(agrees: boolean) {
  const verb = agrees ? 'approve' : 'refuse';
  return route(
    {
      ...{ id: `${verb}Request`, method: 'post', path: `${place}/${verb}`, ...one, body: Decision },
      ...{ summary: agrees ? 'Approve exactly this plan' : 'Refuse it, for good', answer: RequestOpened },
    },
    async ({ body: { planHash, comment }, ...asked }) => {
      const { deps, principal } = asked;
      const decision = { agrees, planHash, ...(comment?.trim() && { comment }) };
      const view = await decideRequest(await deps.governance(), { ...named(asked), ...decision });
      return openedRequest(deps, principal, view);
    },
  );
}

const cancelOne = route(
  {
    ...{ id: 'cancelRequest', method: 'post', path: `${place}/cancel`, ...one, answer: RequestOpened },
    summary: 'Cancel a request that was not executed',
  },
  async asked =>
    openedRequest(asked.deps, asked.principal, await cancelRequest(await asked.deps.governance(), named(asked))),
);

const executeOne = route(
  {
    ...{ id: 'executeRequest', method: 'post', path: `${place}/execute`, ...one, status: 202, answer: ExecutionShown },
    summary: 'Execute what was approved; the result of the execution is {request, restore}',
  },
  async asked => {
    const { deps, tenant, principal } = asked;
    const governance = await deps.governance();
    const { request } = await requireExecutable(governance, named(asked));
    return deps.executions.start({ tenant, work: request.action, startedBy: principal.name }, async progress => {
      const result = await executeAction({ ...governance, progress }, await deps.kinds(), named(asked));
      return { request: request.id, restore: restoreIn(result) };
    });
  },
);

const breakOne = route(
  {
    ...{ id: 'breakGlass', method: 'post', path: `${place}/break-glass`, ...one, status: 202, answer: ExecutionShown },
    summary: 'Execute the same at once, without approvals: it alarms, and another person has to review it',
    body: z.strictObject({ reason: Word.min(1) }),
  },
  async ({ body: { reason }, ...asked }) => {
    const { deps, tenant, principal } = asked;
    const governance = await deps.governance();
    const kinds = await deps.kinds();
    const { request } = await seeRequest(governance, named(asked));
    const { action, input } = request;
    const broken = await askWithoutApprovals(governance, kinds, { principal, action, tenant, input, reason });
    return deps.executions.start({ tenant, work: action, startedBy: principal.name }, async progress => {
      const result = await executeBroken({ ...governance, progress }, kinds, broken, principal);
      return { request: broken.id, restore: restoreIn(result) };
    });
  },
);

const reviewOne = route(
  {
    ...{ id: 'reviewRequest', method: 'post', path: `${place}/review`, ...one, answer: RequestOpened },
    summary: 'Review what somebody else executed without approvals',
    body: z.strictObject({ comment: Word.min(1) }),
  },
  async ({ body: { comment }, ...asked }) => {
    const { deps, principal } = asked;
    return openedRequest(deps, principal, await reviewGlass(await deps.governance(), { ...named(asked), comment }));
  },
);

export const REQUEST_ROUTES = [
  ...[listAll, seeOne, deciding(true), deciding(false)],
  ...[cancelOne, executeOne, breakOne, reviewOne],
];
