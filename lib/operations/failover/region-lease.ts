/**
 * The right of a region to act: to ship, to write a tenant's rows, to expire. It is read from the places and holds for the
 * length of a lease, so that whoever takes over knows when it has ended. Invariant: the lease begins before the places are
 * asked, and nothing is done after its end. It is read again when half of it is over, so that what was allowed has time to
 * be done.
 */
import { ConflictError } from '../../domain/errors.ts';
import { mayAct } from '../../domain/region-state.ts';
import { type RegionDeps, readPlaces } from './region-places.ts';

export interface RegionLease {
  /** ConflictError `region-not-active`. */
  require(): Promise<void>;
  /** Without asking the places again. */
  isHeld(): boolean;
}

/** The lease of one process that works in the region `home`. */
export function regionLease(
  deps: Pick<RegionDeps, 'places' | 'signer' | 'clock' | 'leaseSeconds'>,
  home: string,
): RegionLease {
  const leaseMs = deps.leaseSeconds * 1000;
  let until = Number.NEGATIVE_INFINITY;
  const isHeld = () => deps.clock.now().getTime() < until;
  return {
    isHeld,
    async require() {
      const asked = deps.clock.now().getTime();
      if (asked < until - leaseMs / 2) return;
      if (mayAct(deps.places, home, await readPlaces(deps))) until = asked + leaseMs;
      if (!isHeld()) throw notActive(home);
    },
  };
}

function notActive(home: string): ConflictError {
  return new ConflictError('region-not-active', `The region ${home} is not active, or cannot prove that it is.`, {
    hint: 'Show the state of the regions: `holdfast failover status`. If a fail-over is running, wait for its end.',
  });
}
