/**
 * Before a planned fail-over: the application's writes are stopped where it serves, and this region waits until its database
 * and its vault have everything. Invariant: where that does not happen in time, writes are allowed again and nothing was
 * changed.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { ConflictError } from '../../domain/errors.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { walOf } from '../../domain/source-epoch.ts';
import type { FailoverDeps, FailoverRun } from './failover-steps.ts';
import { missingRuns, vaultLog } from './newest-run.ts';

const STEP_MS = 1000;

/** ConflictError `failover-not-drained`; SourceError `writes-not-stopped`. */
export async function drainRegion(deps: FailoverDeps): Promise<{ position: string }> {
  const { database } = deps.regions;
  try {
    const position = await database.stopWrites();
    await awaiting(deps, async () => (await database.hasReplayed(position)) && (await hasLog(deps, position)));
    return { position };
  } catch (error) {
    await database.allowWrites();
    throw error;
  }
}

/**
 * Whether the vault here has every run of the log. A planned fail-over waits for it: the region that is left may have shipped
 * until it was frozen.
 */
export async function settleVaults(deps: FailoverDeps, { plan }: FailoverRun): Promise<boolean> {
  const { region, places } = deps.regions;
  const others = places.filter(place => !place.witness && place.region !== region);
  // One that cannot be asked may have more.
  const isWhole = async () =>
    (await Promise.all(others.map(({ vault }) => missingRuns(deps.vault, vault)))).every(missing => missing === 0);
  if (plan.planned && plan.from !== null) await awaiting(deps, isWhole);
  return isWhole();
}

/** The log in the vault here goes on to a position of the server that is left, or further. */
async function hasLog({ vault }: FailoverDeps, position: string): Promise<boolean> {
  const { end } = await vaultLog(vault);
  return end !== undefined && walOf(end) >= walOf(parseLsn(position));
}

async function awaiting(deps: FailoverDeps, isDone: () => Promise<boolean>): Promise<void> {
  const steps = Math.ceil((deps.regions.drainSeconds * 1000) / STEP_MS);
  for (let step = 0; step < steps; step++) {
    if (await isDone()) return;
    await (deps.pause ?? wait)(STEP_MS);
  }
  throw new ConflictError('failover-not-drained', 'This region did not get everything in time.', {
    hint: 'Check that the shipper runs and that vault and database are replicated, then repeat the fail-over.',
  });
}
