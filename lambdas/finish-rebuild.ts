/** Last step of a rebuild: adds up the counts of all shards and the log. */
import * as z from 'zod';
import { RebuildCounts } from '../lib/domain/rebuild-counts.ts';
import { finishRebuild } from '../lib/operations/rebuild/finish-rebuild.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ rebuilt: z.array(RebuildCounts), log: z.object({ counts: RebuildCounts }) });

export const handler = storageHandler(Event, async ({ rebuilt, log }) => finishRebuild([...rebuilt, log.counts]));
