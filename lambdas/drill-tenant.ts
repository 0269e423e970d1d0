/**
 * One bounded piece of the drill of one tenant, restored into the scratch database with a session for that tenant. In the
 * drill of a lost region this function is configured with the other region's stores, and reads nothing of the first.
 */
import * as z from 'zod';
import { DrillJob, DrillMember, RoundPhase } from '../lib/domain/drill-steps.ts';
import { drillTenantStep, TenantStep } from '../lib/operations/drills/drill-tenant.ts';
import { asCopy, openDeployedDrills } from '../lib/runtime/deployed-drills.ts';
import { tenantStorageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({
  ...{ job: DrillJob, phase: RoundPhase, member: DrillMember },
  progress: z.object({ step: TenantStep.optional() }),
});

export const handler = tenantStorageHandler(
  Event,
  event => event.member.tenant,
  async ({ progress, ...call }, { ctx, aws }) => {
    const storage = call.phase === 'region' ? asCopy(ctx) : ctx;
    const { ctx: there, plant } = await openDeployedDrills(aws, storage, aws.tierOf);
    return drillTenantStep(there, plant, { ...call, step: progress.step });
  },
);
