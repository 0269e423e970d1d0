/**
 * Which tenants a scheduled run of snapshots takes (domain/snapshot-frequency.ts). Invariant: fail closed. Whoever has an open
 * failure of a snapshot or a verification, or a gap of the log that no snapshot has closed, is due whatever its tier says.
 */
import { isSnapshotDue } from '../../domain/snapshot-frequency.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { newestSnapshots } from '../catalog/newest-snapshots.ts';
import type { Context } from '../context.ts';
import { openGaps } from '../log/open-gaps.ts';
import type { TierOf } from './in-priority.ts';
import { openFailures } from './open-failures.ts';

const DISTRUSTED: ReadonlySet<string> = new Set(['back-up-fleet', 'verify-fleet']);

/** Of these, in their order. All of them where no hours are configured. */
export async function dueForSnapshot(
  deps: Pick<Deps, 'catalog' | 'clock' | 'memory'> & Pick<Context, 'snapshotHours'>,
  refs: readonly TenantRef[],
  tierOf: TierOf,
): Promise<TenantRef[]> {
  const every = deps.snapshotHours;
  if (every === undefined) return [...refs];
  const newest = await newestSnapshots(deps.catalog);
  const now = deps.clock.now().getTime();
  const { needSnapshot } = await openGaps(deps, new Date(now).toISOString());
  if (needSnapshot === 'all') return [...refs];
  const open = new Set<string>(needSnapshot);
  for (const { workflow, tenant } of await openFailures(deps))
    if (DISTRUSTED.has(workflow) && tenant !== null) open.add(tenant);
  return refs.filter(ref => open.has(ref) || isSnapshotDue(newest.get(ref), tierOf(ref), every, now));
}
