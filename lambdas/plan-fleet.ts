/** First step of every fleet run: checks the request, registers new tenants, cuts the fleet into shards. */

import { z } from 'zod';
import { FleetRequest, planFleet } from '../lib/operations/fleet/plan-fleet.ts';
import { functionHandler } from '../lib/runtime/function-handler.ts';

export const handler = functionHandler(z.object({ input: FleetRequest }), ({ input }, { ctx }) =>
  planFleet(ctx, input),
);
