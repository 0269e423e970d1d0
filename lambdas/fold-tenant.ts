/** Folds one tenant's log since its last incremental; does nothing if nothing changed. */
import * as z from 'zod';
import { TenantRef } from '../lib/domain/tenant.ts';
import { foldIncrementals } from '../lib/operations/log/fold-tenant.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';
import { whenThereIsRoom } from '../lib/runtime/when-there-is-room.ts';

const Event = z.object({ tenant: TenantRef });

export const handler = tenantHandler(
  Event,
  event => event.tenant,
  async ({ tenant }, { ctx, count, logger }) => {
    const folded = await foldIncrementals(await whenThereIsRoom(ctx, logger), { tenants: [tenant] });
    count('IncrementalsWritten', folded.length);
    return { tenant, incrementals: folded.length };
  },
);
