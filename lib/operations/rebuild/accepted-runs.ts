/**
 * Which of several log runs for the same stretch was accepted. A manifest that S3 stores after the lease of its region ended stands
 * beside that of the region which took over: both are signed, both follow the same run, and their positions overlap. Invariants:
 * at most one of them is accepted; it is the one that the log continues, else the one of the server that was promoted last; where
 * nothing says which, none is. Memory: the run and one that follows; where two stand beside each other, some more.
 */
import { parseLsn } from '../../domain/lsn.ts';
import type { StoredManifest } from '../storage/manifest-store.ts';

export interface SeenRun<R extends StoredManifest> {
  readonly key: string;
  /** Undefined where it does not verify. */
  readonly run: R | undefined;
}

interface DecidedRun<R extends StoredManifest> extends SeenRun<R> {
  readonly accepted: boolean;
}

/** Runs that are looked at beyond two that stand beside each other. */
const LOOK_AHEAD = 16;

/** Each run, in the order of the log, as soon as it is decided. */
export async function* acceptedRuns<R extends StoredManifest>(
  seen: AsyncIterable<SeenRun<R>>,
): AsyncGenerator<DecidedRun<R>> {
  const coming = seen[Symbol.asyncIterator]();
  const window: SeenRun<R>[] = [];
  const refused = new Set<string>();
  let ended = false;
  const look = async () => {
    const next = await coming.next();
    if (next.done) ended = true;
    else window.push(next.value);
  };
  for (;;) {
    if (window.length === 0) await look();
    const [first] = window;
    if (first === undefined) return;
    const { run } = first;
    while (run !== undefined && !ended && !isDecided(run, readable(window))) await look();
    if (run !== undefined) for (const loser of losers(run, readable(window))) refused.add(loser.sha256);
    window.shift();
    yield { ...first, accepted: run === undefined || !refused.has(run.sha256) };
  }
}

function readable<R extends StoredManifest>(window: readonly SeenRun<R>[]): R[] {
  return window.flatMap(({ run }) => run ?? []);
}

/** Whether enough is known of what stands beside the run and of what follows. */
function isDecided(run: StoredManifest, window: readonly StoredManifest[]): boolean {
  if (window.length < 2) return false;
  const beside = window.filter(other => other === run || standsBeside(run, other));
  return beside.length === 1 || window.length > LOOK_AHEAD || beside.some(each => isContinued(each, window));
}

function standsBeside(one: StoredManifest, other: StoredManifest): boolean {
  const [a, b] = [one.header, other.header];
  if (one.sha256 === other.sha256 || a.previous == null || a.previous.sha256 !== b.previous?.sha256) return false;
  return parseLsn(a.from) < parseLsn(b.to) && parseLsn(b.from) < parseLsn(a.to);
}

function isContinued({ sha256 }: StoredManifest, window: readonly StoredManifest[]): boolean {
  return window.some(({ header }) => header.previous?.sha256 === sha256);
}

function losers(run: StoredManifest, window: readonly StoredManifest[]): StoredManifest[] {
  const beside = [run, ...window.filter(other => standsBeside(run, other))];
  if (beside.length === 1) return [];
  const continued = beside.filter(each => isContinued(each, window));
  const [only] = continued;
  const winner = continued.length === 1 ? only : newestServer(continued.length > 1 ? continued : beside);
  return beside.filter(each => each !== winner);
}

/** A promotion begins a new timeline. Undefined where two have the same, or are of different servers. */
function newestServer(beside: readonly StoredManifest[]): StoredManifest | undefined {
  const timelines = beside.map(({ header }) => header.source?.timeline ?? 0);
  const newest = Math.max(...timelines);
  const systems = new Set(beside.map(({ header }) => header.source?.system));
  const of = beside.filter((_, index) => timelines[index] === newest);
  return systems.size === 1 && of.length === 1 ? of[0] : undefined;
}
