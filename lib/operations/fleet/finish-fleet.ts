/** The end of a fleet run: the metric behind "a backup is late", for runs over all tenants. */
import type { Deps } from '../../ports.ts';
import { recordFleetRun } from './fleet-runs.ts';

export interface FinishedFleet {
  readonly workflow: string;
  readonly request: { readonly reason: string; readonly whole: boolean; readonly startedAt: string };
}

/**
 * Undefined for a run over some tenants only, which shows nothing about the others. A repeated call returns the same.
 */
export async function finishFleet(
  deps: Pick<Deps, 'catalog' | 'clock'>,
  { workflow, request }: FinishedFleet,
): Promise<{ startedAt: string; finishedAt: string; seconds: number } | undefined> {
  if (!request.whole) return undefined;
  const { reason, startedAt } = request;
  const { finishedAt } = await recordFleetRun(deps, { workflow, reason, startedAt });
  return { startedAt, finishedAt, seconds: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 };
}
