/**
 * Which region is active, as a sequence of signed documents, one for each term, that every place keeps (decision 45):
 *
 *     healthy → suspected → failing-over → active-elsewhere → failing-back → healthy
 *
 * Invariants, held by test/unit/operations/region-places.property.test.ts: a place accepts one document of a term and no
 * other; a document that makes another region active follows, without a hole, one that stands and says that none is; so
 * two regions are never active at once.
 */
import * as z from 'zod';
import { ConflictError } from './errors.ts';

export const REGION_PHASES = ['healthy', 'suspected', 'failing-over', 'active-elsewhere', 'failing-back'] as const;

export const PlaceName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected up to 40 lower-case letters, digits and dashes, a letter first');

export const RegionState = z.strictObject({
  format: z.literal('holdfast.region-state/1'),
  /** Tells two documents of one term apart. */
  id: z.string(),
  term: z.number().int().positive(),
  /** Null while a fail-over runs: nobody ships, restores or expires. */
  active: PlaceName.nullable(),
  phase: z.enum(REGION_PHASES),
  /** Of the term before, on which it is built; null where it is built on none. */
  previous: z.string().nullable(),
  /** Regions of which a person says that they can do nothing: it stands for the vote of their place. */
  fenced: z.array(z.strictObject({ region: PlaceName, by: z.string(), reason: z.string() })),
  /** ISO 8601 UTC. */
  since: z.string(),
  by: z.string(),
  reason: z.string(),
  planned: z.boolean(),
});
export type RegionState = z.infer<typeof RegionState>;

/** A region that keeps the documents. A witness has a vote and no database. */
export interface PlaceFacts {
  readonly region: string;
  readonly witness: boolean;
}

/** What a place says: its newest document, that it has none, or nothing. */
export type PlaceReading = RegionState | 'empty' | 'unreachable';
export type Readings = ReadonlyMap<string, PlaceReading>;

/** The document of the highest term that any place has. */
export function newestState(readings: Readings): RegionState | undefined {
  let newest: RegionState | undefined;
  for (const reading of readings.values())
    if (isState(reading) && (newest === undefined || reading.term > newest.term)) newest = reading;
  return newest;
}

/**
 * Whether no older document can make a region active any more: for a majority of the places (of two: for both) it is the
 * newest. A fenced region counts as its vote.
 */
export function stands(places: readonly PlaceFacts[], readings: Readings, state: RegionState): boolean {
  const votes = places.filter(({ region }) => {
    const reading = readings.get(region);
    return isSame(reading, state) || (isFenced(state, region) && !contradicts(reading, state));
  });
  return votes.length >= majority(places);
}

/**
 * Whether the region may act by what the places said. With a witness, a majority must have the same newest document, and
 * it names the region. Without one, the region's own place decides, so that an outage of the other does not stop it: who
 * takes over must write there first, or a person vouches that this region can do nothing.
 */
export function mayAct(places: readonly PlaceFacts[], region: string, readings: Readings): boolean {
  const own = readings.get(region);
  if (needsLease(places)) {
    return [...readings.values()].some(
      state => isState(state) && state.active === region && stands(places, readings, state),
    );
  }
  if (!isState(own) || own.active !== region) return false;
  return ![...readings.values()].some(other => isState(other) && other.term >= own.term && other.active !== region);
}

/** So many places answer that a state can be recorded which no older one outvotes. */
export function canRecord(places: readonly PlaceFacts[], readings: Readings): boolean {
  const reached = places.filter(({ region }) => (readings.get(region) ?? 'unreachable') !== 'unreachable');
  return reached.length >= majority(places);
}

/** Automatic fail-over needs a third place: of two, neither knows which of them is cut off. */
export function needsLease(places: readonly PlaceFacts[]): boolean {
  return places.length > 2;
}

type NextState = Omit<RegionState, 'format' | 'term' | 'previous'> & {
  /** Id of the only state on which it may be built. @default - the newest */
  readonly onto?: string;
};

/**
 * The document to propose. `waitedFor`: id of a document that was seen to stand, since when a whole lease passed.
 * ConflictError `region-undecided` where the newest document does not stand, `region-elsewhere` where it does not allow it,
 * `region-unreachable` where a place must be asked first.
 */
export function nextState(
  places: readonly PlaceFacts[],
  readings: Readings,
  { onto, ...wanted }: NextState,
  waitedFor?: string,
): RegionState {
  const newest = newestState(readings);
  const { active } = wanted;
  if (onto !== undefined && newest?.id !== onto)
    throw regionElsewhere('The state of the regions has changed meanwhile.');
  const format = 'holdfast.region-state/1';
  if (newest === undefined) {
    if (active === null) throw regionElsewhere('No region was ever made active.');
    if (!places.every(({ region }) => readings.get(region) === 'empty')) throw unreachable();
    return { format, ...wanted, term: 1, previous: null };
  }
  const fenced = stillFenced(places, readings, newest, wanted);
  const built: RegionState = { format, ...wanted, fenced, term: newest.term + 1, previous: newest.id };
  if (active === null) return { ...built, previous: null };
  if (isFenced(built, active)) throw regionElsewhere(`A person said that the region ${active} can do nothing.`);
  if (newest.active === active) {
    const holds = needsLease(places) ? stands(places, readings, newest) : mayAct(places, active, readings);
    if (holds) return built;
    throw regionUndecided();
  }
  if (newest.active !== null) throw regionElsewhere(`The region ${newest.active} is active.`);
  if (!stands(places, readings, newest) || newest.id !== waitedFor) throw regionUndecided();
  return built;
}

/** A fence stays until every place has the newest document: only then does the region know what happened. */
function stillFenced(
  places: readonly PlaceFacts[],
  readings: Readings,
  newest: RegionState,
  wanted: NextState,
): RegionState['fenced'] {
  if (places.every(({ region }) => isSame(readings.get(region), newest))) return wanted.fenced;
  return [...wanted.fenced, ...newest.fenced.filter(({ region }) => !isFenced(wanted, region))];
}

/**
 * In which order the places are written. The place of the region that becomes active comes last: without a lease it acts
 * by its own place alone. `mustAccept`: the next place is not written before this one has the document.
 */
export function writeOrder(
  places: readonly PlaceFacts[],
  state: RegionState,
  before: RegionState | undefined,
): readonly { readonly region: string; readonly mustAccept: boolean }[] {
  const changes = state.active !== null && before?.active !== state.active;
  const ordered = [...places].sort((a, b) => Number(a.region === state.active) - Number(b.region === state.active));
  return ordered.map(({ region }) => ({
    region,
    mustAccept: !needsLease(places) && changes && !isFenced(state, region),
  }));
}

function majority(places: readonly PlaceFacts[]): number {
  return Math.floor(places.length / 2) + 1;
}

function isState(reading: PlaceReading | undefined): reading is RegionState {
  return typeof reading === 'object';
}

function isSame(reading: PlaceReading | undefined, state: RegionState): boolean {
  return isState(reading) && reading.id === state.id;
}

/** The place accepted another document that is as new or newer. */
function contradicts(reading: PlaceReading | undefined, state: RegionState): boolean {
  return isState(reading) && reading.term >= state.term && reading.id !== state.id;
}

function isFenced({ fenced }: Pick<RegionState, 'fenced'>, region: string): boolean {
  return fenced.some(each => each.region === region);
}

export function regionUndecided(message = 'The places do not agree yet on which region is active.'): ConflictError {
  return new ConflictError('region-undecided', message, {
    hint: 'Run the same command again: it brings the newest document to every place that can be reached.',
  });
}

export function regionElsewhere(what: string): ConflictError {
  return new ConflictError('region-elsewhere', what, {
    hint: 'Show the state: `holdfast failover status`. A fail-over makes another region active.',
  });
}

function unreachable(): ConflictError {
  return new ConflictError('region-unreachable', 'Not every place could be asked whether a region is active.', {
    hint: 'Make every place reachable and repeat the command.',
  });
}
