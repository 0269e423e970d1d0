/** Loads and replays into the staging area until the state is complete or the time budget is used up. */
import * as z from 'zod';
import { continueStaging, StagingRef } from '../lib/operations/restore/stage/stage-restore.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

export const handler = tenantHandler(
  z.object({ staging: StagingRef }),
  event => event.staging.tenant,
  ({ staging }, { ctx }) => continueStaging(ctx, staging, ctx.source),
);
