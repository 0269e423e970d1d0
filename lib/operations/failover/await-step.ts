/**
 * How a step of a fail-over waits: in one process it looks again and again; where a state machine calls, each call looks
 * once, and the next goes on. Invariant: what a step learned when it began is what all of its calls work with.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { FailoverStep } from '../../domain/failover.ts';
import type { StoppedAt } from '../../domain/stopped-at.ts';
import { type FailoverWait, failoverWaits } from '../catalog/failover-waits.ts';
import { requestUnfinished } from '../governance/carry-out-request.ts';
import type { FailoverDeps, FailoverRun } from './failover-steps.ts';

const STEP_MS = 1000;

export interface AwaitedStep {
  readonly step: FailoverStep;
  /** How long it waits, in seconds. */
  readonly seconds: number;
  readonly isDone: () => Promise<boolean>;
  readonly late: () => Error;
}

/** Throws `late()` when the time is over; ConflictError `request-unfinished` where the next call looks again. */
export async function awaitStep(
  deps: FailoverDeps,
  { id }: Pick<FailoverRun, 'id'>,
  { step, seconds, isDone, late }: AwaitedStep,
): Promise<void> {
  if (deps.regions.shared === undefined) {
    for (let look = 0; look < Math.ceil((seconds * 1000) / STEP_MS); look++) {
      if (await isDone()) return;
      await (deps.pause ?? wait)(STEP_MS);
    }
    throw late();
  }
  const { since } = await beginStep(deps, id, step, async () => null);
  if (await isDone()) return;
  if (deps.clock.now().getTime() - Date.parse(since) < seconds * 1000) throw requestUnfinished();
  await forgetStep(deps, id, step);
  throw late();
}

/** The next call of the step begins again. */
export async function forgetStep(deps: FailoverDeps, id: string, step: FailoverStep): Promise<void> {
  if (deps.regions.shared !== undefined) await deps.catalog.write([failoverWaits.remove(id, step)]);
}

/** What the first call of a step learned. `learn`: where the writes were stopped, or null. */
export async function beginStep(
  deps: FailoverDeps,
  id: string,
  step: FailoverStep,
  learn: () => Promise<StoppedAt | null>,
): Promise<FailoverWait> {
  const before = deps.regions.shared && (await failoverWaits.get(deps.catalog, id, step));
  if (before !== undefined) return before;
  const begun: FailoverWait = { stopped: await learn(), since: deps.clock.now().toISOString() };
  if (deps.regions.shared !== undefined) await deps.catalog.write([failoverWaits.put(id, step, begun)]);
  return begun;
}
