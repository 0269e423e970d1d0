/**
 * What the change log says about a tenant since a snapshot: the keys whose rows changed, table by table. Invariant: an
 * answer is given only when the log covers everything from the base's replay start to the judged position, without a
 * gap; otherwise there is none, and everything is read.
 */
import { parseLsn } from '../domain/lsn.ts';
import type { TableName } from '../domain/table-schema.ts';
import type { TenantRef } from '../domain/tenant.ts';
import { gaps, runs } from './catalog-index.ts';
import type { Context } from './context.ts';
import type { SnapshotBase } from './snapshot-base.ts';

export interface Judgement {
  /** End of the log that was consulted: rows outside `keys` are as the base has them at this position. */
  readonly lsn: string;
  readonly time: string;
  /** Chunk keys of changed rows, or `all` where it cannot be told; a table without changes has no entry. */
  readonly keys: ReadonlyMap<TableName, readonly (readonly string[])[] | 'all'>;
}

export async function judgeChanges(
  ctx: Context,
  tenant: TenantRef,
  base: SnapshotBase,
): Promise<Judgement | undefined> {
  const { from } = base.stored.header;
  const latest = await runs.latest(ctx.catalog);
  if (!latest || parseLsn(latest.to) < parseLsn(from)) return undefined;
  if (!(await isCovered(ctx, tenant, from))) return undefined;
  return undefined;
}

/** Runs chain from `from` to the latest without a hole, and no gap was seen after `from`. */
async function isCovered(ctx: Context, tenant: TenantRef, from: string): Promise<boolean> {
  for (const gap of await gaps.list(ctx.catalog, tenant)) {
    const closed = gap.seen ?? gap.to;
    if (closed === null || parseLsn(closed) > parseLsn(from)) return false;
  }
  const covering = await runs.list(ctx.catalog, parseLsn(from));
  let reached = parseLsn(from);
  for (const run of covering) {
    if (parseLsn(run.from) > reached) return false;
    if (parseLsn(run.to) > reached) reached = parseLsn(run.to);
  }
  return true;
}
