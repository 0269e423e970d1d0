/**
 * Gathers what the decision on an automatic fail-over needs: the probes, what the places say, and what happened within the last
 * hour. Invariant: nothing is written, and what cannot be asked counts against it.
 */
import { type AutomaticDecision, decideAutomatic, isBeforeHour } from '../../domain/automatic-failover.ts';
import { regionProbes } from '../catalog/region-probes.ts';
import { regionDeps } from './failover-steps.ts';
import type { PlanDeps } from './plan-failover.ts';
import { readPlaces, recentStates } from './region-places.ts';

/** Whether this region may take over now. Reads the catalog and the places; a database that does not answer is no replica. */
export async function decideHere(deps: PlanDeps): Promise<AutomaticDecision> {
  const { region: here, places, leaseSeconds, database, shared } = deps.regions;
  const probes = await regionProbes.list(deps.catalog, shared === undefined ? undefined : here);
  const now = deps.clock.now();
  const readings = await readPlaces(regionDeps(deps));
  const facts = { here, places, leaseSeconds, readings, probes, now };
  const first = decideAutomatic({ ...facts, history: [], isReplica: true });
  // Every minute, the probes alone say that nothing is wrong.
  if (first.wait !== null) return first;
  const isReplica = await database.status().then(
    ({ role }) => role === 'replica',
    () => false,
  );
  const history = await recentStates(regionDeps(deps), state => isBeforeHour(state, now));
  return decideAutomatic({ ...facts, history, isReplica });
}
