/**
 * After a failed restore: removes the staging schema, if there is one, and reports whether the restore did commit although
 * its answer was lost, or partially (some of its batches).
 */
import * as z from 'zod';
import { TenantRef } from '../lib/domain/tenant.ts';
import { dropKeptPlan, dropStaged } from '../lib/operations/restore/apply/clean-staging.ts';
import { StagingRef } from '../lib/operations/restore/stage/stage-restore.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

/** The fields of the execution's state that exist depend on which step failed. */
const Event = z.object({
  preview: z.object({ tenant: TenantRef, planKey: z.string() }).optional(),
  staging: StagingRef.optional(),
});

const whose = ({ preview, staging }: z.infer<typeof Event>) => preview?.tenant ?? staging?.tenant ?? '';

export const handler = tenantHandler(Event, whose, async ({ preview, staging }, { ctx }) => {
  if (preview) return dropKeptPlan(ctx, { tenant: preview.tenant, planKey: preview.planKey });
  return staging ? dropStaged(ctx, staging) : { applied: false, partial: false };
});
