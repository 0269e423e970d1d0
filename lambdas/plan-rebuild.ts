/** First step of a rebuild: divides the tenants into shards, and among these the number of left-out objects to report. */
import * as z from 'zod';
import { NOTHING_REBUILT, SHOWN_LEFT_OUT } from '../lib/domain/rebuild-counts.ts';
import { planRebuild } from '../lib/operations/rebuild/plan-rebuild.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

export const handler = storageHandler(z.object({ input: z.strictObject({}) }), async (_, { ctx }) => {
  const shards = await planRebuild(ctx);
  const shown = Math.floor(SHOWN_LEFT_OUT / shards.length);
  return { shards: shards.map(shard => ({ ...shard, shown, counts: NOTHING_REBUILT })) };
});
