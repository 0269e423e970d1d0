/**
 * Whether this region may act now, for what runs on a schedule in both regions: where it may not, nothing is wrong, and
 * nothing is done. Invariant: the first state of all names the region where the application belongs, and only that region
 * writes it.
 */
import { HoldfastError } from '../../domain/errors.ts';
import type { Deps } from '../../ports.ts';
import type { Regions } from '../../region-ports.ts';
import { readPlaces } from './region-places.ts';
import { beginRegions } from './region-status.ts';

type ActsDeps = Pick<Deps, 'signer' | 'clock' | 'random' | 'requireActive'>;

/** True in an installation with one region. Throws what the signer throws. */
export async function actsHere({ requireActive }: Pick<Deps, 'requireActive'>): Promise<boolean> {
  try {
    await requireActive?.();
    return true;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'region-not-active') return false;
    throw error;
  }
}

/** The same, and the region where the application belongs becomes the active one of regions that were never used. */
export async function joinRegions(deps: ActsDeps, open: (() => Promise<Regions>) | undefined): Promise<boolean> {
  if (await actsHere(deps)) return true;
  const regions = await open?.();
  if (regions === undefined || regions.region !== regions.home) return false;
  const readings = await readPlaces({ ...deps, ...regions });
  if (![...readings.values()].every(reading => reading === 'empty')) return false;
  await beginRegions({ ...deps, regions }, 'holdfast');
  return actsHere(deps);
}
