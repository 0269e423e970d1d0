/** Last step of a rebuild: what all shards and the log counted. */
import { z } from 'zod';
import { addCounts, NOTHING_REBUILT, RebuildCounts } from '../lib/domain/rebuild-counts.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const SHOWN = 100;
const Event = z.object({ rebuilt: z.array(RebuildCounts), log: z.object({ counts: RebuildCounts }) });

export const handler = storageHandler(Event, async ({ rebuilt, log }) => {
  const all = [...rebuilt, log.counts].reduce((sum, counts) => addCounts(sum, counts, SHOWN), NOTHING_REBUILT);
  const { first, ...counts } = all;
  return { ...counts, leftOutFirst: first };
});
