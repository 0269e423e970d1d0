/** Plans what a restore reads and creates its staging area, which contains the plan. */
import * as z from 'zod';
import { RestoreRequest } from '../lib/domain/restore-request.ts';
import { tenantId, tenantRef } from '../lib/domain/tenant.ts';
import { planRequest } from '../lib/operations/restore/plan/plan-restore.ts';
import { beginStaging } from '../lib/operations/restore/stage/stage-restore.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

export const handler = tenantHandler(
  z.object({ request: RestoreRequest }),
  ({ request }, { config }) => tenantRef(config.installation, tenantId(request.tenant)),
  async ({ request }, { ctx }) => {
    const { plan, planMs } = await planRequest(ctx, request);
    return beginStaging(plan, ctx.source, { planMs });
  },
);
