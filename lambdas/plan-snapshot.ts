/** Plans one tenant's snapshot: which chunks to read, which to reuse, and in how many parts. */
import * as z from 'zod';
import { TenantRef } from '../lib/domain/tenant.ts';
import { knownTenant } from '../lib/operations/catalog/known-tenant.ts';
import { planSnapshot } from '../lib/operations/snapshot/plan-snapshot.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({
  tenant: TenantRef,
  request: z.object({ reason: z.string(), read: z.enum(['auto', 'full']) }),
});

export const handler = tenantHandler(
  Event,
  event => event.tenant,
  async ({ tenant, request }, { ctx, logger }) => {
    const { reason, read } = request;
    return planSnapshot(ctx, { tenant: await knownTenant(ctx, tenant), reason, read }, awaited => {
      if (awaited.reasons.length > 0) logger.warn('waited for a busy database', { ...awaited });
    });
  },
);
