/**
 * In the secondary region, every five minutes: how long the primary has been silent, and which restores of this region
 * failed, according to the replicated catalog. If this function fails, its missing metric raises the same alarm.
 */
import * as z from 'zod';
import { countByKind, openFailures } from '../lib/operations/fleet/open-failures.ts';
import { silentSeconds } from '../lib/operations/fleet/watch-primary.ts';
import { countOpen, storageHandler } from '../lib/runtime/function-handler.ts';

export const handler = storageHandler(z.looseObject({}), async (_, { ctx, aws, count }) => {
  const seconds = await silentSeconds(ctx);
  if (seconds !== undefined) count('PrimarySilentSeconds', seconds);
  const open = countByKind(await openFailures(ctx, aws.config.region));
  countOpen(open, count);
  return { silentSeconds: seconds ?? null, open };
});
