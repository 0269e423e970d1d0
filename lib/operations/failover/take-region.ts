/**
 * The two documents by which a region becomes active: first that none is, and, when every lease has ended, that this one
 * is. Invariant: between them nobody ships, restores or expires, so what is promoted then is behind nobody's back. Both
 * are repeatable: after a crash the same calls go on.
 */
import { mayAct, newestState, type RegionState, stands } from '../../domain/region-state.ts';
import { awaitLeases, type Proposal, proposeState, type RegionDeps, settlePlaces } from './region-places.ts';

export type Takeover = Omit<Proposal, 'active' | 'phase'> & {
  readonly region: string;
  /** The region where the application belongs. */
  readonly home: string;
};

/**
 * No region is active any more when it returns, and every lease has ended: the id of the document that says so. Undefined
 * where the region is active already. ConflictError `region-undecided`: a place cannot be reached, and nobody said that its
 * region can do nothing.
 */
export async function freezeRegions(deps: RegionDeps, takeover: Takeover): Promise<string | undefined> {
  const readings = await settlePlaces(deps);
  const newest = newestState(readings);
  // Not where each of two takeovers reached one place: neither region may act then, and no term would ever decide it.
  if (newest?.active === takeover.region && mayAct(deps.places, takeover.region, readings)) return undefined;
  const isFrozen = newest?.active === null && stands(deps.places, readings, newest);
  const frozen = isFrozen
    ? newest
    : await proposeState(deps, { ...proposalOf(takeover), active: null, phase: phaseOf(takeover, 'during') });
  await awaitLeases(deps);
  return frozen.id;
}

/** `frozen`: what `freezeRegions` returned; where another freeze came since, its leases are awaited. ConflictError as there. */
export async function activateRegion(deps: RegionDeps, takeover: Takeover, frozen?: string): Promise<RegionState> {
  const readings = await settlePlaces(deps);
  const newest = newestState(readings);
  if (newest?.active === takeover.region && mayAct(deps.places, takeover.region, readings)) return newest;
  const since = newest?.active === null && newest.id === frozen ? frozen : await freezeRegions(deps, takeover);
  const { region: active } = takeover;
  return proposeState(deps, { ...proposalOf(takeover), active, phase: phaseOf(takeover, 'after') }, since);
}

function proposalOf({ fenced, by, reason, planned }: Takeover): Omit<Proposal, 'active' | 'phase'> {
  return { fenced, by, reason, planned };
}

function phaseOf({ region, home }: Takeover, when: 'during' | 'after'): RegionState['phase'] {
  if (region === home) return when === 'during' ? 'failing-back' : 'healthy';
  return when === 'during' ? 'failing-over' : 'active-elsewhere';
}
