/**
 * Measures a fleet from its catalog, in place of assumptions: tenants, bytes, how many change. Queries neither the
 * database nor the vault. What is not known (an empty catalog, no log yet) stays as assumed.
 */

import { TIERS, type Tier } from '../../domain/objectives.ts';
import { type FleetProfile, profileOf } from '../../planner/fleet-profile.ts';
import type { Deps } from '../../ports.ts';
import { type BackupItem, backups, type RunItem, runs, type TenantItem, tenants } from './catalog-index.ts';
import { listPolicies } from './tenant-policies.ts';

const DAY_MS = 24 * 3600 * 1000;

/** What the catalog shows of the fleet; only what it contains. `counted` lists those members. */
export async function measureFleet(deps: Pick<Deps, 'catalog'>): Promise<Partial<FleetProfile>> {
  const all = await tenants.list(deps.catalog);
  if (all.length === 0) return {};
  const snapshots: BackupItem[] = [];
  const later: BackupItem[] = [];
  for (const { ref } of all) {
    const own = (await backups.list(deps.catalog, ref)).filter(item => item.kind === 'snapshot');
    if (own.length > 0) snapshots.push(own.at(-1)!);
    later.push(...own.slice(1));
  }
  const log = await runs.list(deps.catalog);
  const counted = {
    tenants: all.length,
    ...(snapshots.length > 0 && { tenantBytes: Math.round(sum(snapshots, item => item.bytes) / snapshots.length) }),
    ...(later.length > 0 && { newChunkShare: newShare(later) }),
    ...activity(log, all.length),
    ...(await tiersCounted(deps, all)),
  };
  return { ...counted, counted: Object.keys(counted) };
}

/** Where nothing is counted. */
const USUAL_TENANTS = 1000;

/** What the catalog shows, and assumptions for the rest. `asked`: of so many tenants like these. */
export function countedProfile(known: Partial<FleetProfile>, asked?: number): FleetProfile {
  const tenants = asked ?? known.tenants ?? USUAL_TENANTS;
  return { ...profileOf(tenants), ...known, tenants };
}

/** Where the team's query names tiers. */
async function tiersCounted(
  { catalog }: Pick<Deps, 'catalog'>,
  all: readonly TenantItem[],
): Promise<Pick<FleetProfile, 'tiers'>> {
  const policies = await listPolicies(catalog);
  const named = all.flatMap(({ ref }) => policies.get(ref)?.tier ?? []);
  if (named.length < all.length) return {};
  const share = (tier: Tier) => named.filter(each => each === tier).length / all.length;
  return { tiers: Object.fromEntries(TIERS.map(tier => [tier, share(tier)])) };
}

/** Of the chunks of all snapshots except the first, the share that was newly stored. */
function newShare(items: readonly BackupItem[]): number {
  const chunks = sum(items, item => item.chunks);
  return chunks === 0 ? 0 : (chunks - sum(items, item => item.reusedChunks)) / chunks;
}

/** From the log: an hour and a day count each tenant once, which runs do not show; the upper bound is used. */
function activity(log: readonly RunItem[], tenantCount: number): Partial<FleetProfile> {
  const first = log[0];
  const last = log.at(-1);
  if (first === undefined || last === undefined) return {};
  const ms = Date.parse(last.toTime) - Date.parse(first.fromTime);
  if (!(ms > 0)) return {};
  const touched = sum(log, run => run.tenants);
  const perMinute = touched / (ms / 60_000) / tenantCount;
  const storedPerDay = sum(log, run => run.storedBytes) * (DAY_MS / ms);
  return {
    active: { minute: Math.min(1, perMinute), hour: Math.min(1, perMinute * 60), day: Math.min(1, perMinute * 1440) },
    // The catalog has stored bytes; a profile has them before compression, at the assumed ratio of 4.
    changedBytesPerDay: Math.round((storedPerDay / tenantCount) * 4),
  };
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
