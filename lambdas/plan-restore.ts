/** Decides what a restore reads and makes its staging area; the area holds the plan. */
import { z } from 'zod';
import { RestoreRequest } from '../lib/domain/restore-request.ts';
import { tenantId, tenantRef } from '../lib/domain/tenant.ts';
import { planSteps } from '../lib/operations/restore/restore-steps.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

export const handler = tenantHandler(
  z.object({ request: RestoreRequest }),
  ({ request }, { config }) => tenantRef(config.installation, tenantId(request.tenant)),
  ({ request }, { ctx }) => planSteps(ctx, request),
);
