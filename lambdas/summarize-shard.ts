/** Last step of a shard: fails it if one of its tenants failed, after all of them have been processed. */
import * as z from 'zod';
import { requireWhole, summarizeShard } from '../lib/operations/fleet/summarize-shard.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ results: z.array(z.looseObject({ failed: z.boolean().optional() })) });

export const handler = storageHandler(Event, async ({ results }, { count }) => {
  const summary = summarizeShard(results);
  count('TenantsDone', summary.done);
  count('TenantsFailed', summary.failed);
  requireWhole(summary);
  return { tenants: summary.done };
});
