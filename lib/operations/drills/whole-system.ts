/**
 * The drill `whole-system`: every tenant into an empty database, as many at once as the configuration allows. Of a fleet
 * that is too large for that, a sample by chance is restored, and the whole is predicted from the slower of two measured
 * rates: tenants and bytes.
 */
import { type DrilledTenant, type FleetPrediction, predictedFleetMs } from '../../domain/drill.ts';
import { backups } from '../catalog/catalog-index.ts';
import { inParallel } from '../in-parallel.ts';
import { acceptRestored } from './acceptance.ts';
import { chooseForKind } from './choose-for-kind.ts';
import { type DrillBody, type DrillRun, timedPhase } from './drill-run.ts';
import { drillTenant, type PresentTenant, presentForDrills } from './drill-tenants.ts';
import { type Scratch, withScratch } from './scratch.ts';

export async function drillWholeSystem(run: DrillRun): Promise<DrillBody> {
  const chosen = await chooseForKind(run);
  return withScratch(run, async scratch => {
    const started = performance.now();
    const drilled = await timedPhase(run, 'restore', () => restoreAll(run, scratch, chosen));
    const elapsedMs = Math.round(performance.now() - started);
    const prediction = await predict(run, drilled, { elapsedMs, atOnce: run.ctx.settings.tenantParallelism });
    const acceptance = await acceptRestored(run, scratch, [null]);
    return { scratch: scratch.described, tenants: drilled, acceptance, prediction };
  });
}

/** The first alone: it creates the tables. */
async function restoreAll(run: DrillRun, scratch: Scratch, chosen: readonly PresentTenant[]): Promise<DrilledTenant[]> {
  const [first, ...others] = chosen;
  const moment = run.asked.moment ?? 'latest';
  let done = 0;
  const restore = async (tenant: PresentTenant) => {
    const drilled = summarized(await drillTenant(run, run.ctx, tenant, { scratch, moment }));
    done += 1;
    const progress = { step: 'drill.whole-system', message: 'Restoring tenants', done, total: chosen.length };
    run.ctx.progress?.({ ...progress, unit: 'tenants' });
    return drilled;
  };
  return [await restore(first!), ...(await inParallel(run.ctx.settings.tenantParallelism, others, restore))];
}

/** A record of thousands of tenants names only the tables that differ. */
export function summarized(drilled: DrilledTenant): DrilledTenant {
  if (drilled.restore === null) return drilled;
  const tables = drilled.restore.tables.filter(({ rows, found }) => rows !== found);
  return { ...drilled, restore: { ...drilled.restore, tables } };
}

/** `elapsedMs`: of the drilled tenants, `atOnce` at once. */
export async function predict(
  { ctx }: Pick<DrillRun, 'ctx'>,
  drilled: readonly DrilledTenant[],
  { elapsedMs, atOnce }: Pick<FleetPrediction, 'elapsedMs' | 'atOnce'>,
): Promise<FleetPrediction> {
  const present = await presentForDrills(ctx);
  const sizes = await inParallel(8, present, async ({ ref }) => {
    const snapshots = (await backups.list(ctx.catalog, ref)).filter(({ kind }) => kind === 'snapshot');
    return snapshots.at(-1)?.bytes ?? 0;
  });
  const restored = drilled.flatMap(({ restore }) => restore ?? []);
  const restoredBytes = restored.reduce((sum, each) => sum + each.bytes, 0);
  const bytes = Math.max(
    restoredBytes,
    sizes.reduce((sum, each) => sum + each, 0),
  );
  const measured = { tenants: present.length, bytes, restoredTenants: restored.length, restoredBytes, elapsedMs };
  return { ...measured, atOnce, predictedMs: predictedFleetMs(measured) };
}
