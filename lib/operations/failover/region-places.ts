/**
 * Reads and writes the state of the regions at the places that keep it: each a vault, whose write-once keys are the compare
 * and swap. Invariant: a document is proposed only on top of what the places say now (region-state.ts), and a place that
 * has another document of the term is never counted for it.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { LEASE_MARGIN } from '../../domain/automatic-failover.ts';
import { HoldfastError } from '../../domain/errors.ts';
import { newId } from '../../domain/new-id.ts';
import { REGION_STATES_PREFIX, regionStateKey } from '../../domain/object-key.ts';
import {
  newestState,
  nextState,
  type PlaceReading,
  type Readings,
  RegionState,
  regionUndecided,
  stands,
  writeOrder,
} from '../../domain/region-state.ts';
import type { Deps } from '../../ports.ts';
import type { RegionPlace, Regions } from '../../region-ports.ts';
import { putSigned, readSigned } from '../storage/signed-document.ts';

export type RegionDeps = Pick<Deps, 'signer' | 'clock' | 'random' | 'pause'> & Pick<Regions, 'places' | 'leaseSeconds'>;

/** What every place says now. A place that fails, or has a document that does not verify, is `unreachable`. */
export async function readPlaces(deps: Pick<RegionDeps, 'places' | 'signer' | 'leaseSeconds'>): Promise<Readings> {
  const read = async (place: RegionPlace) => [place.region, await readPlace(deps, place)] as const;
  return new Map(await Promise.all(deps.places.map(read)));
}

/** The documents of a place, oldest first. Throws what the vault throws, and IntegrityError `object-altered`. */
export async function regionHistory(
  deps: Pick<RegionDeps, 'signer'>,
  { vault }: Pick<RegionPlace, 'vault'>,
): Promise<RegionState[]> {
  const states: RegionState[] = [];
  for await (const key of vault.keys(REGION_STATES_PREFIX)) states.push(await readState(deps, vault, key));
  return states;
}

/**
 * What the places that can be asked accepted within the time that `isBefore` leaves, and of each the state before. Undefined
 * where that is not a majority: then nobody knows what happened.
 */
export async function recentStates(
  deps: Pick<RegionDeps, 'places' | 'signer' | 'leaseSeconds'>,
  isBefore: (state: RegionState) => boolean,
): Promise<RegionState[] | undefined> {
  const read = (place: RegionPlace) => answered(deps, recentStatesOf(deps, place, isBefore));
  const found = (await Promise.all(deps.places.map(read))).filter(states => states !== 'unreachable');
  if (found.length <= deps.places.length / 2) return undefined;
  return [...new Map(found.flat().map(state => [state.id, state])).values()];
}

async function recentStatesOf(
  deps: Pick<RegionDeps, 'signer'>,
  { vault }: RegionPlace,
  isBefore: (state: RegionState) => boolean,
): Promise<RegionState[]> {
  const keys: string[] = [];
  for await (const key of vault.keys(REGION_STATES_PREFIX)) keys.push(key);
  const states: RegionState[] = [];
  for (const key of keys.reverse()) {
    const state = await readState(deps, vault, key);
    states.push(state);
    if (isBefore(state)) break;
  }
  return states;
}

export type Proposal = Pick<RegionState, 'active' | 'phase' | 'fenced' | 'by' | 'reason' | 'planned'> & {
  /** Id of the only state on which it may be built. @default - the newest */
  readonly onto?: string;
};

/**
 * Writes the next document to the places. Returns it where it stands, or where it names a region that may act without the
 * other place. ConflictError `region-undecided` (retry auto), `region-elsewhere`, `region-unreachable`.
 */
export async function proposeState(deps: RegionDeps, wanted: Proposal, waitedFor?: string): Promise<RegionState> {
  const readings = await settlePlaces(deps);
  const stamp = { id: newId(deps), since: deps.clock.now().toISOString() };
  const state = nextState(deps.places, readings, { ...wanted, ...stamp }, waitedFor);
  const before = newestState(readings);
  const after = new Map<string, PlaceReading>();
  for (const { region, mustAccept } of writeOrder(deps.places, state, before)) {
    const answer = await writeState(deps, region, state);
    after.set(region, answer === 'accepted' ? state : 'unreachable');
    if (answer !== 'accepted' && mustAccept) break;
  }
  const accepted = state.active === null ? false : after.get(state.active) === state;
  if (stands(deps.places, after, state) || (deps.places.length === 2 && accepted)) return state;
  throw regionUndecided(`Not enough places accepted the state of term ${state.term}.`);
}

/** Brings the newest document to the places that lack it: a proposer may have died. Returns what they say then. */
export async function settlePlaces(
  deps: Pick<RegionDeps, 'places' | 'signer' | 'clock' | 'leaseSeconds'>,
): Promise<Readings> {
  const readings = new Map(await readPlaces(deps));
  const newest = newestState(readings);
  if (newest === undefined) return readings;
  for (const [region, reading] of readings) {
    if (reading === 'unreachable' || (reading !== 'empty' && reading.term >= newest.term)) continue;
    const answer = await writeState(deps, region, newest);
    if (answer === 'accepted') readings.set(region, newest);
    else readings.set(region, 'unreachable');
  }
  return readings;
}

/** Waits until every lease that was read before now has ended, also by a clock that runs slower than this one. */
export async function awaitLeases(deps: Pick<RegionDeps, 'leaseSeconds' | 'pause'>): Promise<void> {
  const milliseconds = Math.ceil(deps.leaseSeconds * 1000 * LEASE_MARGIN);
  await (deps.pause ?? wait)(milliseconds);
}

/** Once all places have a document that names fenced regions, these know what happened: the fence ends. */
export async function endFences(deps: RegionDeps, by: string): Promise<RegionState | undefined> {
  const readings = await settlePlaces(deps);
  const newest = newestState(readings);
  if (newest === undefined || newest.active === null || newest.fenced.length === 0) return undefined;
  if (![...readings.values()].every(reading => typeof reading === 'object' && reading.id === newest.id))
    return undefined;
  const { active, phase, planned } = newest;
  const reason = 'Every place has the state again.';
  return proposeState(deps, { active, phase, planned, fenced: [], by, reason });
}

async function readPlace(
  deps: Pick<RegionDeps, 'signer' | 'leaseSeconds'>,
  { vault }: RegionPlace,
): Promise<PlaceReading> {
  const read = async (): Promise<PlaceReading> => {
    let last: string | undefined;
    for await (const key of vault.keys(REGION_STATES_PREFIX)) last = key;
    return last === undefined ? 'empty' : readState(deps, vault, last);
  };
  return answered(deps, read());
}

/** A place that hangs (a network file system without its server) must not use up the lease of a region that goes without it. */
export function answered<T>(
  { leaseSeconds }: Pick<RegionDeps, 'leaseSeconds'>,
  work: Promise<T>,
): Promise<T | 'unreachable'> {
  return new Promise(done => {
    const timer = setTimeout(() => done('unreachable'), (leaseSeconds * 1000) / 3);
    work.then(done, () => done('unreachable')).finally(() => clearTimeout(timer));
  });
}

async function readState(
  { signer }: Pick<RegionDeps, 'signer'>,
  vault: RegionPlace['vault'],
  key: string,
): Promise<RegionState> {
  return readSigned({ signer, vault }, key, RegionState);
}

/** Longer than any backup is kept. */
const LOCK_MS = 10 * 366 * 24 * 3600 * 1000;

/** `accepted`: the place has exactly this document. One that does not answer in time may have it, or get it later. */
function writeState(
  deps: Pick<RegionDeps, 'places' | 'signer' | 'clock' | 'leaseSeconds'>,
  region: string,
  state: RegionState,
): Promise<'accepted' | 'refused' | 'unreachable'> {
  return answered(deps, putState(deps, region, state));
}

async function putState(
  deps: Pick<RegionDeps, 'places' | 'signer' | 'clock'>,
  region: string,
  state: RegionState,
): Promise<'accepted' | 'refused' | 'unreachable'> {
  const { vault } = deps.places.find(place => place.region === region)!;
  const key = regionStateKey(state.term);
  const retainUntil = new Date(deps.clock.now().getTime() + LOCK_MS);
  try {
    await putSigned({ vault, signer: deps.signer }, key, state, { retainUntil });
    return 'accepted';
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === 'object-exists')) return 'unreachable';
  }
  return readState(deps, vault, key).then(
    kept => (kept.id === state.id ? 'accepted' : 'refused'),
    () => 'unreachable',
  );
}
