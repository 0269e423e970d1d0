/** Hands the staged state over as a schema beside the live tables, and records it: nothing live is touched. */
import { z } from 'zod';
import { RestoreRequest } from '../lib/domain/restore-request.ts';
import { handOverStaged } from '../lib/operations/restore/restore-steps.ts';
import { StagingRef } from '../lib/operations/restore/stage-steps.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ request: RestoreRequest, staging: StagingRef });

export const handler = tenantHandler(
  Event,
  event => event.staging.tenant,
  async ({ request, staging }, { ctx, count }) => {
    const { record } = await handOverStaged(ctx, staging, request);
    count('RestoresDone', 1);
    return { tenant: staging.tenant, restore: record.id, schema: record.schema, rows: record.totals.inserted };
  },
);
