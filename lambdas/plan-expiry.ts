/**
 * First step of expire-backups: cuts everyone whom the catalog lists into shards, also tenants that left the database:
 * their backups expire too, and their notes decide how much log stays. Asks no database.
 */
import { z } from 'zod';
import { ExpiryRequest, planExpiryFleet } from '../lib/operations/fleet/plan-expiry.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

export const handler = storageHandler(z.object({ input: ExpiryRequest }), ({ input }, { ctx }) =>
  planExpiryFleet(ctx, input),
);
