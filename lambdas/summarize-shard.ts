/** Last step of a shard: fails it when a tenant of it failed, after all of them had their turn. */
import { z } from 'zod';
import { HoldfastError } from '../lib/domain/errors.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ results: z.array(z.looseObject({ failed: z.boolean().optional() })) });

export const handler = storageHandler(Event, async ({ results }, { count }) => {
  const failed = results.filter(result => result.failed === true).length;
  count('TenantsDone', results.length - failed);
  count('TenantsFailed', failed);
  if (failed === 0) return { tenants: results.length };
  throw new HoldfastError('tenants-failed', `${failed} of ${results.length} tenants of this shard failed.`, {
    hint: 'Each failure was recorded and notified by itself: follow the hints there, then run those tenants again.',
  });
});
