/** Removes, once for all tenants, the log that no tenant needs according to its record. `planOnly` changes nothing. */
import * as z from 'zod';
import { expireLog, planLogExpiry } from '../lib/operations/retention/expire-log.ts';
import { announcing, storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ request: z.object({ planOnly: z.boolean() }) });

export const handler = storageHandler(Event, async ({ request }, { ctx, aws, count, logger }) => {
  const policies = await aws.allPolicies();
  const decisions = await planLogExpiry(ctx, tenant => policies(tenant).retention);
  const remove = decisions.filter(decision => !decision.keep).length;
  const counts = { keep: decisions.length - remove, remove };
  if (request.planOnly) {
    logger.info('planned', counts);
    return { ...counts, removed: 0 };
  }
  const { removedManifests, freedBytes, lengthened, kept } = await expireLog(announcing(ctx, aws), decisions);
  count('ExpiredBytes', freedBytes);
  return { ...counts, removed: removedManifests, lengthened, locked: kept.length };
});
