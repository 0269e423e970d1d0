/** Last step of a fleet run: records when a run over all tenants ended; the alarms for late runs measure from there. */
import * as z from 'zod';
import { finishFleet } from '../lib/operations/fleet/finish-fleet.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({
  workflow: z.string(),
  request: z.object({ reason: z.string(), whole: z.boolean(), startedAt: z.string() }),
});

export const handler = storageHandler(Event, async (event, { ctx, count }) => {
  const { workflow } = event;
  const finished = await finishFleet(ctx, event);
  if (finished === undefined) return { workflow, whole: false };
  const { startedAt, finishedAt, seconds } = finished;
  count('FleetRunSeconds', seconds);
  return { workflow, whole: true, startedAt, finishedAt };
});
