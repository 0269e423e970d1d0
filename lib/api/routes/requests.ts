/**
 * What people asked for: what waits for whose decision, and the steps of each. The operations decide and record themselves,
 * before they tell whether a request exists.
 */
import * as z from 'zod';
import { askWithoutApprovals, executeBroken, reviewGlass } from '../../operations/governance/break-glass.ts';
import { cancelRequest } from '../../operations/governance/cancel-request.ts';
import { decideRequest } from '../../operations/governance/decide-request.ts';
import { executeAction, requireExecutable } from '../../operations/governance/execute-action.ts';
import { seeRequest } from '../../operations/governance/see-request.ts';
import { ExecutionShown } from '../documents/execution-documents.ts';
import { RequestOpened } from '../documents/governed-documents.ts';
import { decisionFacts, LIST_REQUESTS, ONE_REQUEST, READ_REQUEST, REQUEST_PATH } from '../facts/requests.ts';
import { openedRequest, pageOfRequests, restoreIn } from '../request-pages.ts';
import { type ApiCall, route } from '../route.ts';

const Word = z.string().max(2000);

const named = ({ principal, tenant, path }: Pick<ApiCall, 'principal' | 'tenant' | 'path'>) => ({
  ...{ principal, tenant, id: path.request! },
});

const listAll = route(LIST_REQUESTS, ({ deps, principal, query }) => pageOfRequests(deps, principal, query));

const seeOne = route(READ_REQUEST, async asked =>
  openedRequest(asked.deps, asked.principal, await seeRequest(await asked.deps.governance(), named(asked))),
);

/** The same for approving and refusing. */
function deciding(agrees: boolean) {
  return route(decisionFacts(agrees), async ({ body: { planHash, comment }, ...asked }) => {
    const { deps, principal } = asked;
    const decision = { agrees, planHash, ...(comment?.trim() && { comment }) };
    const view = await decideRequest(await deps.governance(), { ...named(asked), ...decision });
    return openedRequest(deps, principal, view);
  });
}

const cancelOne = route(
  {
    ...{ id: 'cancelRequest', method: 'post', path: `${REQUEST_PATH}/cancel`, ...ONE_REQUEST, answer: RequestOpened },
    summary: 'Cancel a request that was not executed',
  },
  async asked =>
    openedRequest(asked.deps, asked.principal, await cancelRequest(await asked.deps.governance(), named(asked))),
);

const executeOne = route(
  {
    ...{
      id: 'executeRequest',
      method: 'post',
      path: `${REQUEST_PATH}/execute`,
      ...ONE_REQUEST,
      status: 202,
      answer: ExecutionShown,
    },
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
    ...{
      id: 'breakGlass',
      method: 'post',
      path: `${REQUEST_PATH}/break-glass`,
      ...ONE_REQUEST,
      status: 202,
      answer: ExecutionShown,
    },
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
    ...{ id: 'reviewRequest', method: 'post', path: `${REQUEST_PATH}/review`, ...ONE_REQUEST, answer: RequestOpened },
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
