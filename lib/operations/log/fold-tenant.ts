/**
 * Folds a tenant's log since its last incremental into an incremental: the net change per row, in the tenant's own
 * prefix, so that a restore reads little. Only the tenant's own log is folded; the unrouted log is merged by every
 * restore, by LSN.
 *
 * Invariants: an incremental covers complete runs that all exist and are verified, continues where the tenant's last
 * incremental ended, and never crosses a gap.
 */
import { maxLsn, parseLsn } from '../../domain/lsn.ts';
import { gapEnd } from '../../domain/table-gaps.ts';
import { type TenantId, type TenantRef, tenantId } from '../../domain/tenant.ts';
import { backups, gaps, runs, type TenantItem, tenants } from '../catalog/catalog-index.ts';
import { epochOfRun } from '../catalog/log-items.ts';
import type { Context } from '../context.ts';
import { TableKeys } from '../model/table-keys.ts';
import { type LoggedRun, mustFollow, readRunsBetween, segmentOf } from './logged-runs.ts';
import { knownKeys } from './watch-tables.ts';
import { adoptIncrementals, writeIncremental } from './write-incremental.ts';

export interface FoldResult {
  readonly tenant: TenantRef;
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly changes: number;
  readonly storedBytes: number;
}

export interface FoldOptions {
  /** Fold runs that end at or before this server time (ISO 8601); default: all there are. */
  readonly until?: string;
  /** Default: every tenant of the catalog. */
  readonly tenants?: readonly TenantRef[];
}

/** Folds every tenant that changed. Tenants without a snapshot are skipped: nothing could use their incrementals. */
export async function foldIncrementals(ctx: Context, options: FoldOptions = {}): Promise<FoldResult[]> {
  const chosen = await chosenTenants(ctx, options.tenants);
  await adoptIncrementals(ctx, chosen);
  const latest = await runs.latest(ctx.catalog);
  const keys = new TableKeys(ctx, await knownKeys(ctx, latest === undefined ? 0 : epochOfRun(latest)));
  const results: FoldResult[] = [];
  for (const item of chosen) {
    if (item.tenantId === null || item.destruction) continue;
    const result = await foldTenant(ctx, item.ref, tenantId(item.tenantId), keys, options.until);
    if (result) results.push(result);
  }
  return results;
}

/**
 * The given tenants that the catalog lists; all if none are given. Reads in proportion to the given tenants, not to the
 * fleet.
 */
async function chosenTenants(ctx: Context, named: readonly TenantRef[] | undefined): Promise<TenantItem[]> {
  if (named === undefined) return tenants.list(ctx.catalog);
  const found = await Promise.all(named.map(ref => tenants.get(ctx.catalog, ref)));
  return found.filter(item => item !== undefined);
}

async function foldTenant(
  ctx: Context,
  tenant: TenantRef,
  tenantId: TenantId,
  keys: TableKeys,
  until: string | undefined,
): Promise<FoldResult | undefined> {
  const started = ctx.clock.now().getTime();
  const stretch = await stretchOf(ctx, tenant, until);
  mustFollow(stretch);
  const items = stretch.flatMap(run => segmentOf(tenant, run) ?? []);
  if (items.length === 0) return undefined;
  const { id, from, to, rows, storedBytes } = await writeIncremental(
    ctx,
    { tenant, tenantId, stretch, items, keys },
    started,
  );
  return { tenant, id, from, to, changes: rows, storedBytes };
}

/** The runs after the tenant's last incremental (or first snapshot) and after its last gap. */
async function stretchOf(ctx: Context, tenant: TenantRef, until: string | undefined): Promise<LoggedRun[]> {
  const all = await backups.list(ctx.catalog, tenant);
  const snapshots = all.filter(item => item.kind === 'snapshot');
  const first = snapshots[0];
  const latest = await runs.latest(ctx.catalog);
  if (first === undefined || latest === undefined) return [];
  let from = parseLsn(first.from);
  for (const item of all) if (item.kind === 'incremental') from = maxLsn(from, parseLsn(item.to));
  for (const gap of await gaps.list(ctx.catalog, tenant)) {
    const end = gapEnd(gap) ?? (gap.tables ? undefined : gap.from);
    if (end !== undefined) from = maxLsn(from, parseLsn(end));
  }
  if (parseLsn(latest.to) <= from) return [];
  const { runs: found } = await readRunsBetween(ctx, tenant, from, parseLsn(latest.to));
  // A run that began before the stretch is left out entirely: incrementals and runs end at the same positions.
  return alike(
    found.filter(({ header }) => parseLsn(header.from) >= from && (until === undefined || header.toTime <= until)),
  );
}

/**
 * The runs up to the first in which the same column names mean other columns (dropped and added again): rows of both
 * would be folded as if they were alike.
 */
function alike(found: readonly LoggedRun[]): LoggedRun[] {
  const meant = new Map<string, string>();
  const until = found.findIndex(({ body }, index) => {
    const definitions = body.relations.map(({ oid, columns }) => {
      const stored = columns.filter(column => column.generated === '');
      const names = JSON.stringify([oid, stored.map(column => column.name)]);
      return [names, JSON.stringify(stored.map(column => column.number))] as const;
    });
    const other = definitions.some(([names, numbers]) => (meant.get(names) ?? numbers) !== numbers);
    for (const [names, numbers] of definitions) meant.set(names, numbers);
    return other && index > 0;
  });
  return until === -1 ? [...found] : found.slice(0, until);
}
