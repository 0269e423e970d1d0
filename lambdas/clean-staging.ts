/**
 * After a failed restore: removes the staging schema, if there is one, and reports whether the restore did commit although
 * its answer was lost, or partially (some of its batches).
 */
import * as z from 'zod';
import { TenantRef } from '../lib/domain/tenant.ts';
import { recordAftermath } from '../lib/operations/governance/restore-events.ts';
import { dropKeptPlan, dropStaged } from '../lib/operations/restore/apply/clean-staging.ts';
import { StagingRef } from '../lib/operations/restore/stage/stage-restore.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

/** The fields of the execution's state that exist depend on which step failed. */
const Event = z.object({
  preview: z
    .object({ tenant: TenantRef, planKey: z.string(), id: z.string().default(''), hash: z.string().optional() })
    .optional(),
  staging: StagingRef.optional(),
});

const whose = ({ preview, staging }: z.infer<typeof Event>) => preview?.tenant ?? staging?.tenant ?? '';

export const handler = tenantHandler(Event, whose, async ({ preview, staging }, { ctx }) => {
  if (preview) {
    const { tenant, planKey, id: request, hash } = preview;
    const aftermath = await dropKeptPlan(ctx, { tenant, planKey });
    // The trail has the requester with the restore's begin; who may write the state of an execution names nobody here.
    await recordAftermath(ctx, { tenant, request, ...(hash && { planHash: hash }) }, aftermath);
    return aftermath;
  }
  if (!staging) return { applied: false, partial: false };
  const aftermath = await dropStaged(ctx, staging);
  await recordAftermath(ctx, { tenant: staging.tenant, request: staging.id }, aftermath);
  return aftermath;
});
