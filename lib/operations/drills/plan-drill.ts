/**
 * First step of a drill in many calls: which drill it is, under an id that everything after it carries. Of what is due it
 * takes the one that was tried least recently: one that fails every day keeps no other from being tried.
 */
import type { DrillKind } from '../../domain/drill-kind.ts';
import { type DrillJob, type DrillState, NOTHING_DONE, parseDrillRequest } from '../../domain/drill-steps.ts';
import { newId, randomText } from '../../domain/new-id.ts';
import type { Deps } from '../../ports.ts';
import type { Context } from '../context.ts';
import { newestDrills } from '../storage/drill-records.ts';
import type { DrillPlant } from './drill-run.ts';
import { drillsDue } from './drills-due.ts';
import { refuseGameDay, regionNotConfigured } from './refused-drills.ts';
import { removeAbandoned } from './scratch.ts';

type PlanDeps = Pick<Deps, 'vault' | 'signer' | 'catalog' | 'clock' | 'random'>;

export interface DrillStart {
  readonly input: unknown;
  /** Who is responsible, as the platform vouches. */
  readonly startedBy: string;
  /** Kinds that start when they are due. */
  readonly scheduled: readonly DrillKind[];
  /** A copy in another region can be restored from. */
  readonly hasRegion: boolean;
}

type Asked = Omit<DrillJob, 'id' | 'startedAt' | 'startedBy' | 'seed'> & { readonly seed?: string };

export type PlannedDrill =
  | { readonly due: false }
  | { readonly due: true; readonly job: DrillJob; readonly state: DrillState; readonly results: readonly [] };

/** InputError `bad-drill`, `region-not-configured`, `not-a-test-installation`: nothing began. */
export async function planDrill(
  deps: PlanDeps & Pick<Context, 'source'>,
  plant: DrillPlant,
  { input, startedBy, scheduled, hasRegion }: DrillStart,
): Promise<PlannedDrill> {
  const request = parseDrillRequest(input);
  // Of executions that were stopped. A server that refuses this refuses the drill too, whose record says so.
  await removeAbandoned(plant.scratch ?? deps.source, deps.clock.now()).catch(() => {});
  const asked: Asked | undefined = 'due' in request ? await leastRecent(deps, scheduled) : request;
  if (asked === undefined) return { due: false };
  if (asked.kind === 'game-day') refuseGameDay(plant);
  if (asked.kind === 'region' && !hasRegion) throw regionNotConfigured();
  const now = deps.clock.now();
  const seed = asked.seed ?? randomText(deps.random);
  const job = { ...asked, id: newId(deps, now), startedAt: now.toISOString(), startedBy, seed };
  return { due: true, job, state: NOTHING_DONE, results: [] };
}

async function leastRecent(
  deps: PlanDeps,
  scheduled: readonly DrillKind[],
): Promise<Pick<DrillJob, 'kind'> | undefined> {
  const due = (await drillsDue(deps, scheduled.includes('region'))).filter(
    ({ kind, state }) => state !== 'done' && scheduled.includes(kind),
  );
  const kinds = due.map(({ kind }) => kind);
  const newest = await newestDrills(deps, kinds);
  const tried = (kind: DrillKind) => newest.get(kind)?.startedAt ?? '';
  const [kind] = kinds.sort((a, b) => (tried(a) < tried(b) ? -1 : tried(a) > tried(b) ? 1 : 0));
  return kind && { kind };
}
