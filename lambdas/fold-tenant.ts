/** Folds one tenant's log since its last incremental; does nothing where nothing changed. */
import { z } from 'zod';
import type { TenantRef } from '../lib/domain/tenant.ts';
import { foldIncrementals } from '../lib/operations/log/fold-incremental.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ tenant: z.string() });

export const handler = tenantHandler(
  Event,
  event => event.tenant,
  async ({ tenant }, { ctx, count }) => {
    const folded = await foldIncrementals(ctx, { tenants: [tenant as TenantRef] });
    count('IncrementalsWritten', folded.length);
    return { tenant, incrementals: folded.length };
  },
);
