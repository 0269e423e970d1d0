/** Begins a source epoch on the server that the input confirms; the shipper's next runs start the snapshots. */
import * as z from 'zod';
import { beginEpoch, EpochRequest } from '../lib/operations/log/begin-epoch.ts';
import { functionHandler } from '../lib/runtime/function-handler.ts';

export const handler = functionHandler(z.object({ input: EpochRequest }), async ({ input }, { ctx }) =>
  beginEpoch(ctx, input),
);
