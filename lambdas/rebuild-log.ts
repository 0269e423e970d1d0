/** Rebuilds the catalog items of the log, run after run, until it is complete or the time budget is used up. Safe to repeat. */
import * as z from 'zod';
import { addCounts, NOTHING_REBUILT, RebuildCounts, SHOWN_LEFT_OUT } from '../lib/domain/rebuild-counts.ts';
import { LogCursor, rebuildLog } from '../lib/operations/rebuild/rebuild-log.ts';
import { timeBudget } from '../lib/operations/time-budget.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ log: z.object({ cursor: LogCursor, counts: RebuildCounts }).optional() });

export const handler = storageHandler(Event, async ({ log }, { ctx, logger }) => {
  const found = await rebuildLog(ctx, log?.cursor, timeBudget(ctx.settings.stepBudgetMs));
  const { done, cursor, runs, logIndexes, tenants, leftOut } = found;
  for (const { key, why } of leftOut) logger.warn('left out of the catalog', { key, why });
  const now = {
    ...NOTHING_REBUILT,
    runs,
    logIndexes,
    tenants,
    leftOut: leftOut.length,
    first: leftOut.slice(0, SHOWN_LEFT_OUT),
  };
  return { done, cursor, counts: addCounts(log?.counts ?? NOTHING_REBUILT, now, SHOWN_LEFT_OUT) };
});
