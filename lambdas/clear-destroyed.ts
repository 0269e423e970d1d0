/**
 * Daily: removes what is left of tenants whose destruction is certified, as its locks end, and signs the appendix once
 * nothing is. It has no right over any key.
 */
import * as z from 'zod';
import { clearDestroyedTenants } from '../lib/operations/governance/destruction/clear-destroyed.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { reportSupervised, supervisionCall } from '../lib/runtime/supervise.ts';

const Event = z.object({ after: z.string().exactOptional() });

export const handler = storageHandler(Event, async ({ after }, tools) =>
  reportSupervised(await clearDestroyedTenants(supervisionCall(tools, 'remains', after)), tools),
);
