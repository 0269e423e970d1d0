/**
 * Looks at the other region from this one, as often as it is called, and says when it looks lost. What follows is decided
 * elsewhere, by a person or by fail-over-automatically.ts. Invariant: a suspicion is reported once, until a probe finds the
 * region well.
 */
import { HoldfastError } from '../../domain/errors.ts';
import { formatLsn } from '../../domain/lsn.ts';
import { isSuspected, PROBES_KEPT, type RegionProbe } from '../../domain/region-probe.ts';
import { newestState, type RegionState } from '../../domain/region-state.ts';
import { runs } from '../catalog/catalog-index.ts';
import { regionProbes } from '../catalog/region-probes.ts';
import { regionDeps } from './failover-steps.ts';
import { vaultLog } from './newest-run.ts';
import type { PlanDeps } from './plan-failover.ts';
import { answered, proposeState, readPlaces } from './region-places.ts';
import { readWitness } from './witness-probes.ts';

export interface ProbedRegion {
  /** The other region. */
  readonly region: string;
  readonly database: boolean;
  readonly vault: boolean;
  readonly newest: string | null;
  /** What the witness found since the probe before; null where it said nothing new. */
  readonly witness: RegionProbe['witness'];
  readonly suspected: boolean;
  /** Probes that are kept, this one included. */
  readonly probes: number;
}

/** `by`: who is named in the state where it changes. Throws what the vault and the catalog of this region throw. */
export async function probeRegion(deps: PlanDeps, by: string): Promise<ProbedRegion> {
  const { region: here, places, shared } = deps.regions;
  const probedFrom = shared === undefined ? undefined : here;
  const { region } = places.find(place => place.region !== here && !place.witness)!;
  const readings = await readPlaces(regionDeps(deps));
  const before = await regionProbes.list(deps.catalog, probedFrom);
  const probe = await probeNow(deps, region, readings.get(region) !== 'unreachable', before.at(-1));
  const probes = [...before, probe].slice(-PROBES_KEPT);
  await deps.catalog.write([regionProbes.put(probes, probedFrom)]);
  const suspected = isSuspected(probes);
  const newest = newestState(readings);
  // Whoever is active here does not depend on the other.
  const matters = newest?.active === region;
  if (suspected && matters && !isSuspected(before)) await notifySuspicion(deps, region);
  if (matters) await noteSuspicion(deps, newest, suspected, by);
  const { database, vault, newest: moment, witness } = probe;
  const found = { region, database, vault, newest: moment, witness };
  return { ...found, suspected: suspected && matters, probes: probes.length };
}

async function probeNow(
  deps: PlanDeps,
  region: string,
  vault: boolean,
  before: RegionProbe | undefined,
): Promise<RegionProbe> {
  const { places, database, shared } = deps.regions;
  const answers = await database.reachesOther();
  const left = places.find(place => place.region === region)!;
  // On AWS the catalog tells it for both.
  const asksLeft = !answers && vault && shared === undefined;
  const there = asksLeft ? await answered(deps.regions, vaultLog(left.vault)) : 'unreachable';
  return {
    at: deps.clock.now().toISOString(),
    ...{ database: answers, vault, newest: await newestMoment(deps) },
    newestThere: there === 'unreachable' || there.end === undefined ? null : formatLsn(there.end),
    ...(await readWitness(deps, region, before)),
  };
}

/** How far the log is as seen from here: a shared catalog is here sooner than the vault, and costs one request. */
async function newestMoment({ regions, vault, catalog }: PlanDeps): Promise<RegionProbe['newest']> {
  if (regions.shared !== undefined) return (await runs.latest(catalog))?.to ?? null;
  const { end } = await vaultLog(vault);
  return end === undefined ? null : formatLsn(end);
}

/** Into the state, as far as the places can be asked: it gives and takes nobody a right. */
async function noteSuspicion(deps: PlanDeps, state: RegionState, suspected: boolean, by: string): Promise<void> {
  const usual = state.active === deps.regions.home ? 'healthy' : 'active-elsewhere';
  const phase = suspected ? 'suspected' : usual;
  if (state.phase === phase) return;
  const reason = suspected ? 'Probes of the other region fail.' : 'The probes find it well again.';
  const { active, fenced, planned } = state;
  await proposeState(regionDeps(deps), { active, phase, fenced, planned, by, reason }).catch(error => {
    if (!(error instanceof HoldfastError && error.kind === 'conflict')) throw error;
  });
}

async function notifySuspicion(deps: PlanDeps, region: string): Promise<void> {
  await deps.notifier.notify({
    severity: 'alarm',
    code: 'region-suspected',
    message: `The region ${region} does not answer, and its log does not move. ${
      deps.regions.automatic
        ? 'This region takes over by itself once every condition holds.'
        : 'Nothing fails over by itself.'
    }`,
    details: { region },
  });
}
