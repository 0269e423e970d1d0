/** Last step of a fleet run: notes when a run over all tenants ended, which is what "late" is measured by. */
import { z } from 'zod';
import { recordFleetRun } from '../lib/operations/fleet/fleet-runs.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({
  workflow: z.string(),
  request: z.object({ reason: z.string(), whole: z.boolean(), startedAt: z.string() }),
});

export const handler = storageHandler(Event, async ({ workflow, request }, { ctx, count }) => {
  if (!request.whole) return { workflow, whole: false };
  const { reason, startedAt } = request;
  const { finishedAt } = await recordFleetRun(ctx, { workflow, reason, startedAt });
  count('FleetRunSeconds', (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
  return { workflow, whole: true, startedAt, finishedAt };
});
