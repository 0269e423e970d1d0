/**
 * Proves that the other regions have every object with its lock, and tells how far their expiry is behind. In the primary
 * region, in no VPC: nothing waits for it.
 */
import * as z from 'zod';
import { replicaExpiryAge } from '../lib/operations/retention/expire-replicas.ts';
import { timeBudget } from '../lib/operations/time-budget.ts';
import { verifyReplicas } from '../lib/operations/verify/verify-replicas.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const BUDGET_MS = 10 * 60 * 1000;

export const handler = storageHandler(z.looseObject({}), async (_, { ctx, aws, count }) => {
  const regions = aws.otherVaults;
  const proof = await verifyReplicas({ ...ctx, regions }, timeBudget(BUDGET_MS));
  count('ObjectsWithoutReplica', proof.withoutReplica);
  const behind = await replicaExpiryAge(ctx, [...regions.keys()]);
  if (behind !== undefined) count('ReplicaExpiryAge', behind);
  return proof;
});
