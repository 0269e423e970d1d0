/** Last step of a restore of many tenants: fails if one of them failed, after all of them have been processed. */
import * as z from 'zod';
import { summarizeGroup } from '../lib/operations/restore/apply/summarize-group.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ group: z.string(), run: z.string(), previewOnly: z.boolean() });

export const handler = storageHandler(Event, (event, { ctx }) => summarizeGroup(ctx, event));
