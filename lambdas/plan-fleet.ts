/** First step of every fleet run: validates the request, registers new tenants, divides the fleet into shards. */

import * as z from 'zod';
import { FleetRequest, planFleet } from '../lib/operations/fleet/plan-fleet.ts';
import { cleanStaging } from '../lib/operations/restore/stage/stage-restore.ts';
import { functionHandler } from '../lib/runtime/function-handler.ts';

export const handler = functionHandler(z.object({ input: FleetRequest }), async ({ input }, { ctx, logger, count }) => {
  // Hourly, with the fold: removes the staging schemas of expired previews. A failure does not stop the fleet run.
  await cleanStaging(ctx).catch(error => logger.warn('staging areas were not cleaned', { code: error.code }));
  const { plan, policies } = await planFleet(ctx, input);
  if (policies) {
    count('TenantPolicyProblems', policies.problems);
    logger.info('tiers and retention', { ...policies });
  }
  return plan;
});
