/** After a failed restore: removes the staging schema, and tells whether the plan was applied after all. */
import { z } from 'zod';
import type { TenantRef } from '../lib/domain/tenant.ts';
import { dropKeptPlan } from '../lib/operations/restore/kept-plan.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ preview: z.object({ tenant: z.string(), planKey: z.string() }) });

export const handler = tenantHandler(
  Event,
  event => event.preview.tenant,
  ({ preview }, { ctx }) => dropKeptPlan(ctx, { tenant: preview.tenant as TenantRef, planKey: preview.planKey }),
);
