/**
 * Makes and repairs the replicas of tenants' keys in the other regions: every few minutes for all that are due, and for
 * one at once when its alias was created. In no VPC, and awaited by nothing.
 */
import * as z from 'zod';
import { OwnerOfAlias } from '../lib/domain/key-alias.ts';
import { replicateKeys } from '../lib/operations/fleet/replicate-keys.ts';
import { timeBudget } from '../lib/operations/time-budget.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

/** `alias`: of a key that was just created. */
const Event = z.object({ alias: OwnerOfAlias.optional() });
const BUDGET_MS = 10 * 60 * 1000;

export const handler = storageHandler(Event, async ({ alias: only }, { ctx, aws, count, logger }) => {
  const done = await replicateKeys(ctx, aws.keyReplicas, { ...(only && { only }), budget: timeBudget(BUDGET_MS) });
  count('KeysWithoutReplica', done.withoutReplica);
  if (done.failures.length > 0) logger.warn('replicas were not all checked', { codes: done.failures });
  return done;
});
