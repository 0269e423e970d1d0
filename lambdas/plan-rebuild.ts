/** First step of a rebuild: cuts the tenants into shards; each may show as much of what it leaves out as fits together. */
import { z } from 'zod';
import { NOTHING_REBUILT } from '../lib/domain/rebuild-counts.ts';
import { planRebuild } from '../lib/operations/rebuild/rebuild-catalog.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

/** Of what is left out, in all: the result must fit in a state. */
const SHOWN = 100;

export const handler = storageHandler(z.object({ input: z.strictObject({}) }), async (_, { ctx }) => {
  const shards = await planRebuild(ctx);
  const shown = Math.floor(SHOWN / shards.length);
  return { shards: shards.map(shard => ({ ...shard, shown, counts: NOTHING_REBUILT })) };
});
