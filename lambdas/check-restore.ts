/** First step of a restore: checks the request, or resumes a plan that an earlier preview kept. Writes no row. */
import { z } from 'zod';
import { checkRestore, tenantOfRestore } from '../lib/operations/restore/apply/check-restore.ts';
import { previewPolicy, tenantHandler } from '../lib/runtime/function-handler.ts';

export const handler = tenantHandler(
  z.object({ input: z.unknown() }),
  ({ input }, { config }) => tenantOfRestore(input, config.installation),
  ({ input }, { ctx, aws }) => checkRestore(ctx, input, previewPolicy(aws.config)),
);
