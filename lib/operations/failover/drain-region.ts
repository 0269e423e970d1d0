/**
 * Before a planned fail-over: the application's writes are stopped where it serves, and this region waits until its database
 * and its vault have everything. Invariant: where that does not happen in time, writes are allowed again and nothing was
 * changed.
 */
import { ConflictError, HoldfastError } from '../../domain/errors.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { walOf } from '../../domain/source-epoch.ts';
import { awaitStep, beginStep } from './await-step.ts';
import type { FailoverDeps, FailoverRun } from './failover-steps.ts';
import { missingRuns, vaultLog } from './newest-run.ts';

/** ConflictError `failover-not-drained`; SourceError `writes-not-stopped`. */
export async function drainRegion(deps: FailoverDeps, run: FailoverRun): Promise<{ position: string }> {
  const { database, drainSeconds } = deps.regions;
  try {
    const { position } = await beginStep(deps, run.id, 'drain', () => database.stopWrites());
    const written = position ?? (await database.stopWrites());
    const isDone = async () => (await database.hasReplayed(written)) && (await hasLog(deps, written));
    await awaitStep(deps, run, { step: 'drain', seconds: drainSeconds, isDone, late });
    return { position: written };
  } catch (error) {
    if (!isUnfinished(error)) await database.allowWrites();
    throw error;
  }
}

/**
 * Whether the vault here has every run of the log. A planned fail-over waits for it: the region that is left may have shipped
 * until it was frozen.
 */
export async function settleVaults(deps: FailoverDeps, run: FailoverRun): Promise<boolean> {
  const { plan } = run;
  const { region, places, drainSeconds: seconds } = deps.regions;
  const others = places.filter(place => !place.witness && place.region !== region);
  // One that cannot be asked may have more.
  const isDone = async () =>
    (await Promise.all(others.map(({ vault }) => missingRuns(deps.vault, vault)))).every(missing => missing === 0);
  if (plan.planned && plan.from !== null) await awaitStep(deps, run, { step: 'catalog', seconds, isDone, late });
  return isDone();
}

/** The next call goes on: nothing failed. */
export function isUnfinished(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'request-unfinished';
}

/** The log in the vault here goes on to a position of the server that is left, or further. */
async function hasLog({ vault }: FailoverDeps, position: string): Promise<boolean> {
  const { end } = await vaultLog(vault);
  return end !== undefined && walOf(end) >= walOf(parseLsn(position));
}

function late(): ConflictError {
  return new ConflictError('failover-not-drained', 'This region did not get everything in time.', {
    hint: 'Check that the shipper runs and that vault and database are replicated, then repeat the fail-over.',
  });
}
