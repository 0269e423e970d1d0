/**
 * A drill from its beginning to its signed record. Invariant: whatever happens in it, a drill that began has a record, and
 * one that failed or was slower than its objective raises an alarm.
 */
import type { DrillRecord } from '../../domain/drill.ts';
import { newId, randomText } from '../../domain/new-id.ts';
import type { Context } from '../context.ts';
import { listDrills } from '../storage/drill-records.ts';
import { drillAccident } from './accident.ts';
import { type DrillAsked, type DrillBody, type DrillPlant, type DrillRun, problemOf } from './drill-run.ts';
import { drillGameDay } from './game-day.ts';
import { type RecordedDrill, recordDrill } from './record-drill.ts';
import { refuseGameDay, refuseWithoutRegion } from './refused-drills.ts';
import { drillRegion } from './region.ts';
import { drillSeveralTenants } from './several-tenants.ts';
import { drillSingleTenant } from './single-tenant.ts';
import { drillWholeSystem } from './whole-system.ts';

const KINDS: Readonly<Record<DrillRecord['kind'], (run: DrillRun) => Promise<DrillBody>>> = {
  'single-tenant': drillSingleTenant,
  'several-tenants': drillSeveralTenants,
  accident: drillAccident,
  'whole-system': drillWholeSystem,
  region: drillRegion,
  'game-day': drillGameDay,
};

export interface DrillDone extends RecordedDrill {
  /** What ended it early; the record has its code. */
  readonly error?: unknown;
}

/**
 * InputError `region-not-configured`, `not-a-test-installation`: nothing began. Whatever fails later is in the record.
 * StorageError where the record cannot be written.
 */
export async function runDrill(ctx: Context, plant: DrillPlant, asked: DrillAsked): Promise<DrillDone> {
  if (asked.kind === 'region') refuseWithoutRegion(plant);
  if (asked.kind === 'game-day') refuseGameDay(plant);
  const startedAt = ctx.clock.now();
  const id = newId(ctx, startedAt);
  const run: DrillRun = {
    ...{ ctx, plant, asked, id, seed: asked.seed ?? randomText(ctx.random) },
    records: (await listDrills(ctx)).drills.map(({ record }) => record),
    ...{ phases: [], findings: [] },
  };
  let body: DrillBody = { scratch: null, tenants: [], acceptance: [] };
  let ended: { readonly error: unknown } | undefined;
  try {
    body = await KINDS[asked.kind](run);
  } catch (error) {
    const { code, message } = problemOf(error);
    run.findings.unshift(`The drill ended early: ${message} (${code})`);
    ended = { error };
  }
  return { ...(await recordDrill(run, body, startedAt, ended !== undefined)), ...ended };
}
