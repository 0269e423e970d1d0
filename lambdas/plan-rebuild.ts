/** First step of a rebuild: cuts the tenants into shards; each may show as much of what it leaves out as fits together. */
import { z } from 'zod';
import { NOTHING_REBUILT, SHOWN_LEFT_OUT } from '../lib/domain/rebuild-counts.ts';
import { planRebuild } from '../lib/operations/rebuild/plan-rebuild.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

export const handler = storageHandler(z.object({ input: z.strictObject({}) }), async (_, { ctx }) => {
  const shards = await planRebuild(ctx);
  const shown = Math.floor(SHOWN_LEFT_OUT / shards.length);
  return { shards: shards.map(shard => ({ ...shard, shown, counts: NOTHING_REBUILT })) };
});
