/** Copies the branch keys of the pooled mode into the vault, under a short lock. Does not use the database. */
import * as z from 'zod';
import { copyKeys } from '../lib/operations/fleet/copy-keys.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

export const handler = storageHandler(z.looseObject({}), async (_, { ctx, aws, count }) => {
  const copied = await copyKeys(ctx, aws.keyRows);
  count('KeysLost', copied.lost);
  return copied;
});
