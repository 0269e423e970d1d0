/**
 * Reads what tenants did from the manifests of runs and their indexes alone: no block of the log is opened. Both are
 * signed and verified; an index that does not verify is replaced by its runs (logged-runs.ts).
 */
import { type Activity, changeCount, isTableNamed, NO_CHANGES, type TableSum } from '../../domain/activity.ts';
import type { ActivitySample } from '../../domain/activity-histogram.ts';
import type { SegmentEntry } from '../../domain/log-manifest.ts';
import { parseLsn } from '../../domain/lsn.ts';
import type { TableName } from '../../domain/table-schema.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { RunItem } from '../catalog/catalog-index.ts';
import { Sums } from './describe-changes.ts';
import type { LogBounds } from './describe-log.ts';
import { type LoggedRun, type LoggedRunsDeps, readRuns } from './logged-runs.ts';

/** A commit's own time can be a little before the time at which its run began. */
const CLOCK_MARGIN_MS = 60_000;

export interface LoggedRange {
  readonly runs: readonly LoggedRun[];
  /** Server times of the runs, cut to the bounds; undefined where there is no run. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Stretches between them that are not in the log. */
  readonly holes: readonly { readonly from: string; readonly to: string }[];
}

/** The runs with commits in the bounds, as the tenant needs them. IntegrityError naming the object. */
export async function loggedRange(
  deps: LoggedRunsDeps,
  tenant: TenantRef,
  listed: readonly RunItem[],
  bounds: LogBounds,
): Promise<LoggedRange> {
  const wanted = listed.filter(run => mayContain(run, bounds));
  const { runs } = await readRuns(deps, tenant, wanted);
  const holes = wanted.flatMap((run, index) => {
    const before = wanted[index - 1];
    return before === undefined || before.to === run.from ? [] : [{ from: before.toTime, to: run.fromTime }];
  });
  return {
    ...{ runs, holes },
    from: later(bounds.fromTime, wanted[0]?.fromTime),
    to: earlier(bounds.toTime, wanted.at(-1)?.toTime),
  };
}

function mayContain(run: RunItem, bounds: LogBounds): boolean {
  const after = (time: string) => Date.parse(time) + CLOCK_MARGIN_MS;
  if (bounds.from !== undefined && parseLsn(run.to) <= bounds.from) return false;
  if (bounds.to !== undefined && parseLsn(run.from) > bounds.to) return false;
  if (bounds.fromTime !== undefined && after(run.toTime) < Date.parse(bounds.fromTime)) return false;
  return bounds.toTime === undefined || Date.parse(run.fromTime) <= after(bounds.toTime);
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || b === undefined ? b : a > b ? a : b;
}

function earlier(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || b === undefined ? b : a < b ? a : b;
}

export interface TenantActivity {
  /** The tenant's own changes, and truncates, which concern every tenant. */
  readonly samples: readonly ActivitySample[];
  /** Row changes of all tenants together whose tenant the log does not know. */
  readonly unrouted: readonly TableSum[];
}

/** In log order. Counts of a segment at the edge of the bounds are all of it. */
export function activityOf(runs: readonly LoggedRun[], tenant: TenantRef, bounds: LogBounds): TenantActivity {
  const entries = (owner: TenantRef) =>
    runs.flatMap(run => run.body.segments.filter(entry => entry.tenant === owner && isInside(entry, bounds)));
  const unrouted = new Sums();
  const truncates: ActivitySample[] = [];
  for (const { maxCommitTime, activity } of entries(SYSTEM)) {
    if (activity === undefined) continue;
    for (const sum of activity.tables) if (isAsked(sum.table, bounds)) unrouted.addAll({ ...sum, truncate: 0 });
    truncates.push({ maxCommitTime, changes: 0, activity: truncatesOf(activity) });
  }
  return { samples: [...entries(tenant), ...truncates], unrouted: unrouted.list().filter(sum => changeCount(sum) > 0) };
}

function isAsked(name: TableName, { table }: LogBounds): boolean {
  return table === undefined || isTableNamed(name, table);
}

function truncatesOf({ tables, largest }: Activity): Activity {
  const only = (sums: readonly TableSum[]) =>
    sums.flatMap(({ table, truncate }) => (truncate > 0 ? [{ ...NO_CHANGES, table, truncate }] : []));
  return { tables: only(tables), largest: largest.map(each => ({ ...each, tables: only(each.tables) })) };
}

function isInside(entry: SegmentEntry, { from, to, fromTime, toTime }: LogBounds): boolean {
  if (from !== undefined && parseLsn(entry.lastCommit) < from) return false;
  if (to !== undefined && parseLsn(entry.firstCommit) > to) return false;
  if (fromTime !== undefined && entry.maxCommitTime < fromTime) return false;
  return toTime === undefined || entry.minCommitTime <= toTime;
}
