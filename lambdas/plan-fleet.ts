/** First step of every fleet run: checks the request, registers new tenants, cuts the fleet into shards. */

import { z } from 'zod';
import { FleetRequest, planFleet } from '../lib/operations/fleet/plan-fleet.ts';
import { cleanStaging } from '../lib/operations/restore/stage/stage-restore.ts';
import { functionHandler } from '../lib/runtime/function-handler.ts';

export const handler = functionHandler(z.object({ input: FleetRequest }), async ({ input }, { ctx, logger }) => {
  // Hourly, with the fold: previews that nobody took up in time go. Whoever needs the fleet planned does not wait for it.
  await cleanStaging(ctx).catch(error => logger.warn('staging areas were not cleaned', { code: error.code }));
  return planFleet(ctx, input);
});
