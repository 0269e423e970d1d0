/**
 * Between the rounds of a drill in many calls: the first call makes the scratch database and chooses the tenants, each later
 * one takes the results and says who comes next. Invariant: it can be called again with the same input.
 */
import type {
  DrillJob,
  DrillMember,
  DrillRound,
  DrillState,
  EndedRound,
  MemberResult,
  RoundPhase,
} from '../../domain/drill-steps.ts';
import { makeScratch, openScratch } from '../../postgres/drill/scratch-database.ts';
import type { Context } from '../context.ts';
import { listDrills } from '../storage/drill-records.ts';
import { acceptRestored } from './acceptance.ts';
import { chooseForKind } from './choose-for-kind.ts';
import { type DrillPlant, type DrillRun, timedPhase } from './drill-run.ts';
import { drillRunOf, endedRounds } from './drill-steps-run.ts';
import { type PresentTenant, presentForDrills, unknownDrillTenant } from './drill-tenants.ts';
import { describeScratch, removeAbandoned } from './scratch.ts';
import { emptyScratch } from './several-tenants.ts';

export interface RoundCall {
  readonly job: DrillJob;
  readonly state: DrillState;
  readonly results: readonly MemberResult[];
}

export interface BegunRound extends RoundCall {
  /** No tenant is left. */
  readonly over: boolean;
  readonly phase: RoundPhase;
  readonly atOnce: number;
  readonly members: readonly DrillMember[];
}

/** InputError `no-tenants`, `unknown-tenant`; SourceError `scratch-refused`. */
export async function beginRound(ctx: Context, plant: DrillPlant, call: RoundCall): Promise<BegunRound> {
  const { job } = call;
  const state = call.state.scratch === null ? await begunDrill(ctx, plant, call) : afterRound(ctx, plant, call);
  const [next] = state.rounds;
  const begun = { job, state, results: [] };
  const over = { ...begun, over: true, phase: 'restore', atOnce: 1, members: [] } as const;
  if (next === undefined) return over;
  if (next.phase === 'acceptance') return { ...over, state: await accepted(ctx, plant, job, state) };
  const members = next.phase === 'at-once' ? await again(ctx, plant, job, state.ended.at(-1)!) : next.members;
  return { ...begun, over: members.length === 0, phase: next.phase, atOnce: next.atOnce, members };
}

async function begunDrill(ctx: Context, plant: DrillPlant, { job, state }: RoundCall): Promise<DrillState> {
  const admin = plant.scratch ?? ctx.source;
  const run: DrillRun = {
    ...drillRunOf(ctx, plant, job, await idsOf(ctx, job)),
    records: (await listDrills(ctx)).drills.map(({ record }) => record),
  };
  const chosen = await chooseForKind(run);
  const made = await timedPhase(run, 'scratch', async () => {
    await removeAbandoned(admin, ctx.clock.now());
    return makeScratch(admin, job.id, { template: plant.template });
  });
  const rounds = roundsOf(job, chosen, ctx.settings.tenantParallelism);
  return { ...state, scratch: describeScratch(run, made), rounds, phases: run.phases };
}

/** Undefined where the job names none. InputError `unknown-tenant`. */
async function idsOf(ctx: Context, { refs }: DrillJob) {
  if (refs === undefined) return undefined;
  const present = new Map((await presentForDrills(ctx)).map(({ ref, id }) => [ref, id]));
  return refs.map(ref => {
    const id = present.get(ref);
    if (id === undefined) throw unknownDrillTenant();
    return id;
  });
}

/** Of a whole system the first tenant alone: it creates the tables. */
function roundsOf({ kind, moment }: DrillJob, chosen: readonly PresentTenant[], parallelism: number): DrillRound[] {
  const member = ({ ref }: PresentTenant): DrillMember => ({
    tenant: ref,
    ...(kind === 'whole-system' && { moment: moment ?? 'latest' }),
  });
  const round = (phase: RoundPhase, tenants: readonly PresentTenant[], atOnce = 1): DrillRound => ({
    ...{ phase, atOnce, members: tenants.map(member) },
  });
  if (kind === 'several-tenants') return [round('singly', chosen), round('at-once', [], chosen.length)];
  if (kind === 'whole-system') {
    const [first, ...others] = chosen;
    const rest = others.length === 0 ? [] : [round('restore-all', others, parallelism)];
    return [round('restore-all', [first!]), ...rest, round('acceptance', [])];
  }
  return [round(kind === 'accident' || kind === 'region' ? kind : 'restore', chosen)];
}

function afterRound(ctx: Context, plant: DrillPlant, { job, state, results }: RoundCall): DrillState {
  const ended = endedRounds(drillRunOf(ctx, plant, job), state, results);
  return { ...state, ended, rounds: state.rounds.slice(1) };
}

/** Those that were restored singly, each to the position that it was restored to: the two times are for the same rows. */
async function again(ctx: Context, plant: DrillPlant, job: DrillJob, singly: EndedRound): Promise<DrillMember[]> {
  await emptyScratch(drillRunOf(ctx, plant, job), openScratch(plant.scratch ?? ctx.source, job.id));
  return singly.results.flatMap(({ tenant, drilled: { restore } }) =>
    restore === null ? [] : [{ tenant, moment: restore.target }],
  );
}

/** The team's check of the whole scratch database. */
async function accepted(ctx: Context, plant: DrillPlant, job: DrillJob, state: DrillState): Promise<DrillState> {
  const run = drillRunOf(ctx, plant, job);
  const acceptance = await acceptRestored(run, openScratch(plant.scratch ?? ctx.source, job.id), [null]);
  return {
    ...{ ...state, rounds: [], acceptance },
    ...{ findings: [...state.findings, ...run.findings], phases: [...state.phases, ...run.phases] },
  };
}
