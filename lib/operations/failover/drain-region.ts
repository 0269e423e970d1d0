/**
 * Before a planned fail-over: the application's writes are stopped where it serves, and this region waits until its database
 * and its vault have everything. Invariants: where that does not happen in time, writes are allowed again and nothing was
 * changed; once no other region is active, everything is proved again before anything is promoted.
 */
import { ConflictError, HoldfastError } from '../../domain/errors.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { newestState } from '../../domain/region-state.ts';
import { epochOf, walOf } from '../../domain/source-epoch.ts';
import { awaitStep, beginStep, forgetStep } from './await-step.ts';
import { type FailoverDeps, type FailoverRun, regionDeps } from './failover-steps.ts';
import { missingRuns, vaultLog } from './newest-run.ts';
import { readPlaces } from './region-places.ts';

/** ConflictError `failover-not-drained`; SourceError `writes-not-stopped`. */
export async function drainRegion(deps: FailoverDeps, run: FailoverRun): Promise<{ position: string }> {
  const { database, drainSeconds } = deps.regions;
  if ((await database.status()).role === 'primary') throw notReplica();
  try {
    const { stopped: before } = await beginStep(deps, run.id, 'drain', () => database.stopWrites());
    const stopped = before ?? (await database.stopWrites());
    const isDone = async () => (await database.hasReplayed(stopped)) && (await hasLog(deps, stopped.position));
    await awaitStep(deps, run, { step: 'drain', seconds: drainSeconds, isDone, late });
    return { position: stopped.position };
  } catch (error) {
    if (isUnfinished(error)) throw error;
    // First: a position from before writes were allowed again proves nothing.
    await forgetStep(deps, run.id, 'drain');
    if (await stillServes(deps, run)) await database.allowWrites();
    throw error;
  }
}

/**
 * Whether the vault here has every run of the log. A planned fail-over waits for it, and for the database: the region that is
 * left may have shipped and restored until it was frozen, and another fail-over that was given up may have allowed its
 * writes again. Now its sessions end with Holdfast's own: one whose process was suspended would commit later. Where it was not
 * planned, that is tried, and the fail-over does not depend on it.
 */
export async function settleRegion(deps: FailoverDeps, run: FailoverRun): Promise<boolean> {
  const { plan } = run;
  const { database, drainSeconds: seconds } = deps.regions;
  if (plan.planned && plan.from !== null) {
    const { stopped: before } = await beginStep(deps, run.id, 'catalog', () => database.stopWrites(true));
    const stopped = before ?? (await database.stopWrites(true));
    const isDone = async () => (await database.hasReplayed(stopped)) && (await missingElsewhere(deps)) === 0;
    await awaitStep(deps, run, { step: 'catalog', seconds, isDone, late });
  }
  const missing = await missingElsewhere(deps);
  // A region that answers is not lost: its application would write on, to a database that nobody ships any more.
  if (!plan.planned && plan.from !== null && missing !== null) await database.stopWrites(true).catch(() => {});
  return missing === 0;
}

/** The next call goes on: nothing failed. */
export function isUnfinished(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'request-unfinished';
}

/** Runs that only another vault has; null where one cannot be asked: it may have more. */
async function missingElsewhere(deps: FailoverDeps): Promise<number | null> {
  const missing = await Promise.all(otherVaults(deps).map(vault => missingRuns(deps.vault, vault)));
  return missing.reduce((sum, each) => (sum === null || each === null ? null : sum + each), 0);
}

/** Not where another fail-over of the same region is further: its writes must stay stopped. */
async function stillServes(deps: FailoverDeps, { plan }: FailoverRun): Promise<boolean> {
  const newest = newestState(await readPlaces(regionDeps(deps)));
  return newest?.active === plan.from;
}

/** The log in the vault here goes on to a position of the server that is left, or further, in the newest epoch of all vaults. */
async function hasLog(deps: FailoverDeps, position: string): Promise<boolean> {
  const { end } = await vaultLog(deps.vault);
  if (end === undefined || walOf(end) < walOf(parseLsn(position))) return false;
  const others = await Promise.all(otherVaults(deps).map(vaultLog));
  return others.every(other => other.end === undefined || epochOf(other.end) <= epochOf(end));
}

function otherVaults({ regions: { region, places } }: FailoverDeps) {
  return places.filter(place => !place.witness && place.region !== region).map(({ vault }) => vault);
}

function late(): ConflictError {
  return new ConflictError('failover-not-drained', 'This region did not get everything in time.', {
    hint: 'Check that the shipper runs and that vault and database are replicated, then repeat the fail-over.',
  });
}

function notReplica(): ConflictError {
  return new ConflictError(
    'failover-not-drained',
    'The database of this region is not a replica of the one that serves.',
    {
      hint: 'Make it a replica again (docs/failover.md), then repeat the fail-over: what the other one wrote is not here.',
    },
  );
}
