/**
 * Last step of a drill in many calls, however it came to it: removes the scratch database, then signs the record. Called
 * again it returns the record that is there. Invariant: what cannot be removed is a finding, and stops no record.
 */
import type { DrilledTenant } from '../../domain/drill.ts';
import {
  type DrillJob,
  type DrillState,
  type EndedRound,
  type MemberResult,
  roundMs,
} from '../../domain/drill-steps.ts';
import { readCause } from '../../domain/workflow-failure.ts';
import { openScratch } from '../../postgres/drill/scratch-database.ts';
import type { Context } from '../context.ts';
import { drillRecorded } from '../storage/drill-records.ts';
import { type DrillBody, type DrillPlant, type DrillRun, problemOf, timedPhase } from './drill-run.ts';
import { drillRunOf, endedRounds } from './drill-steps-run.ts';
import { announceDrill, type RecordedDrill, recordDrill } from './record-drill.ts';
import { contentionOf } from './several-tenants.ts';
import { predict } from './whole-system.ts';

export interface EndCall {
  readonly job: DrillJob;
  readonly state: DrillState;
  readonly results: readonly MemberResult[];
  /** As Step Functions passes it to a Catch: what ended it early. */
  readonly error?: { readonly Error: string; readonly Cause?: string | undefined } | undefined;
}

/** StorageError where the record cannot be stored. */
export async function endDrill(ctx: Context, plant: DrillPlant, call: EndCall): Promise<RecordedDrill> {
  const { job, state, results, error } = call;
  const run = drillRunOf(ctx, plant, job);
  await removed(run);
  const before = await drillRecorded(ctx, job);
  if (before) {
    await announceDrill(ctx, before.record);
    return before;
  }
  const rounds = endedRounds(run, state, results);
  const ofTenants = rounds.flatMap(round => round.results.flatMap(({ findings }) => findings));
  run.findings.unshift(...(error ? [endedEarly(error)] : []), ...state.findings, ...ofTenants);
  run.phases.unshift(...state.phases, ...rounds.map(({ phase, results: of }) => ({ phase, ms: roundMs(of) })));
  const body = await bodyOf(run, state, rounds);
  return recordDrill(run, body, new Date(job.startedAt), error !== undefined);
}

async function removed(run: DrillRun): Promise<void> {
  const scratch = openScratch(run.plant.scratch ?? run.ctx.source, run.id);
  await timedPhase(run, 'clean', () => scratch.drop()).catch(error => {
    run.findings.push(`The scratch database ${scratch.name} was not removed (${problemOf(error).code}).`);
  });
}

function endedEarly({ Error: name, Cause }: NonNullable<EndCall['error']>): string {
  const told = readCause(Cause);
  const why = told ? `${told.message} (${told.code})` : `a step failed (${name}).`;
  return `The drill ended early: ${why}`;
}

async function bodyOf(run: DrillRun, state: DrillState, rounds: readonly EndedRound[]): Promise<DrillBody> {
  const { kind } = run.asked;
  const results = rounds.flatMap(round => round.results);
  const body = {
    scratch: state.scratch,
    tenants: results.map(({ drilled }) => drilled),
    acceptance: [...results.flatMap(({ acceptance }) => acceptance), ...state.acceptance],
  };
  if (kind === 'several-tenants') return { ...body, ...severally(rounds) };
  if (kind === 'accident') return { ...body, accidents: results.flatMap(({ accidents }) => accidents) };
  if (kind !== 'whole-system' || results.length === 0) return body;
  const elapsedMs = rounds.reduce((sum, round) => sum + roundMs(round.results), 0);
  const atOnce = run.ctx.settings.tenantParallelism;
  return { ...body, prediction: await predict(run, body.tenants, { elapsedMs, atOnce }) };
}

/** Each tenant once, with the proof of its backup from the first round. */
function severally(rounds: readonly EndedRound[]): Pick<DrillBody, 'tenants' | 'contention'> {
  const singly = rounds.find(({ phase }) => phase === 'singly')?.results ?? [];
  const together = rounds.find(({ phase }) => phase === 'at-once');
  const alone = new Map(singly.map(({ tenant, drilled }) => [tenant, drilled]));
  if (together === undefined) return { tenants: [...alone.values()] };
  const atOnce = together.results.map(({ tenant, drilled }): DrilledTenant => {
    const before = alone.get(tenant)!;
    const restore = drilled.restore && { ...drilled.restore, backup: before.restore?.backup ?? null };
    return { ...drilled, restore, refused: before.refused };
  });
  const failedAlone = [...alone.values()].filter(({ restore }) => restore === null);
  const contention = contentionOf([...alone.values()], atOnce, roundMs(together.results));
  return { tenants: [...failedAlone, ...atOnce], contention };
}
