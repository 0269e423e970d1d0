/**
 * A drill from its beginning to its signed record. Invariant: whatever happens in it, a drill that began has a record, and
 * one that failed or was slower than its objective raises an alarm.
 */
import { type DrillOutcome, type DrillRecord, worstOutcome } from '../../domain/drill.ts';
import { newId, randomText } from '../../domain/new-id.ts';
import type { Context } from '../context.ts';
import { listDrills, putDrillRecord } from '../storage/drill-records.ts';
import { isAccepted } from './acceptance.ts';
import { drillAccident, isMended } from './accident.ts';
import { type DrillAsked, type DrillBody, type DrillPlant, type DrillRun, problemOf } from './drill-run.ts';
import { drillGameDay, isNoticed, refuseGameDay } from './game-day.ts';
import { drillRegion, refuseWithoutRegion } from './region.ts';
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

export interface DrillDone {
  /** Key of the signed record. */
  readonly key: string;
  readonly sha256: string;
  readonly record: DrillRecord;
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
  const record = recordOf(run, body, startedAt, ended !== undefined);
  const { key, sha256 } = await putDrillRecord(ctx, record);
  await announce(ctx, record);
  return { key, sha256, record, ...ended };
}

function recordOf(run: DrillRun, body: DrillBody, startedAt: Date, endedEarly: boolean): DrillRecord {
  return {
    format: 'holdfast.drill-record/1',
    ...{ id: run.id, kind: run.asked.kind, installation: run.ctx.installation, startedBy: run.asked.startedBy },
    ...{ startedAt: startedAt.toISOString(), endedAt: run.ctx.clock.now().toISOString() },
    outcome: outcomeOf(run, body, endedEarly),
    ...{ seed: run.seed, findings: run.findings, phases: run.phases, ...body },
  };
}

/** A finding that no other rule judges (a scratch database that stayed) fails the drill too. */
function outcomeOf({ findings }: DrillRun, body: DrillBody, endedEarly: boolean): DrillOutcome {
  const of = worstOutcome(body.tenants.map(({ outcome }) => outcome));
  const proved =
    body.acceptance.every(isAccepted) && (body.accidents ?? []).every(isMended) && (body.faults ?? []).every(isNoticed);
  if (endedEarly || !proved || of === 'failed') return 'failed';
  return of === 'passed' && findings.length > 0 ? 'failed' : of;
}

async function announce(ctx: Context, { outcome, id, kind, findings }: DrillRecord): Promise<void> {
  if (outcome === 'passed') return;
  const details = { drill: id, kind, findings };
  const first = findings[0] ?? '';
  if (outcome === 'slow') {
    const message = `The drill ${kind} was slower than its objective: ${first}`;
    await ctx.notifier.notify({ severity: 'alarm', code: 'drill-slow', message, details });
    return;
  }
  await ctx.notifier.notify({
    severity: 'alarm',
    code: 'drill-failed',
    message: `The drill ${kind} failed: ${first}`,
    details,
  });
}
