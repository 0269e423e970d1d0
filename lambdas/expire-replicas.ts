/** In another region: removes what the primary's expiry listed and removed. Each run continues after the last list. */
import * as z from 'zod';
import { expireReplicas } from '../lib/operations/retention/expire-replicas.ts';
import { timeBudget } from '../lib/operations/time-budget.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const BUDGET_MS = 10 * 60 * 1000;

export const handler = storageHandler(z.looseObject({}), async (_, { ctx, aws, logger }) => {
  const deps = { ...ctx, region: aws.config.region, isInPrimary: aws.isInPrimary };
  const expired = await expireReplicas(deps, timeBudget(BUDGET_MS));
  if (expired.refused > 0) logger.warn('lists were refused', { refused: expired.refused });
  return expired;
});
