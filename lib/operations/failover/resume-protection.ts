/**
 * Protection in the region that took over: the log goes on where the promoted server has it, and otherwise a source epoch
 * begins. Invariant: where the vault of the lost region may have runs that this one never got, an epoch begins too: such a
 * run may come late, and must never stand beside another of the same positions.
 */

import { SYSTEM } from '../../domain/tenant.ts';
import { withConnection } from '../../postgres/connection.ts';
import { readSourceIdentity } from '../../postgres/server/source-identity.ts';
import { gaps } from '../catalog/catalog-index.ts';
import { sourceName } from '../catalog/current-source.ts';
import { shipAndCloseGaps } from '../fleet/close-gaps.ts';
import type { ShipOptions } from '../log/ship-log.ts';
import { shipLog } from '../log/ship-log.ts';
import type { FailoverDeps } from './failover-steps.ts';
import { forgetMissing } from './forget-missing.ts';
import { newestRunHere } from './plan-failover.ts';
import { regionHistory } from './region-places.ts';

/** Brings the catalog up to the vault, and returns the end of the log and the timeline of the server that wrote it. */
export async function logBefore(deps: FailoverDeps): Promise<{ end: string | null; timeline: number | null }> {
  const newest = await newestRunHere(deps);
  if (newest !== undefined && deps.regions.shared !== undefined) await forgetMissing(deps.catalog, newest);
  return { end: newest?.to ?? null, timeline: newest?.source?.timeline ?? null };
}

/**
 * `before`: end of the log before the promotion. `wasLeft`: another region was active. `continued`: the log has no gap there, which its signed runs tell, so that a
 * repetition answers the same. Throws what shipLog() throws.
 */
export async function resumeProtection(
  deps: FailoverDeps,
  before: unknown,
  { logIsWhole, wasLeft }: { readonly logIsWhole: boolean; readonly wasLeft: boolean },
) {
  const identity = await withConnection(deps.source, 'fail over', readSourceIdentity);
  // This server may be the one that was left, and the other region went on from the same position.
  const wentOn = typeof before === 'string' && (wasLeft || (await otherServed(deps)));
  const options: ShipOptions = {
    ...{ newEpoch: sourceName(identity), logMayBeCut: !logIsWhole },
    ...(wentOn && { logCutAfter: before }),
  };
  const { to } = await shipLog(deps, options);
  const gap = (await gaps.list(deps.catalog, SYSTEM)).find(each => each.from === before && each.tenant === SYSTEM);
  return { to, continued: before !== null && gap === undefined, gap: gap?.reason ?? null };
}

/** Whether another region ever was active, as the place of this one knows. */
async function otherServed(deps: FailoverDeps): Promise<boolean> {
  const { region, places } = deps.regions;
  const own = places.find(place => place.region === region)!;
  return (await regionHistory(deps, own)).some(({ active }) => active !== null && active !== region);
}

/** Of every tenant that the gap concerns. Throws the first failure, other than of a tenant that cannot have one. */
export async function takeGapSnapshots(deps: FailoverDeps): Promise<{ snapshots: number }> {
  const { snapshots } = await shipAndCloseGaps(deps);
  return { snapshots: snapshots.length };
}
