/** Restores one tenant's newest snapshot and its log into scratch tables and compares. */
import { z } from 'zod';
import { knownTenant } from '../lib/operations/catalog/known-tenant.ts';
import { verifyBackup } from '../lib/operations/snapshot/verify-backup.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ tenant: z.string() });

export const handler = tenantHandler(
  Event,
  event => event.tenant,
  async ({ tenant }, { ctx, count }) => {
    const verified = await verifyBackup(ctx, await knownTenant(ctx, tenant));
    count('VerificationSeconds', verified.durationMs / 1000, { tenant });
    const { backup, rows, replayedTo, changesReplayed } = verified;
    return { tenant, backup, rows, replayedTo, changesReplayed };
  },
);
