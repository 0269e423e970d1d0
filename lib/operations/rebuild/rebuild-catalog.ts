/**
 * Writes the catalog again from the signed manifests in the vault: the catalog is only an index. Divided into the log
 * and shards by the first letters of the tenants' references, each processed tenant by tenant until the time is used
 * up; in one call, or in as many as needed. Memory does not grow with the fleet. Safe to repeat; adds to what the
 * catalog holds.
 */
import { TENANTS_PREFIX, tenantPrefix } from '../../domain/object-key.ts';
import { TenantRef } from '../../domain/tenant.ts';
import { NO_LIMIT, type TimeBudget } from '../time-budget.ts';
import { ALL_TENANTS, forgetLog, type RebuildShard } from './plan-rebuild.ts';
import { rebuildAuditHeads } from './rebuild-audit.ts';
import { rebuildDestroyed } from './rebuild-destroyed.ts';
import { rebuildLog } from './rebuild-log.ts';
import { type RebuildDeps, rebuildTenant, type UnlistedManifest } from './rebuild-tenant.ts';

export interface RebuildResult {
  readonly tenants: number;
  readonly snapshots: number;
  readonly incrementals: number;
  readonly runs: number;
  readonly logIndexes: number;
  readonly erasures: number;
  readonly restores: number;
  /** Chains of the audit trail. */
  readonly auditChains: number;
  /** Manifests that do not verify, or that no chain leads to (a process died before it was listed). */
  readonly leftOut: readonly UnlistedManifest[];
  /** Tenants with a destroyed key: listed by their headers. */
  readonly withoutKey: readonly TenantRef[];
}

export interface RebuiltShard extends Omit<RebuildResult, 'runs' | 'logIndexes' | 'auditChains'> {
  readonly done: boolean;
  readonly after: TenantRef | null;
}

/** Continues a shard by at least one tenant. */
export async function rebuildShard(deps: RebuildDeps, shard: RebuildShard, budget: TimeBudget): Promise<RebuiltShard> {
  const counts = { tenants: 0, snapshots: 0, incrementals: 0, erasures: 0, restores: 0 };
  const leftOut: UnlistedManifest[] = [];
  const withoutKey: TenantRef[] = [];
  let after = shard.after;
  for (;;) {
    const tenant = await tenantAfter(deps, shard.prefix, after);
    if (tenant === undefined) {
      await rebuildDestroyed(deps, shard.prefix);
      return { done: true, after, ...counts, leftOut, withoutKey };
    }
    const rebuilt = await rebuildTenant(deps, tenant);
    after = tenant;
    if (rebuilt) {
      counts.tenants += 1;
      for (const kind of ['snapshots', 'incrementals', 'erasures', 'restores'] as const) counts[kind] += rebuilt[kind];
      leftOut.push(...rebuilt.leftOut);
      if (!rebuilt.opens) withoutKey.push(tenant);
    }
    deps.progress?.({
      ...{ step: 'catalog.rebuild', message: 'Reading manifests', done: counts.snapshots, unit: 'snapshots' },
    });
    if (budget.isUsed()) return { done: false, after, ...counts, leftOut, withoutKey };
  }
}

/** The next tenant with anything stored: one object is listed, however many the tenant has. */
async function tenantAfter(deps: RebuildDeps, prefix: string, after: TenantRef | null): Promise<TenantRef | undefined> {
  // After everything of that tenant: `~` sorts after all characters of our keys.
  let from = after === null ? undefined : `${tenantPrefix(after)}~`;
  for (;;) {
    const key = await firstKey(deps, `${TENANTS_PREFIX}${prefix}`, from);
    if (key === undefined) return undefined;
    const place = /^tenants\/([a-z2-7]{26})\//.exec(key);
    if (place) return TenantRef.parse(place[1]);
    from = key;
  }
}

async function firstKey(deps: RebuildDeps, prefix: string, after: string | undefined): Promise<string | undefined> {
  for await (const key of deps.vault.keys(prefix, after)) return key;
  return undefined;
}

/** The entire rebuild in one call. Throws what the vault and the catalog throw. */
export async function rebuildCatalog(deps: RebuildDeps): Promise<RebuildResult> {
  await forgetLog(deps);
  const { done: _, after: __, ...shard } = await rebuildShard(deps, ALL_TENANTS, NO_LIMIT);
  const log = await rebuildLog(deps, undefined, NO_LIMIT);
  return {
    ...shard,
    tenants: shard.tenants + log.tenants,
    runs: log.runs,
    logIndexes: log.logIndexes,
    auditChains: await rebuildAuditHeads(deps),
    leftOut: [...shard.leftOut, ...log.leftOut],
  };
}
