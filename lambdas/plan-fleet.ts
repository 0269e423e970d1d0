/** First step of every fleet run: validates the request, registers new tenants, divides the fleet into shards. */

import * as z from 'zod';
import { FleetRequest, planFleet } from '../lib/operations/fleet/plan-fleet.ts';
import { cleanStaging } from '../lib/operations/restore/stage/stage-restore.ts';
import { functionHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ input: FleetRequest, workflow: z.string().optional() });

export const handler = functionHandler(Event, async ({ input, workflow }, { ctx, aws, logger, count }) => {
  // Hourly, with the fold: removes the staging schemas of expired previews. A failure does not stop the fleet run.
  await cleanStaging(ctx).catch(error => logger.warn('staging areas were not cleaned', { code: error.code }));
  const { plan, policies } = await planFleet(ctx, input, {
    workflow,
    tiers: async () => {
      const decided = await aws.allPolicies();
      return tenant => decided(tenant).tier;
    },
  });
  if (policies) {
    count('TenantPolicyProblems', policies.problems);
    logger.info('tiers and retention', { ...policies });
  }
  return plan;
});
