/** Last step of run-drill, however it came to it: removes the scratch database, signs the record, and reports its outcome. */
import * as z from 'zod';
import { DrillJob, DrillState, MemberResult } from '../lib/domain/drill-steps.ts';
import { SYSTEM } from '../lib/domain/tenant.ts';
import { drillGauges } from '../lib/operations/drills/drill-gauges.ts';
import { endDrill } from '../lib/operations/drills/end-drill.ts';
import { finishFleet } from '../lib/operations/fleet/finish-fleet.ts';
import { appendEvent } from '../lib/operations/governance/audit-trail.ts';
import { openDeployedDrills } from '../lib/runtime/deployed-drills.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({
  ...{ job: DrillJob, state: DrillState, results: z.array(MemberResult) },
  error: z.object({ Error: z.string(), Cause: z.string().optional() }).optional(),
});

export const handler = storageHandler(Event, async (call, { ctx, aws, count }) => {
  const policies = await aws.allPolicies();
  const { plant, settings, ...drills } = await openDeployedDrills(aws, ctx, tenant => policies(tenant).tier);
  const { key, sha256, record } = await endDrill(drills.ctx, plant, call);
  const { id: drill, kind, outcome, startedBy, startedAt } = record;
  await appendEvent(ctx, SYSTEM, {
    who: { name: startedBy, proof: 'schedule', roles: [], tenants: [] },
    ...{ action: 'drill', outcome: outcome === 'failed' ? 'failed' : 'done' },
    records: { [key]: sha256 },
    details: { drill, kind, outcome },
  });
  const { failed, slow } = await drillGauges(ctx, settings.kinds);
  count('FailedDrills', failed);
  count('SlowDrills', slow);
  await finishFleet(ctx, { workflow: 'run-drill', request: { reason: kind, whole: true, startedAt } });
  return { drill, kind, outcome, key };
});
