/** First step of keep-holds: the tenants on which a hold stands, by the records in the vault. Uses no database. */
import * as z from 'zod';
import { KeepHoldsRequest, planHolds } from '../lib/operations/fleet/plan-holds.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

export const handler = storageHandler(z.object({ input: KeepHoldsRequest }), async ({ input }, { ctx, count }) => {
  const plan = await planHolds(ctx, input);
  // Where no hold stands any more, nothing else says that nothing is broken.
  count('HoldProblems', 0);
  return plan;
});
