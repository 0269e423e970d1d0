/** The drill `single-tenant`: of each tier the tenant that waits longest, to a random moment of its window. */
import type { DrilledTenant } from '../../domain/drill.ts';
import { acceptRestored, restoredOf } from './acceptance.ts';
import { chooseForKind } from './choose-for-kind.ts';
import { type DrillBody, type DrillRun, timedPhase } from './drill-run.ts';
import { drillTenant } from './drill-tenants.ts';
import { withScratch } from './scratch.ts';

export async function drillSingleTenant(run: DrillRun): Promise<DrillBody> {
  const chosen = await chooseForKind(run);
  return withScratch(run, async scratch => {
    const drilled: DrilledTenant[] = [];
    await timedPhase(run, 'restore', async () => {
      for (const tenant of chosen) drilled.push(await drillTenant(run, run.ctx, tenant, { scratch, verify: true }));
    });
    const acceptance = await acceptRestored(run, scratch, restoredOf(chosen, drilled));
    return { scratch: scratch.described, tenants: drilled, acceptance };
  });
}
