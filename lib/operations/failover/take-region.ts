/**
 * The two documents by which a region becomes active: first that none is, and, when every lease has ended, that this one
 * is. Invariant: between them nobody ships, restores or expires, so what is promoted then is behind nobody's back. Both
 * are repeatable: after a crash the same calls go on.
 */
import {
  mayAct,
  newestState,
  type RegionState,
  regionElsewhere,
  regionUndecided,
  stands,
} from '../../domain/region-state.ts';
import { awaitLeases, type Proposal, proposeState, type RegionDeps, settlePlaces } from './region-places.ts';

export type Takeover = Omit<Proposal, 'active' | 'phase' | 'onto'> & {
  readonly region: string;
  /** It takes over from this state and no later one: what people did since wins. @default - from whatever there is */
  readonly base?: { readonly state: string; readonly term: number };
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
  if (newest?.active === takeover.region && mayAct(deps.places, takeover.region, readings)) {
    requireOwn(takeover, newest);
    return undefined;
  }
  const isFrozen = newest?.active === null && stands(deps.places, readings, newest);
  if (takeover.base && newest?.active === null) requireOwnFreeze(takeover, newest, isFrozen);
  const frozen = isFrozen
    ? newest
    : await proposeState(deps, { ...proposalOf(takeover), active: null, phase: phaseOf(takeover, 'during') });
  await awaitLeases(deps);
  return frozen.id;
}

/** Whether nobody froze the regions since but this takeover, before it was interrupted. */
export function isOwnFreeze({ by, base }: Pick<Takeover, 'by' | 'base'>, newest: RegionState): boolean {
  return newest.active === null && newest.by === by && newest.term === (base?.term ?? 0) + 1;
}

function requireOwn({ by, base }: Takeover, newest: RegionState): void {
  if (base && newest.by !== by) throw regionElsewhere('Somebody else has made this region the active one meanwhile.');
}

function requireOwnFreeze(takeover: Takeover, newest: RegionState, stands: boolean): void {
  if (!isOwnFreeze(takeover, newest)) throw regionElsewhere('Somebody else has begun a fail-over meanwhile.');
  if (!stands) throw regionUndecided();
}

/** `frozen`: what `freezeRegions` returned; where another freeze came since, its leases are awaited. ConflictError as there. */
export async function activateRegion(deps: RegionDeps, takeover: Takeover, frozen?: string): Promise<RegionState> {
  const readings = await settlePlaces(deps);
  const newest = newestState(readings);
  if (newest?.active === takeover.region && mayAct(deps.places, takeover.region, readings)) {
    requireOwn(takeover, newest);
    return newest;
  }
  const since = newest?.active === null && newest.id === frozen ? frozen : await freezeRegions(deps, takeover);
  const { region: active, base: _, ...rest } = takeover;
  return proposeState(
    deps,
    { ...proposalOf({ ...rest, region: active }), active, phase: phaseOf(takeover, 'after') },
    since,
  );
}

function proposalOf({ fenced, by, reason, planned, base }: Takeover): Omit<Proposal, 'active' | 'phase'> {
  return { fenced, by, reason, planned, ...(base && { onto: base.state }) };
}

function phaseOf({ region, home }: Takeover, when: 'during' | 'after'): RegionState['phase'] {
  if (region === home) return when === 'during' ? 'failing-back' : 'healthy';
  return when === 'during' ? 'failing-over' : 'active-elsewhere';
}
