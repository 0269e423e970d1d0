/** Daily: signs where every chain of the audit trail ends, so that events removed later are missed. Uses no database. */
import * as z from 'zod';
import { anchorAudit } from '../lib/operations/governance/anchor-audit.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

export const handler = storageHandler(z.looseObject({}), async (_, { ctx, count }) => {
  const who = { name: 'anchor-audit', proof: 'schedule' as const, roles: [], tenants: [] };
  const { key, sequence, chains, events, grown, contradictions } = await anchorAudit(ctx, who);
  count('AuditContradictions', contradictions.length);
  return { key, sequence, chains, events, grown, contradictions: contradictions.length };
});
