/** Restores one tenant's newest snapshot and its log into scratch tables and compares. */
import { z } from 'zod';
import { knownTenant } from '../lib/operations/catalog/known-tenant.ts';
import { verifyBackup } from '../lib/operations/snapshot/verify-backup.ts';
import { functionHandler } from '../lib/runtime/function-handler.ts';

export const handler = functionHandler(z.object({ tenant: z.string() }), async ({ tenant }, { ctx, count }) => {
  const verified = await verifyBackup(ctx, await knownTenant(ctx, tenant));
  count('VerificationSeconds', verified.durationMs / 1000, { tenant });
  const { backup, rows, replayedTo, changesReplayed } = verified;
  return { tenant, backup, rows, replayedTo, changesReplayed };
});
