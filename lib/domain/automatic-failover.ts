/**
 * Whether a region may take over by itself. Invariants, held by test/unit/domain/automatic-failover.property.test.ts: every
 * condition must hold, and what is not known counts against it; only a database that answers neither this region nor the
 * witness is a reason, since a fail-over for an unreachable vault would itself be the outage.
 */
import type { Principal } from './principal.ts';
import { PROBES_KEPT, PROBES_NEEDED, type RegionProbe } from './region-probe.ts';
import { canRecord, newestState, type PlaceFacts, type Readings, type RegionState, stands } from './region-state.ts';

/** In whose name it happens: the installation's own, as its configuration allows. */
export const AUTOMATIC: Principal = {
  ...{ name: 'automatic-failover', proof: 'schedule', roles: ['operator'], tenants: [] },
};

/** A lease ends this much later by a clock that runs slower. */
export const LEASE_MARGIN = 1.1;
/** Leases that five probes, one each minute, can outlast. */
export const LONGEST_AUTOMATIC_LEASE = 120;
const HOUR_MS = 3600 * 1000;
/** Older probes say nothing about now. */
const FRESH_MS = 15 * 60 * 1000;

export const AUTOMATIC_WAITS = [
  /** No region is active, or this one is. */
  'nothing-to-take',
  /** Without a third place nobody can tell a lost region from a line that is cut. */
  'no-witness',
  /** A person said that a region can do nothing: that person decides on. */
  'fenced',
  /** Fewer than three of the last five probes found its database silent, or the last one did not. */
  'it-answers',
  /** The witness found its database well, or said nothing new. */
  'witness-does-not-agree',
  'log-moves',
  /** Since the first of these probes its lease may not have ended yet. */
  'lease-may-hold',
  /** The database here is no replica. */
  'no-replica',
  /** Fewer than a majority of the places answer, or they do not agree. */
  'no-majority',
  /** A fail-over began or ended within the last hour, or nobody can tell. */
  'failed-over-lately',
] as const;
export type AutomaticWait = (typeof AUTOMATIC_WAITS)[number];

interface AutomaticFacts {
  readonly here: string;
  readonly places: readonly PlaceFacts[];
  readonly leaseSeconds: number;
  /** What the places say now. */
  readonly readings: Readings;
  /** Of this region, oldest first. */
  readonly probes: readonly RegionProbe[];
  /** States that the places accepted, of the last hour and the one before; undefined where no majority could be asked. */
  readonly history: readonly RegionState[] | undefined;
  /** The database here is a replica. */
  readonly isReplica: boolean;
  /** By the clock of this region. */
  readonly now: Date;
}

/** `base`: the state on which it was decided: whatever comes after it wins. */
export type AutomaticDecision =
  | { readonly wait: AutomaticWait }
  | { readonly wait: null; readonly from: string; readonly base: { readonly state: string; readonly term: number } };

export function decideAutomatic(facts: AutomaticFacts): AutomaticDecision {
  const { here, places, readings, probes, history, isReplica, now } = facts;
  const newest = newestState(readings);
  const from = newest?.active ?? here;
  if (newest === undefined || from === here) return { wait: 'nothing-to-take' };
  if (!places.some(({ witness }) => witness)) return { wait: 'no-witness' };
  if (newest.fenced.length > 0) return { wait: 'fenced' };
  const doubt = doubtOf(probes, facts.leaseSeconds, now);
  if (doubt !== undefined) return { wait: doubt };
  if (!isReplica) return { wait: 'no-replica' };
  if (!canRecord(places, readings) || !stands(places, readings, newest)) return { wait: 'no-majority' };
  if (history === undefined || hasMoved(history, now)) return { wait: 'failed-over-lately' };
  return { wait: null, from, base: { state: newest.id, term: newest.term } };
}

/** What is lacking in the probes. */
function doubtOf(probes: readonly RegionProbe[], leaseSeconds: number, now: Date): AutomaticWait | undefined {
  const age = ({ at }: RegionProbe) => now.getTime() - Date.parse(at);
  const last = probes.slice(-PROBES_KEPT).filter(probe => age(probe) >= 0 && age(probe) <= FRESH_MS);
  if (!isEnough(last, ({ database }) => !database)) return 'it-answers';
  if (!isEnough(last, isSilent)) return 'witness-does-not-agree';
  const still = last.slice(movedUntil(last));
  if (!isEnough(still, isSilent)) return 'log-moves';
  const first = still.find(isSilent)!;
  return age(first) < leaseSeconds * LEASE_MARGIN * 1000 ? 'lease-may-hold' : undefined;
}

function isEnough(probes: readonly RegionProbe[], isOne: (probe: RegionProbe) => boolean): boolean {
  const last = probes.at(-1);
  return last !== undefined && isOne(last) && probes.filter(isOne).length >= PROBES_NEEDED;
}

/** It answers neither this region nor the witness. */
function isSilent({ database, witness }: RegionProbe): boolean {
  return !database && witness !== null && !witness.database;
}

/** From this probe on no log reached the vault here, nor its own where that could be asked. */
function movedUntil(probes: readonly RegionProbe[]): number {
  const end = probes.at(-1);
  const there = probes.findLast(({ newestThere }) => newestThere !== null)?.newestThere ?? null;
  const moved = probes.findLastIndex(
    ({ newest, newestThere }) => newest !== end?.newest || (newestThere !== null && newestThere !== there),
  );
  return moved + 1;
}

/** `history` in any order; with the last state before the hour, which tells whether the first one in it changed anything. */
function hasMoved(history: readonly RegionState[], now: Date): boolean {
  const ordered = [...history].sort((a, b) => a.term - b.term);
  return ordered.some((state, index) => {
    // By clocks of several regions: what is to come counts as now.
    if (isBeforeHour(state, now)) return false;
    const before = ordered[index - 1];
    if (state.active === null) return true;
    return before === undefined ? state.term > 1 : before.active !== state.active;
  });
}

/** Whether a state is older than the hour in which nothing fails over twice. */
export function isBeforeHour({ since }: Pick<RegionState, 'since'>, now: Date): boolean {
  return now.getTime() - Date.parse(since) > HOUR_MS;
}
