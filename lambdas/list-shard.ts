/** Lists the references of the tenants in a shard. */
import * as z from 'zod';
import { Shard } from '../lib/domain/shards.ts';
import { listShard } from '../lib/operations/fleet/list-shard.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ shard: Shard, request: z.unknown() });

export const handler = storageHandler(Event, async ({ shard, request }, { ctx }) => ({
  request,
  tenants: await listShard(ctx, shard),
}));
