/** When a complete fleet run last ended: the metric behind "a backup is late". */
import * as z from 'zod';
import type { Deps } from '../../ports.ts';
import { runs } from '../catalog/catalog-index.ts';

const PARTITION = 'fleet-runs';

export const FleetRun = z.object({
  workflow: z.string(),
  reason: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
});
export type FleetRun = z.infer<typeof FleetRun>;

type FleetRunDeps = Pick<Deps, 'catalog' | 'clock'>;

/** Records the run's end, and returns what is recorded: a repeated call for the same run keeps its end. */
export async function recordFleetRun(deps: FleetRunDeps, run: Omit<FleetRun, 'finishedAt'>): Promise<FleetRun> {
  const noted = await lastFleetRun(deps, run.workflow);
  if (noted?.startedAt === run.startedAt) return noted;
  const value = FleetRun.parse({ ...run, finishedAt: deps.clock.now().toISOString() });
  await deps.catalog.write([{ put: { partition: PARTITION, sort: run.workflow, value } }]);
  return value;
}

export async function lastFleetRun(deps: Pick<Deps, 'catalog'>, workflow: string): Promise<FleetRun | undefined> {
  const item = await deps.catalog.get(PARTITION, workflow);
  return item && FleetRun.parse(item.value);
}

/**
 * Seconds since the last complete run ended; where there was none yet, since the log began, so that a first run that
 * never happens is late like any other. Undefined where nothing was ever shipped.
 */
export async function sinceFleetRun(deps: FleetRunDeps, workflow: string): Promise<number | undefined> {
  const ended = (await lastFleetRun(deps, workflow))?.finishedAt ?? (await runs.first(deps.catalog))?.fromTime;
  return ended === undefined ? undefined : Math.max(0, (deps.clock.now().getTime() - Date.parse(ended)) / 1000);
}
