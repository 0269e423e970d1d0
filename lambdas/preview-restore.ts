/**
 * Compares the staged state with the live rows; keeps the plan sealed in the vault. Returns its key and counts: row values
 * never leave the database here.
 */
import { z } from 'zod';
import { RestoreRequest } from '../lib/domain/restore-request.ts';
import { compareStaged } from '../lib/operations/restore/restore-steps.ts';
import { StagingRef } from '../lib/operations/restore/stage-steps.ts';
import { functionHandler, previewPolicy } from '../lib/runtime/function-handler.ts';

const Event = z.object({ request: RestoreRequest, staging: StagingRef });

export const handler = functionHandler(Event, async ({ request, staging }, { ctx, aws, count }) => {
  const { reference, preview } = await compareStaged(ctx, staging, request, previewPolicy(aws.config));
  const { planMs, stageMs, diffMs } = preview.measured;
  count('RestorePreviewSeconds', (planMs + stageMs + diffMs) / 1000, 'Seconds', reference.tenant);
  return reference;
});
