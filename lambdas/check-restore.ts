/** First step of a restore: checks the request, or resumes a plan that an earlier preview kept. Writes no row. */
import * as z from 'zod';
import { checkStarted, tenantOfRestore } from '../lib/operations/restore/apply/check-restore.ts';
import { previewPolicy, tenantHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({
  input: z.unknown(),
  /** From the context object of Step Functions, which no input can change. */
  execution: z.string(),
  startedAt: z.string(),
});

export const handler = tenantHandler(
  Event,
  ({ input }, { config }) => tenantOfRestore(input, config.installation),
  ({ input, execution, startedAt }, { ctx, aws }) => {
    const started = { name: execution.slice(execution.lastIndexOf(':') + 1), startedAt: new Date(startedAt) };
    return checkStarted(ctx, { input, execution: started }, previewPolicy(aws.config));
  },
);
