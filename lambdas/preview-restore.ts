/**
 * Compares the staged state with the live rows and keeps the plan, sealed, in the vault. Returns its key and counts, no row
 * values.
 */
import * as z from 'zod';
import { RestoreRequest } from '../lib/domain/restore-request.ts';
import { compareStaged } from '../lib/operations/restore/compare/preview-restore.ts';
import { StagingRef } from '../lib/operations/restore/stage/stage-restore.ts';
import { previewPolicy, tenantHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ request: RestoreRequest, staging: StagingRef });

export const handler = tenantHandler(
  Event,
  event => event.staging.tenant,
  async ({ request, staging }, { ctx, aws, count }) => {
    const { reference, preview } = await compareStaged(ctx, staging, request, previewPolicy(aws.config));
    const { planMs, stageMs, diffMs } = preview.measured;
    const { tenant } = reference;
    count('RestorePlanSeconds', planMs / 1000, { tenant });
    count('RestoreStageSeconds', stageMs / 1000, { tenant });
    count('RestoreDiffSeconds', diffMs / 1000, { tenant });
    return reference;
  },
);
