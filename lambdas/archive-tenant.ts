/** Archives one tenant, in as many calls as necessary: what is asked for, or what is due. */
import * as z from 'zod';
import { ArchiveClass } from '../lib/domain/archive.ts';
import { TenantRef } from '../lib/domain/tenant.ts';
import { ArchiveRun, archiveStep } from '../lib/operations/archive/archive-tenant-step.ts';
import { knownTenant } from '../lib/operations/catalog/known-tenant.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';
import { whenThereIsRoom } from '../lib/runtime/when-there-is-room.ts';

const Event = z.object({
  tenant: TenantRef,
  request: z.object({ reason: z.string(), keep: ArchiveClass.optional() }),
  run: ArchiveRun.optional(),
});

export const handler = tenantHandler(
  Event,
  event => event.tenant,
  async ({ tenant, request: { reason, keep }, run }, { ctx, aws, logger }) => {
    const quiet = run === undefined ? await whenThereIsRoom(ctx, logger) : ctx;
    const policy = (await aws.policyOf(tenant)).retention;
    const step = await archiveStep(quiet, await knownTenant(ctx, tenant), { reason, policy, keep }, run);
    if (!step.done) return step;
    const { archive } = step;
    const { id = null, rows = null, storedBytes = null } = archive ?? {};
    return { tenant, done: true, archive: id, keep: archive?.keep ?? null, rows, storedBytes };
  },
);
