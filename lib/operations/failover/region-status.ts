/** What the places say about the regions, for people; the first region; and bringing the places together again. */
import { InputError } from '../../domain/errors.ts';
import { mayAct, newestState, type RegionState, stands } from '../../domain/region-state.ts';
import type { Deps } from '../../ports.ts';
import type { Regions } from '../../region-ports.ts';
import { endFences, proposeState, type RegionDeps, readPlaces, settlePlaces } from './region-places.ts';

export interface RegionStatus {
  /** Where this was asked. */
  readonly region: string;
  readonly home: string;
  readonly active: string | null;
  readonly phase: RegionState['phase'] | null;
  readonly since: string | null;
  readonly by: string | null;
  readonly reason: string | null;
  readonly fenced: readonly string[];
  /** The newest state is at a majority of the places: no older one counts. */
  readonly stands: boolean;
  /** This region may ship, restore and expire. */
  readonly mayAct: boolean;
  readonly places: readonly {
    readonly region: string;
    readonly witness: boolean;
    readonly answer: 'state' | 'empty' | 'unreachable';
    readonly term: number | null;
  }[];
}

type StatusDeps = Pick<Deps, 'signer' | 'clock' | 'random'> & { readonly regions: Regions };

export async function regionStatus({ signer, regions }: StatusDeps): Promise<RegionStatus> {
  const { region, home, places, leaseSeconds } = regions;
  const readings = await readPlaces({ signer, places, leaseSeconds });
  const newest = newestState(readings);
  return {
    ...{ region, home, active: newest?.active ?? null, phase: newest?.phase ?? null, since: newest?.since ?? null },
    ...{
      by: newest?.by ?? null,
      reason: newest?.reason ?? null,
      fenced: newest?.fenced.map(each => each.region) ?? [],
    },
    stands: newest !== undefined && stands(places, readings, newest),
    mayAct: mayAct(places, region, readings),
    places: places.map(place => {
      const reading = readings.get(place.region)!;
      const answer = typeof reading === 'string' ? reading : 'state';
      return {
        region: place.region,
        witness: place.witness,
        answer,
        term: typeof reading === 'string' ? null : reading.term,
      };
    }),
  };
}

/** InputError `region-is-witness`: nothing is promoted, shipped or made active where no database is. */
export function requireServing({ region, places }: Pick<Regions, 'region' | 'places'>): void {
  if (!places.some(place => place.region === region && place.witness)) return;
  throw new InputError('region-is-witness', `The region ${region} is the witness: it has no database.`, {
    hint: 'Run the command on a machine of a region that has one. At the witness: `holdfast failover probe`, `holdfast failover status`.',
  });
}

/** Makes this region the active one of a new pair. InputError `region-is-witness`; ConflictError `region-unreachable`, `region-elsewhere`. */
export async function beginRegions(deps: StatusDeps, by: string): Promise<RegionStatus> {
  requireServing(deps.regions);
  const { region: active, home } = deps.regions;
  const phase = active === home ? 'healthy' : 'active-elsewhere';
  const reason = 'The first state of these regions.';
  await proposeState(regional(deps), { active, phase, fenced: [], by, reason, planned: true });
  return regionStatus(deps);
}

/** Brings the newest state to every place that can be reached; a fence ends when all have it. */
export async function settleRegions(deps: StatusDeps, by: string): Promise<RegionStatus> {
  await settlePlaces(regional(deps));
  await endFences(regional(deps), by);
  return regionStatus(deps);
}

function regional({ regions, ...deps }: StatusDeps): RegionDeps {
  return { ...deps, places: regions.places, leaseSeconds: regions.leaseSeconds };
}
