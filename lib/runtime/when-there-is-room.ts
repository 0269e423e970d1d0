/** Lets a function's work on one tenant begin when the database has room, and logs why it waited. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from '../operations/context.ts';
import { awaitSourceRoom } from '../operations/snapshot/await-room.ts';

/** What the wait took is not there for the call's own work: a function ends at its time limit. */
export async function whenThereIsRoom(ctx: Context, logger: Pick<Logger, 'warn'>): Promise<Context> {
  const awaited = await awaitSourceRoom(ctx);
  if (awaited.reasons.length > 0) logger.warn('waited for a busy database', { ...awaited });
  const stepBudgetMs = Math.max(0, ctx.settings.stepBudgetMs - awaited.waitedMs);
  return { ...ctx, settings: { ...ctx.settings, stepBudgetMs } };
}
