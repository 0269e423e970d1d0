/** Between the rounds of run-drill: makes the scratch database and chooses the tenants, then says who comes next. */
import * as z from 'zod';
import { DrillJob, DrillState, MemberResult } from '../lib/domain/drill-steps.ts';
import { beginRound } from '../lib/operations/drills/begin-round.ts';
import { openDeployedDrills } from '../lib/runtime/deployed-drills.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ job: DrillJob, state: DrillState, results: z.array(MemberResult) });

export const handler = storageHandler(Event, async (call, { ctx, aws }) => {
  const policies = await aws.allPolicies();
  const { ctx: there, plant } = await openDeployedDrills(aws, ctx, tenant => policies(tenant).tier);
  return beginRound(there, plant, call);
});
