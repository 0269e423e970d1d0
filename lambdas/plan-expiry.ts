/**
 * First step of expire-backups: divides all tenants in the catalog into shards, including tenants that left the database:
 * their backups expire too, and the log that they need is kept. Does not use the database.
 */
import * as z from 'zod';
import { ExpiryRequest, planExpiryFleet } from '../lib/operations/fleet/plan-expiry.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

export const handler = storageHandler(z.object({ input: ExpiryRequest }), ({ input }, { ctx }) =>
  planExpiryFleet(ctx, input),
);
