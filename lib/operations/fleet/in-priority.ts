/**
 * Orders the tenants of a run (domain/tenant-priority.ts) by their tiers and by what the catalog says of their last
 * success: in one query for all, also for large fleets.
 */
import { timeOfId } from '../../domain/new-id.ts';
import type { Tier } from '../../domain/objectives.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import { byPriority } from '../../domain/tenant-priority.ts';
import type { Deps } from '../../ports.ts';
import { archives, HeadItem, heads } from '../catalog/catalog-index.ts';
import { lastProofs } from '../catalog/live-proof.ts';
import { listPolicies } from '../catalog/tenant-policies.ts';
import { type Context, refOf } from '../context.ts';
import { openFailures } from './open-failures.ts';

export type TierOf = (ref: string) => Tier;

type PriorityDeps = Pick<Deps, 'catalog' | 'clock'>;

/** By tier, the strictest first; within one, whoever waits longest first. */
export async function inPriority(
  deps: PriorityDeps,
  refs: readonly TenantRef[],
  work: string,
  tierOf: TierOf,
): Promise<TenantRef[][]> {
  if (refs.length <= 1) return refs.length === 0 ? [] : [[...refs]];
  const succeededAt = await lastSuccess(deps, refs, work);
  return byPriority(refs.map(ref => ({ ref, tier: tierOf(ref), succeededAt: succeededAt.get(ref) ?? 0 })));
}

/** Tenants of one machine, in that order. A tenant that is named twice is there once. */
export async function mostUrgentFirst(
  ctx: Pick<Context, 'catalog' | 'clock' | 'installation'>,
  ids: readonly TenantId[],
  work: 'back-up-fleet' | 'verify-fleet' | 'archive',
): Promise<TenantId[]> {
  if (ids.length <= 1) return [...ids];
  const byRef = new Map(ids.map(id => [refOf(ctx, id), id]));
  const ordered = await inPriority(ctx, [...byRef.keys()], work, await knownTiers(ctx));
  return ordered.flat().map(ref => byRef.get(ref)!);
}

/** On one machine: as the team's query last said, else `standard`. */
export async function knownTiers({ catalog }: Pick<Deps, 'catalog'>): Promise<TierOf> {
  const answered = await listPolicies(catalog);
  return ref => answered.get(ref)?.tier ?? 'standard';
}

async function lastSuccess(
  deps: PriorityDeps,
  refs: readonly TenantRef[],
  work: string,
): Promise<ReadonlyMap<string, number>> {
  if (work === 'verify-fleet') return lastProofs(deps);
  if (work === 'archive') return lastArchives(deps, refs);
  // The newest backup of any kind; one that failed since comes before all others.
  const times = await headTimes(deps);
  for (const { tenant, workflow } of await openFailures(deps))
    if (workflow === work && tenant !== null) times.delete(tenant);
  return times;
}

/** When the newest backup of each owner was begun, in milliseconds since 1970. */
async function headTimes({ catalog }: PriorityDeps): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for await (const { sort, value } of heads.each(catalog)) {
    const time = timeOfId(HeadItem.safeParse(value).data?.id ?? '');
    if (!Number.isNaN(time)) times.set(sort, time);
  }
  return times;
}

async function lastArchives({ catalog }: PriorityDeps, refs: readonly TenantRef[]): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const ref of refs) {
    const made = (await archives.list(catalog, ref)).map(({ createdAt }) => Date.parse(createdAt));
    if (made.length > 0) times.set(ref, Math.max(...made));
  }
  return times;
}
