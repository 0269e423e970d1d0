/**
 * Records a run's gaps of tables. Suspect tables: from the end of the previous run, which last saw the tables
 * unchanged, so that no announced moment is withdrawn. Unprotected tables: one gap that stays open; every run repeats
 * it until one finds the table protected again, so that the gap lasts as long as any run that it concerns.
 */

import type { GapEntry } from '../../domain/log-manifest.ts';
import { formatLsn, type Lsn, parseLsn } from '../../domain/lsn.ts';
import { newId } from '../../domain/new-id.ts';
import { epochOf } from '../../domain/source-epoch.ts';
import type { TableName } from '../../domain/table-schema.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { LogEnd } from '../../postgres/log/replication-slot.ts';
import { gaps } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import type { LogStart } from './log-source.ts';
import type { Before } from './recorded-ddl.ts';
import type { DifferingTables } from './route-events.ts';

/** Tables and the cause of each gap. */
export type TableCauses = ReadonlyMap<TableName, string>;

/** Of one run, from `start` to `end`. */
export async function noteTableGaps(
  ctx: Context,
  start: LogStart,
  end: LogEnd,
  causes: {
    readonly suspects: TableCauses;
    /** Where the log has the position at which a table became suspect: just before it. */
    readonly since: ReadonlyMap<TableName, Before>;
    readonly unprotected: TableCauses;
    /** Suspects with a running transaction that may have changes outside the log. */
    readonly outlived: ReadonlySet<TableName>;
    /** Differences found by live verifications. */
    readonly differing: readonly DifferingTables[];
  },
): Promise<GapEntry[]> {
  const now = { to: formatLsn(end.lsn), toTime: end.time, seen: formatLsn(end.lsn) };
  const begin = (reason: 'suspect' | 'unprotected', tables: TableName[], detail: string) => ({
    ...{ tenant: SYSTEM, id: newId(ctx), from: formatLsn(start.from), fromTime: start.fromTime },
    ...{ to: null, toTime: null, reason, tables, detail },
  });
  const [waiting, settled] = partition(causes.suspects, table => causes.outlived.has(table));
  const suspect = byCause(settled).flatMap(([detail, tables]) =>
    [...Map.groupBy(tables, table => causes.since.get(table)?.lsn)].map(([place, some]) => ({
      ...begin('suspect', some, detail),
      ...now,
      ...(place !== undefined && { from: formatLsn(place), fromTime: causes.since.get(some[0]!)!.time }),
    })),
  );
  const before = (await gaps.list(ctx.catalog, SYSTEM)).filter(isGoingOn);
  // Transaction ids of another server mean nothing here, and none of its transactions is running.
  const awaited = ({ awaits, from }: GapEntry) => (isOfEpoch(from, end.lsn) ? awaits : undefined);
  const goOn = before.filter(gap => {
    const awaits = awaited(gap);
    if (awaits !== undefined) return BigInt(end.xmin) < BigInt(awaits);
    return gap.tables?.every(table => causes.unprotected.has(table));
  });
  const ended = before.filter(gap => !goOn.includes(gap)).map(gap => ({ ...gap, ...now }));
  const known = new Set(goOn.flatMap(gap => (awaited(gap) === undefined ? (gap.tables ?? []) : [])));
  const came = new Map([...causes.unprotected].filter(([table]) => !known.has(table)));
  const unprotected = byCause(came).map(([detail, tables]) => ({
    ...begin('unprotected', tables, detail),
    seen: now.seen,
  }));
  const differing = causes.differing.map(({ tenant, tables, from, fromTime }) => ({
    ...{ ...begin('suspect', tables, 'live rows differed from those rebuilt from the backups'), ...now },
    ...{ tenant, from, fromTime },
  }));
  const awaiting = byCause(waiting).map(([detail, tables]) => ({
    ...begin('unprotected', tables, `${detail} while transactions were running that have not ended yet`),
    ...{ seen: now.seen, awaits: end.xmax },
  }));
  return [...suspect, ...differing, ...goOn, ...ended, ...unprotected, ...awaiting];
}

function partition(causes: TableCauses, test: (table: TableName) => boolean): [TableCauses, TableCauses] {
  const [yes, no] = [true, false].map(wanted => [...causes].filter(([table]) => test(table) === wanted));
  return [new Map(yes), new Map(no)];
}

/** True for a gap of an earlier run that this one only repeats. */
export function isRepeated(gap: GapEntry, start: Pick<LogStart, 'from'>): boolean {
  return isGoingOn(gap) && gap.from !== formatLsn(start.from);
}

function isGoingOn(gap: GapEntry): boolean {
  return gap.reason === 'unprotected' && gap.to === null;
}

function isOfEpoch(text: string, position: Lsn): boolean {
  return epochOf(parseLsn(text)) === epochOf(position);
}

function byCause(causes: TableCauses): [detail: string, tables: TableName[]][] {
  const groups = Map.groupBy([...causes], ([, detail]) => detail);
  return [...groups].map(([detail, tables]) => [detail, tables.map(([table]) => table).sort()]);
}
