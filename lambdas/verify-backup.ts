/** Restores one tenant's newest snapshot and its log into scratch tables and compares, in as many calls as necessary. */
import * as z from 'zod';
import { TenantRef } from '../lib/domain/tenant.ts';
import { knownTenant } from '../lib/operations/catalog/known-tenant.ts';
import { VerifyRun, verifyStep } from '../lib/operations/verify/verify-backup.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';
import { whenThereIsRoom } from '../lib/runtime/when-there-is-room.ts';

const Event = z.object({ tenant: TenantRef, run: VerifyRun.optional() });

export const handler = tenantHandler(
  Event,
  event => event.tenant,
  async ({ tenant, run }, { ctx, count, logger }) => {
    const quiet = run === undefined ? await whenThereIsRoom(ctx, logger) : ctx;
    const step = await verifyStep(quiet, await knownTenant(ctx, tenant), run);
    if (!step.done) return step;
    const { durationMs, ...verified } = step;
    count('VerificationSeconds', durationMs / 1000, { tenant });
    return { tenant, ...verified };
  },
);
