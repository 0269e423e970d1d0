/** First step of a restore: checks what was asked, or takes up a plan that an earlier preview kept. Writes no row. */
import { z } from 'zod';
import { checkRestore } from '../lib/operations/restore/restore-steps.ts';
import { functionHandler, previewPolicy } from '../lib/runtime/function-handler.ts';

export const handler = functionHandler(z.object({ input: z.unknown() }), ({ input }, { ctx, aws }) =>
  checkRestore(ctx, input, previewPolicy(aws.config)),
);
