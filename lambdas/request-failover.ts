/**
 * The entry for fail-overs to this region: shows the state of the regions and what would be lost, keeps the signed request, and
 * starts it once it is approved. Its URL admits only IAM identities; who asks is the caller that IAM authenticated.
 */
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { UrlEvent } from '../lib/runtime/function-url.ts';
import { answerPrincipal } from '../lib/runtime/governed-call.ts';
import { requestFailover } from '../lib/runtime/request-failover.ts';

const URL = { role: 'operator', action: 'failOver' } as const;

export const handler = storageHandler(UrlEvent, (event, tools) =>
  answerPrincipal(event, tools, URL, (principal, body) => requestFailover(principal, body, tools)),
);
