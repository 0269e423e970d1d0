/** First step of run-drill: decides on the drill, or that none is due, and reports what is late, failed and slow. */
import * as z from 'zod';
import { drillGauges } from '../lib/operations/drills/drill-gauges.ts';
import { planDrill } from '../lib/operations/drills/plan-drill.ts';
import { openDeployedDrills } from '../lib/runtime/deployed-drills.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

/** `execution`: from the context object of Step Functions, which no input can change. */
const Event = z.object({ input: z.unknown(), execution: z.string() });

export const handler = storageHandler(Event, async ({ input, execution }, { ctx, aws, count }) => {
  const { plant, settings, ...drills } = await openDeployedDrills(aws, ctx, aws.tierOf);
  const { late, failed, slow } = await drillGauges(ctx, settings.kinds);
  count('LateDrills', late);
  count('FailedDrills', failed);
  count('SlowDrills', slow);
  // CloudTrail says who started it.
  const startedBy = `execution ${execution.slice(execution.lastIndexOf(':') + 1)}`;
  const start = { input, startedBy, scheduled: settings.kinds, hasRegion: settings.region !== undefined };
  return planDrill(drills.ctx, plant, start);
});
