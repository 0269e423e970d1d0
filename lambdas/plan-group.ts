/** First step of a restore of many tenants: makes the group or goes on with it, and lists the tenants that are wanted. */
import * as z from 'zod';
import { planGroup } from '../lib/operations/restore/apply/plan-group.ts';
import { functionHandler } from '../lib/runtime/function-handler.ts';
import { isRunning } from '../lib/runtime/workflows.ts';

const Event = z.object({
  input: z.unknown(),
  /** From the context object of Step Functions, which no input can change. */
  execution: z.string(),
  startedAt: z.string(),
});

export const handler = functionHandler(Event, ({ input, execution, startedAt }, { ctx, aws }) =>
  planGroup(ctx, { input, execution, startedAt: new Date(startedAt) }, arn => isRunning(aws.workflows, arn)),
);
