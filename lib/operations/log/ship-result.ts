/** The result of shipping, per run and for all runs of one call: the output of `ship` and of its function. */
import type { GapEntry, LogBody } from '../../domain/log-manifest.ts';
import { formatLsn, type Lsn, type LsnText, parseLsn } from '../../domain/lsn.ts';
import type { Behind } from '../../domain/objectives.ts';
import type { TableName } from '../../domain/table-schema.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { RunItem } from '../catalog/catalog-index.ts';
import type { LogSource, LogStart } from './log-source.ts';
import { isRepeated } from './note-table-gaps.ts';
import type { OpenGaps } from './open-gaps.ts';

export interface ShipResult {
  /** Id of the newest run; null where there was nothing to record. */
  readonly id: string | null;
  readonly from: LsnText;
  readonly to: LsnText;
  readonly fromTime: string;
  readonly toTime: string;
  /** Transactions that changed rows of the model's tables, and those row changes. */
  readonly transactions: number;
  readonly changes: number;
  /** Those without a proved tenant: each restore decides them from its own rows. */
  readonly unrouted: number;
  /** Those of tenants with a destroyed key: counted, not stored. */
  readonly discarded: number;
  readonly tenants: number;
  readonly storedBytes: number;
  readonly runs: number;
  /** Gaps found by these runs. */
  readonly gaps: GapEntry[];
  /** Ids of all gaps that still wait for snapshots, including those of earlier runs. */
  readonly openGaps: readonly string[];
  /** The tenants that need a new snapshot because of them. */
  readonly needSnapshot: TenantRef[] | 'all';
  /** The tenants with a newest recoverable moment before the log's, and how far before. */
  readonly behind: readonly Behind[];
  /** Everything committed when it began is durable. */
  readonly caughtUp: boolean;
  /** Tables with changes that cannot be replayed, and why. */
  readonly unprotected: Readonly<Record<TableName, string>>;
  /** Those that doctor --fix can protect. */
  readonly mendable: readonly TableName[];
  /** Contexts of transactions (transaction-context.ts) that were ignored for their length. */
  readonly contextsTooLong: number;
  /** The peak memory of buffered log, in bytes. */
  readonly bufferedBytes: number;
}

/** One run that is durable and in the catalog. */
export interface Shipped {
  readonly run: RunItem;
  readonly body: LogBody;
  readonly to: Lsn;
  /** There is more to read before the end. */
  readonly more: boolean;
  /** It contains everything committed before it began. */
  readonly caughtUp: boolean;
  readonly bufferedBytes: number;
  readonly contextsTooLong: number;
}

/** A call of ship: its start, its end and its runs. */
export interface ShippedRuns {
  readonly source: LogSource;
  readonly first: LogStart;
  readonly last: LogStart;
  readonly done: readonly Shipped[];
  /** Where the log ended when the first run began. */
  readonly goal: Lsn;
}

export function shipResult({ source, first, last, done, goal }: ShippedRuns, open: OpenGaps): ShipResult {
  return {
    id: done.at(-1)?.run.id ?? null,
    from: formatLsn(first.from),
    to: formatLsn(last.from),
    fromTime: first.fromTime,
    toTime: last.fromTime,
    transactions: sum(done, item => item.body.transactions),
    changes: sum(done, item => item.body.changes),
    tenants: tenantsOf(done),
    storedBytes: sum(done, item => item.run.storedBytes),
    runs: done.length,
    gaps: done.flatMap(item => item.body.gaps.filter(gap => !isRepeated(gap, { from: parseLsn(item.run.from) }))),
    openGaps: open.ids,
    needSnapshot: open.needSnapshot,
    behind: open.behind,
    unrouted: sum(done, item => item.body.unrouted ?? 0),
    discarded: sum(done, item => sum(item.body.discarded ?? [], ({ changes }) => changes)),
    caughtUp: last.from >= goal || done.at(-1)?.caughtUp === true,
    unprotected: Object.fromEntries(source.unprotected),
    mendable: source.mendable,
    contextsTooLong: sum(done, item => item.contextsTooLong),
    bufferedBytes: Math.max(0, ...done.map(item => item.bufferedBytes)),
  };
}

/** Row changes of all runs. */
export function changesOf(done: readonly Shipped[]): number {
  return sum(done, item => item.body.changes);
}

/** The number of tenants with changed rows; the unrouted log belongs to no tenant. */
function tenantsOf(done: readonly Shipped[]): number {
  const owners = new Set(done.flatMap(item => item.body.segments.map(entry => entry.tenant)));
  owners.delete(SYSTEM);
  return owners.size;
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
