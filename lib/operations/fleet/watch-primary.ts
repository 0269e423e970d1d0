/** A dead man's switch: how long the primary region has shipped nothing, as the replicated catalog shows. Writes nothing. */
import type { Deps } from '../../ports.ts';
import { runs } from '../catalog/catalog-index.ts';

/** Seconds since the end of the newest run. Undefined where nothing was ever shipped, which says nothing about the primary. */
export async function silentSeconds({ catalog, clock }: Pick<Deps, 'catalog' | 'clock'>): Promise<number | undefined> {
  const newest = await runs.latest(catalog);
  return newest && Math.max(0, (clock.now().getTime() - Date.parse(newest.toTime)) / 1000);
}
