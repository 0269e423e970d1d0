/**
 * Weekly: verifies every event of the audit trail, every chain and every anchor. It has the auditors' key and no other, and
 * stores nothing but the event that says what it found.
 */
import * as z from 'zod';
import { SYSTEM } from '../lib/domain/tenant.ts';
import { appendEvent } from '../lib/operations/governance/audit-trail.ts';
import { verifyAudit } from '../lib/operations/governance/verify-audit.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

/** As many as a notice holds; `holdfast audit verify` lists all. */
const NAMED = 20;

export const handler = storageHandler(z.looseObject({}), async (_, { ctx, count }) => {
  const { chains, anchors, problems } = await verifyAudit(ctx);
  count('AuditProblems', problems.length);
  const [first] = problems;
  if (first) {
    await ctx.notifier.notify({
      severity: 'alarm',
      code: 'audit-chain-broken',
      message: `${first.message} ${problems.length} problems in all: run \`holdfast audit verify\`.`,
      details: { problems: problems.slice(0, NAMED).map(({ what, key }) => `${what} ${key}`), count: problems.length },
    });
  }
  await appendEvent(ctx, SYSTEM, {
    who: { name: 'verify-audit', proof: 'schedule', roles: [], tenants: [] },
    ...{ action: 'verifyAudit', outcome: first ? 'failed' : 'done' },
    details: { chains: chains.length, anchors: anchors.count, problems: problems.length },
  });
  return { chains: chains.length, anchors: anchors.count, problems: problems.length };
});
