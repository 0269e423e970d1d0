/** Hands over the staged state as a schema beside the live tables, and records it; live tables are not touched. */
import * as z from 'zod';
import { isPartial } from '../lib/domain/restore-record.ts';
import { RestoreRequest } from '../lib/domain/restore-request.ts';
import { recordingRestore } from '../lib/operations/governance/restore-events.ts';
import { handOverStaged } from '../lib/operations/restore/apply/hand-over-restore.ts';
import { StagingRef } from '../lib/operations/restore/stage/stage-restore.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ request: RestoreRequest, staging: StagingRef });

export const handler = tenantHandler(
  Event,
  event => event.staging.tenant,
  async ({ request, staging }, { ctx, count }) => {
    const executed = { tenant: staging.tenant, request: staging.id, requestedBy: request.requestedBy };
    const { record } = await recordingRestore(ctx, executed, () => handOverStaged(ctx, staging, request));
    count('RestoresDone', 1);
    const { id: restore, schema, totals } = record;
    return { tenant: staging.tenant, restore, schema, rows: totals.inserted, partial: isPartial(record) };
  },
);
