/** Decides what a restore reads and makes its staging area; the area holds the plan. */
import { z } from 'zod';
import { RestoreRequest } from '../lib/domain/restore-request.ts';
import { planSteps } from '../lib/operations/restore/restore-steps.ts';
import { functionHandler } from '../lib/runtime/function-handler.ts';

export const handler = functionHandler(z.object({ request: RestoreRequest }), ({ request }, { ctx }) =>
  planSteps(ctx, request),
);
