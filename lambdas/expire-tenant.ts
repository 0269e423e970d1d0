/**
 * Locks the backups of one tenant that are kept, removes the others, records which part of the log it needs, and reports
 * the age of its last verification: this is the one step that processes every tenant every day. `planOnly` changes nothing.
 */
import * as z from 'zod';
import { TenantRef } from '../lib/domain/tenant.ts';
import { verificationAge } from '../lib/operations/catalog/verification-age.ts';
import { expireTenant, planTenantExpiry } from '../lib/operations/retention/expire-tenant.ts';
import { announcing, tenantStorageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ tenant: TenantRef, request: z.object({ planOnly: z.boolean() }) });

export const handler = tenantStorageHandler(
  Event,
  event => event.tenant,
  async ({ tenant, request }, { ctx, aws, count, logger }) => {
    const plan = await planTenantExpiry(ctx, tenant, (await aws.policyOf(tenant)).retention);
    const remove = plan.decisions.filter(decision => !decision.keep).length;
    const counts = { tenant, keep: plan.decisions.length - remove, remove };
    if (request.planOnly) {
      logger.info('planned', counts);
      return { ...counts, removed: 0 };
    }
    const unproved = await verificationAge(ctx, tenant);
    if (unproved !== undefined) count('VerificationAge', unproved, { tenant });
    const { removedManifests, freedBytes, lengthened, kept } = await expireTenant(announcing(ctx, aws), plan);
    count('ExpiredBytes', freedBytes);
    return { ...counts, removed: removedManifests, lengthened, locked: kept.length };
  },
);
