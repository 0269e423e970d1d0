/**
 * The plan of a fail-over: which region takes over from which, and what would be lost. Reads only; the catalog of this
 * region is brought up to what its vault has, for it is only an index.
 */
import type { FailoverInput, FailoverPlan } from '../../domain/failover.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { newestState } from '../../domain/region-state.ts';
import { type RunItem, runs } from '../catalog/catalog-index.ts';
import { fleetStatus } from '../catalog/timeline.ts';
import { rebuildCatalog } from '../rebuild/rebuild-catalog.ts';
import { type FailoverDeps, regionDeps } from './failover-steps.ts';
import { missingRuns, vaultLog } from './newest-run.ts';
import { readPlaces, regionHistory } from './region-places.ts';
import { requireServing } from './region-status.ts';

/** Planning needs no connection to the database. */
export type PlanDeps = Omit<FailoverDeps, 'source'>;

/** InputError `region-is-witness`; throws SourceError where the database of this region cannot be reached; what the vault throws. */
export async function planFailover(deps: PlanDeps, input: FailoverInput): Promise<FailoverPlan> {
  requireServing(deps.regions);
  const { region, places, database } = deps.regions;
  const readings = await readPlaces(regionDeps(deps));
  const replica = await database.status();
  const newest = await newestRunHere(deps);
  const { tenants } = await fleetStatus(deps);
  const current = tenants.filter(({ outside }) => outside === undefined);
  const end = newest && parseLsn(newest.to);
  const isBehind = (position: string | undefined) => end !== undefined && (!position || parseLsn(position) < end);
  const from = await leftRegion(deps, newestState(readings)?.active);
  return {
    ...{ region, from, planned: input.planned, fenced: input.fenced },
    ...(input.automatic && { automatic: input.automatic }),
    unreachable: places.map(place => place.region).filter(place => readings.get(place) === 'unreachable'),
    replica: { role: replica.role, lagSeconds: replica.lagSeconds },
    newest: newest ? { position: newest.to, time: newest.toTime } : null,
    missingRuns: await missingHere(deps, from),
    behind: current
      .filter(each => isBehind(each.newest?.lsn))
      .map(({ tenant, newest: moment }) => ({ tenant, newest: moment?.time ?? null })),
    tenants: current.length,
  };
}

/** The region that is active, or the last that was. Null where that is this one. */
async function leftRegion(deps: PlanDeps, active: string | null | undefined): Promise<string | null> {
  const { region, places } = deps.regions;
  if (active) return active === region ? null : active;
  const own = places.find(place => place.region === region);
  const history = own ? await regionHistory(deps, own) : [];
  const last = history.findLast(state => state.active !== null)?.active ?? null;
  return last === region ? null : last;
}

/**
 * The newest run of the log that the vault here has. A catalog of this region's own is brought up to the vault; a shared one
 * may list runs whose objects did not reach it.
 */
export async function newestRunHere(deps: PlanDeps): Promise<RunItem | undefined> {
  if (deps.regions.shared === undefined) {
    await rebuildCatalog(deps);
    return runs.latest(deps.catalog);
  }
  const { end } = await vaultLog(deps.vault);
  if (end === undefined) return undefined;
  let newest: RunItem | undefined;
  await runs.tail(deps.catalog, run => {
    if (parseLsn(run.to) > end) return true;
    newest = run;
    return false;
  });
  return newest;
}

/** Runs that only the vault of the region that is left has. */
async function missingHere(deps: PlanDeps, from: string | null): Promise<number | null> {
  const left = deps.regions.places.find(({ region, witness }) => region === from && !witness);
  return left ? missingRuns(deps.vault, left.vault) : null;
}

/** What will be done and what would be lost, in sentences. */
export function describeFailover(plan: FailoverPlan): string[] {
  const { region, from, planned, fenced, unreachable, replica, newest, missingRuns: missing, behind, tenants } = plan;
  const lag = replica.lagSeconds === null ? 'an unknown time' : `${Math.round(replica.lagSeconds)} s`;
  return [
    `Make ${region} the active region${from === null ? '' : `, in place of ${from}`}: promote its database, protect it, and lead the application to it.`,
    planned
      ? 'First stop the application’s writes and wait until this region has everything: nothing is lost.'
      : `What its database did not get is lost there: it is ${lag} behind.`,
    ...(plan.automatic
      ? ['Nobody approves it: the configuration lets a region that finds the other lost take over.']
      : []),
    ...fenced.map(
      name => `You state that the region ${name} can do nothing: no process of it ships, restores or writes.`,
    ),
    ...unreachable.map(name => `The place ${name} does not answer.`),
    newest === null ? 'The vault here has no log.' : `The log in the vault here reaches ${newest.time}.`,
    missing === null
      ? 'Whether the vault of the other region has more cannot be asked now.'
      : `${missing} run(s) of the log are in the other region’s vault only.`,
    `${behind.length} of ${tenants} tenants cannot be recovered to that moment here.`,
    ...behind.slice(0, 20).map(({ tenant, newest: moment }) => `Tenant ${tenant}: ${moment ?? 'no moment'}.`),
    'Rows that the vault has and the promoted database lacks are offered as restores, tenant by tenant.',
  ];
}
