/** When a whole fleet run last came to its end: what "a backup is late" is measured by. */
import { z } from 'zod';
import type { Deps } from '../../ports.ts';

const PARTITION = 'fleet-runs';

export const FleetRun = z.object({
  workflow: z.string(),
  reason: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
});
export type FleetRun = z.infer<typeof FleetRun>;

type FleetRunDeps = Pick<Deps, 'catalog' | 'clock'>;

export async function recordFleetRun(deps: FleetRunDeps, run: Omit<FleetRun, 'finishedAt'>): Promise<FleetRun> {
  const value = FleetRun.parse({ ...run, finishedAt: deps.clock.now().toISOString() });
  await deps.catalog.write([{ put: { partition: PARTITION, sort: run.workflow, value } }]);
  return value;
}

export async function lastFleetRun(deps: Pick<Deps, 'catalog'>, workflow: string): Promise<FleetRun | undefined> {
  const item = await deps.catalog.get(PARTITION, workflow);
  return item && FleetRun.parse(item.value);
}

/** Seconds since the last whole run ended; undefined where there was none. */
export async function sinceFleetRun(deps: FleetRunDeps, workflow: string): Promise<number | undefined> {
  const last = await lastFleetRun(deps, workflow);
  return last && (deps.clock.now().getTime() - Date.parse(last.finishedAt)) / 1000;
}
