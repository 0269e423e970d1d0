/** Rebuilds the catalog items of one shard's tenants, until it is complete or the time budget is used up. Safe to repeat. */
import * as z from 'zod';
import { addCounts, RebuildCounts } from '../lib/domain/rebuild-counts.ts';
import { TenantRef } from '../lib/domain/tenant.ts';
import { RebuildShard } from '../lib/operations/rebuild/plan-rebuild.ts';
import { rebuildShard } from '../lib/operations/rebuild/rebuild-catalog.ts';
import { timeBudget } from '../lib/operations/time-budget.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const Shard = z.object({
  prefix: RebuildShard.shape.prefix,
  after: TenantRef.nullable(),
  shown: z.number().int(),
  counts: RebuildCounts,
});

export const handler = storageHandler(z.object({ shard: Shard }), async ({ shard }, { ctx, logger }) => {
  const { prefix, shown, counts } = shard;
  const budget = timeBudget(ctx.settings.stepBudgetMs);
  const { done, after, leftOut, withoutKey, ...found } = await rebuildShard(
    ctx,
    { prefix, after: shard.after },
    budget,
  );
  for (const { key, why } of leftOut) logger.warn('left out of the catalog', { key, why });
  const now: RebuildCounts = {
    ...{ ...found, runs: 0, logIndexes: 0, leftOut: leftOut.length, withoutKey: withoutKey.length },
    first: leftOut.slice(0, shown),
  };
  return { prefix, after, shown, done, counts: addCounts(counts, now, shown) };
});
