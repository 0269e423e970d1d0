/**
 * Weekly: verifies every event of the audit trail, every chain and every anchor, as far as the time of one call reaches. It
 * has the auditors' key and no other, and stores nothing but the event that says what was found, once all of it was read.
 */
import * as z from 'zod';
import { SYSTEM, TenantRef } from '../lib/domain/tenant.ts';
import { appendEvent } from '../lib/operations/governance/audit-trail.ts';
import { verifyAudit } from '../lib/operations/governance/verify-audit.ts';
import { timeBudget } from '../lib/operations/time-budget.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

/** What the call before returned. */
const Progress = z.object({ after: TenantRef, chains: z.number(), problems: z.number() });
const Event = z.looseObject({ progress: Progress.optional() });

export const handler = storageHandler(Event, async ({ progress }, { ctx, count }) => {
  const budget = timeBudget(ctx.settings.stepBudgetMs);
  const found = await verifyAudit(ctx, { after: progress?.after, budget });
  const chains = (progress?.chains ?? 0) + found.chains.length;
  const problems = (progress?.problems ?? 0) + found.problems.length;
  if (found.continueAfter !== undefined) return { done: false, after: found.continueAfter, chains, problems };
  count('AuditProblems', problems);
  const anchors = found.anchors.count;
  await appendEvent(ctx, SYSTEM, {
    who: { name: 'verify-audit', proof: 'schedule', roles: [], tenants: [] },
    ...{ action: 'verifyAudit', outcome: problems > 0 ? 'failed' : 'done' },
    details: { chains, anchors, problems },
  });
  return { done: true, chains, anchors, problems };
});
