/**
 * Answers an operator's question about a tenant's log: when it changed how much, which transactions it was, where a revert
 * begins. Its URL admits only IAM identities. What it reads of the tenant it opens in a session for that tenant; it reaches
 * no database, writes nothing but the question into the audit trail, and its answers have no row values
 * (domain/investigation.ts).
 */
import { parseInvestigation } from '../lib/domain/investigation.ts';
import { appendEvent } from '../lib/operations/governance/audit-trail.ts';
import { boundedInvestigation } from '../lib/operations/incident/investigate.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { UrlEvent } from '../lib/runtime/function-url.ts';
import { answerPrincipal } from '../lib/runtime/governed-call.ts';

const URL = { role: 'operator', action: 'seeTransactions' } as const;

export const handler = storageHandler(UrlEvent, (event, tools) =>
  answerPrincipal(event, tools, URL, async (who, body) => {
    const asked = parseInvestigation(body);
    const details = { ask: asked.question.ask };
    await appendEvent(tools.ctx, asked.tenant, { who, action: URL.action, outcome: 'allowed', details });
    return boundedInvestigation(await tools.aws.storageOf(asked.tenant), asked);
  }),
);
