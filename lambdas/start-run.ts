/**
 * Starts a state machine for a schedule, once for each time at which it is due: EventBridge delivers at least once. In a region
 * that is not active nothing starts.
 */
import * as z from 'zod';
import { actsHere } from '../lib/operations/failover/acts-here.ts';
import { startScheduled } from '../lib/operations/fleet/start-run.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { startOnce } from '../lib/runtime/workflows.ts';

const Event = z.object({
  schedule: z.string(),
  scheduledAt: z.string(),
  /** ARN of the state machine. */
  machine: z.string(),
  input: z.record(z.string(), z.unknown()),
});

export const handler = storageHandler(Event, async ({ machine, input, ...due }, { ctx, aws }) => {
  if (!(await actsHere(ctx))) return { active: false };
  return startScheduled(due, name => startOnce(aws.workflows, machine, name, input));
});
