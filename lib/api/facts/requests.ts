/** Requests, decisions and work that is followed: what the routes take and answer, on one machine and on AWS. */
import * as z from 'zod';
import { ExecutionShown } from '../documents/execution-documents.ts';
import { API_REQUEST_STATES, RequestOpened, RequestPage } from '../documents/governed-documents.ts';
import { PageAsked } from '../paging.ts';
import { routeFacts } from '../route.ts';

const group = 'requests';
/** The operations decide and record themselves, before they tell whether a request exists. */
export const ONE_REQUEST = { group, needs: 'operation', alsoSystem: true } as const;
export const REQUEST_PATH = '/tenants/{tenant}/requests/{request}';
const onAws = 'requests';

export const LIST_REQUESTS = routeFacts({
  ...{ id: 'listRequests', method: 'get', path: '/requests', group, needs: 'operation', onAws, answer: RequestPage },
  summary: 'What people asked for: of one tenant, or of all that the caller may see',
  query: PageAsked.extend({
    tenant: z.string().max(200).optional().describe('Its reference, or `system`.'),
    state: z.enum(API_REQUEST_STATES).optional(),
  }),
});

export const READ_REQUEST = routeFacts({
  ...{ id: 'readRequest', method: 'get', path: REQUEST_PATH, ...ONE_REQUEST, onAws, answer: RequestOpened },
  summary: 'One request: its plan, who asked and why, who decided, and what the caller can do',
});

/** The same for approving and refusing. */
export function decisionFacts(agrees: boolean) {
  const verb = agrees ? 'approve' : 'refuse';
  return routeFacts({
    ...{ id: `${verb}Request`, method: 'post', path: `${REQUEST_PATH}/${verb}`, ...ONE_REQUEST, onAws },
    ...{ summary: agrees ? 'Approve exactly this plan' : 'Refuse it, for good', answer: RequestOpened },
    body: z.strictObject({
      planHash: z.string().max(100).describe('Of the plan that the person saw.'),
      comment: z.string().max(2000).optional(),
    }),
  });
}

export const READ_EXECUTION = routeFacts({
  ...{ id: 'readExecution', method: 'get', path: '/tenants/{tenant}/executions/{execution}', onAws },
  ...{ group: 'executions', needs: 'operation', alsoSystem: true, answer: ExecutionShown },
  summary: 'Work on one tenant, or of the installation (`system`), that the caller began',
});
