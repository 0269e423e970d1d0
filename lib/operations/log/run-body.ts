/**
 * The body of a run's manifest: its segments, the current definitions of tables, and the gaps after which a tenant's
 * own log is no longer complete. All of it is read before anything of the run is recorded.
 */
import type { GapEntry, LogBody } from '../../domain/log-manifest.ts';
import { formatLsn, type Lsn } from '../../domain/lsn.ts';
import { newId } from '../../domain/new-id.ts';
import type { Connection } from '../../postgres/connection.ts';
import type { LogEnd } from '../../postgres/log/replication-slot.ts';
import type { Context } from '../context.ts';
import { newlyDiscarded } from './discarded-changes.ts';
import type { LogSource, LogStart } from './log-source.ts';
import { noteReshaped } from './note-reshaped.ts';
import { noteTableGaps } from './note-table-gaps.ts';
import type { RoutedLog } from './route-log.ts';
import type { SeenTables } from './sight-tables.ts';
import { trustedMessages } from './trusted-messages.ts';
import { type TableWatch, watchTables } from './watch-tables.ts';

/** What a run starts from. */
export interface RunStart {
  readonly control: Connection;
  readonly view: Connection;
  readonly start: LogStart;
  readonly end: LogEnd;
}

/** A routed run with durable packs. */
export interface RoutedRun {
  readonly id: string;
  readonly retainUntil: Date;
  readonly start: LogStart;
  readonly end: LogEnd;
  /** Up to where the log is complete after it: position and server time. */
  readonly to: { readonly lsn: Lsn; readonly time: string };
  readonly routed: RoutedLog;
  readonly packs: { key: string; bytes: number }[];
  /** RouteBy.settledBelow. */
  readonly settledBelow: string | undefined;
}

export async function runBody(ctx: Context, from: RunStart & SeenTables, run: RoutedRun): Promise<LogBody> {
  const { control, source, traces, known } = from;
  const { start, end, routed } = run;
  const watch = await watchTables(
    control,
    { tables: source.tables, traces },
    { known, isWhole: !routed.limited, horizon: start.since?.xmin },
    routed,
  );
  const told = await trustedMessages(ctx, routed);
  const begin = { from: formatLsn(start.from), fromTime: start.fromTime };
  const settledBelow = routed.exact ? end.xmin : run.settledBelow;
  return {
    server: source.server,
    slot: ctx.slot,
    publication: ctx.publication,
    xmin: end.xmin,
    ...(settledBelow === undefined ? {} : { settledBelow }),
    ends:
      routed.lastEnd === undefined
        ? null
        : { lsn: formatLsn(routed.lastEnd), committed: String(routed.lastCommitTime) },
    packs: run.packs.map(object => object.key),
    segments: routed.segments,
    relations: watch.changed,
    reshaped: noteReshaped(start, end, watch.reshaped),
    ...(watch.traces.length > 0 && { traces: watch.traces }),
    markers: told.markers,
    gaps: [
      ...start.gaps,
      ...brokenTenants(ctx, start.since ?? begin, routed.broken),
      ...brokenTenants(ctx, begin, await newlyDiscarded(ctx, routed.discarded)),
      ...(await noteTableGaps(ctx, start, end, causesOf(source, routed, watch, told.differing))),
    ],
    restores: told.restores,
    transactions: routed.transactions,
    changes: routed.changes,
    unrouted: routed.unrouted,
    ...(routed.discarded.length > 0 && { discarded: [...routed.discarded] }),
  };
}

function causesOf(source: LogSource, routed: RoutedLog, watch: TableWatch, differing: RoutedLog['differing']) {
  const swapped = [...routed.swapped].map(table => [table, 'values of its deferrable key were swapped'] as const);
  return {
    suspects: new Map([...swapped, ...watch.suspects]),
    // Swapped values can be anywhere in the run.
    since: new Map([...watch.since].filter(([table]) => !routed.swapped.has(table))),
    unprotected: source.unprotected,
    outlived: watch.outlived,
    differing,
  };
}

/** Gaps of the tenants whose own log is no longer complete: open until a snapshot closes them. */
function brokenTenants(
  ctx: Context,
  since: Pick<GapEntry, 'from' | 'fromTime'>,
  broken: RoutedLog['broken'],
): GapEntry[] {
  const { from, fromTime } = since;
  return [...broken].map(([tenant, reason]) => {
    return { tenant, id: newId(ctx), from, fromTime, to: null, toTime: null, reason };
  });
}
