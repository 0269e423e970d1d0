/** Folds one tenant's log since its last incremental; does nothing if nothing changed. */
import * as z from 'zod';
import { TenantRef } from '../lib/domain/tenant.ts';
import { foldIncrementals } from '../lib/operations/log/fold-tenant.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ tenant: TenantRef });

export const handler = tenantHandler(
  Event,
  event => event.tenant,
  async ({ tenant }, { ctx, count }) => {
    const folded = await foldIncrementals(ctx, { tenants: [tenant] });
    count('IncrementalsWritten', folded.length);
    return { tenant, incrementals: folded.length };
  },
);
