/**
 * Answers an operator's question about a tenant's log: when it changed how much, which transactions it was, where a revert
 * begins. Its URL admits only IAM identities. What it reads of the tenant it opens in a session for that tenant; it reaches
 * no database and writes nothing, and its answers have no row values (domain/investigation.ts).
 */
import { parseInvestigation } from '../lib/domain/investigation.ts';
import { boundedInvestigation } from '../lib/operations/incident/investigate.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { answerCaller, UrlEvent } from '../lib/runtime/function-url.ts';

export const handler = storageHandler(UrlEvent, (event, tools) =>
  answerCaller(event, tools, async (_person, body) => {
    const asked = parseInvestigation(body);
    return boundedInvestigation(await tools.aws.storageOf(asked.tenant), asked);
  }),
);
