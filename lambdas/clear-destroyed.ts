/**
 * Daily: removes what is left of tenants whose destruction is certified, as its locks end, and signs the appendix once
 * nothing is. It has no right over any key.
 */
import * as z from 'zod';
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { superviseSome } from '../lib/runtime/supervise.ts';

const Event = z.object({ after: z.string().exactOptional() });

export const handler = storageHandler(Event, async ({ after }, tools) => {
  const seen = await superviseSome(tools, 'remains', after);
  tools.count('LateDestructions', seen.late);
  return seen;
});
