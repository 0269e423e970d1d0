/**
 * The changes of staged tables' rows in a stretch of the log, the tenant's own and the unrouted one, which has rows of
 * others too. Invariant: a change is read in the columns of its own relation; where those do not name the row completely,
 * it is refused, or left out where only some of the log has to be read.
 */
import { parseMessage, type Relation, type RowMessage, TAG, type Truncate } from '../../../codec/pgoutput.ts';
import { completed } from '../../../codec/row-change.ts';
import { InputError } from '../../../domain/errors.ts';
import type { Lsn } from '../../../domain/lsn.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { StagedTable } from '../../../postgres/staging/staging.ts';
import { type LogFrame, mergedLog } from '../../log/read-log.ts';
import { cannotRevert } from './cannot-revert.ts';

type LogContext = Parameters<typeof mergedLog>[0];

export interface ChangedStretch {
  readonly tables: readonly StagedTable[];
  readonly tenant: TenantRef;
  /** First and last position of a commit. */
  readonly from: Lsn;
  readonly to: Lsn;
  /** Changes that the log does not describe completely are left out instead of refused. */
  readonly partly?: boolean;
}

/** The transaction of a change. */
interface OfCommit {
  readonly commit: Lsn;
  readonly xid: number;
  /** Microseconds since 2000-01-01 UTC. */
  readonly commitTime: bigint;
}

export interface LoggedRowChange extends OfCommit {
  readonly kind: 'row';
  readonly table: StagedTable;
  /** Rows of the unrouted log may be another tenant's. */
  readonly log: LogFrame['log'];
  /** Absent where the row kept its key, or is new. */
  readonly oldKey?: readonly Buffer[];
  /** Absent for a deleted row. */
  readonly newKey?: readonly Buffer[];
  /** In the order of the table's columns; undefined: a large value that did not change. */
  readonly values?: readonly (Buffer | null | undefined)[];
}

export function keysOf({ oldKey, newKey }: LoggedRowChange): (readonly Buffer[])[] {
  return [oldKey, newKey].filter(key => key !== undefined);
}

export type StepChange = LoggedRowChange | (OfCommit & { readonly kind: 'truncate'; readonly table: StagedTable });

/** Changes of these tables' rows. InputError `cannot-revert` where the log does not name a row by its key; IntegrityError. */
export async function* loggedChanges(ctx: LogContext, stretch: ChangedStretch): AsyncGenerator<StepChange> {
  const { tables, tenant, from, to, partly = false } = stretch;
  const byOid = new Map(tables.map(table => [table.schema.oid, table]));
  const relations = { own: new Map<number, LoggedRelation>(), system: new Map<number, LoggedRelation>() };
  for await (const { frames, commitLsn, xid, commitTime } of mergedLog(ctx, tenant, from, to)) {
    const of = { commit: commitLsn, xid, commitTime };
    for (const frame of frames) yield* partlyRead(partly, () => [...readFrame(frame, relations[frame.log], byOid, of)]);
  }
}

function partlyRead(partly: boolean, read: () => StepChange[]): StepChange[] {
  try {
    return read();
  } catch (error) {
    if (partly && error instanceof InputError) return [];
    throw error;
  }
}

/** The newest relation of a table in the log. */
interface LoggedRelation {
  readonly table: StagedTable;
  readonly relation: Relation;
  /** Once one of its rows was read. */
  read: Read | undefined;
}

/** A relation of the log, as positions of the staged table's columns. */
interface Read {
  readonly table: StagedTable;
  readonly columns: readonly number[];
  readonly key: readonly number[];
}

function* readFrame(
  { message, log }: LogFrame,
  relations: Map<number, LoggedRelation>,
  byOid: ReadonlyMap<number, StagedTable>,
  of: OfCommit,
): Generator<StepChange> {
  const tag = message[0];
  if (tag === TAG.relation) {
    const relation = parseMessage(message) as Relation;
    const table = byOid.get(relation.oid);
    // Also one that cannot be read: its rows are not read as they were before, and without rows it does not matter.
    if (table) relations.set(relation.oid, { table, relation, read: undefined });
  } else if (tag === TAG.truncate) {
    for (const oid of (parseMessage(message) as Truncate).oids) {
      const table = byOid.get(oid);
      if (table) yield { kind: 'truncate', ...of, table };
    }
  } else if (tag === TAG.insert || tag === TAG.update || tag === TAG.delete) {
    const row = parseMessage(message) as RowMessage;
    const logged = relations.get(row.oid);
    if (logged === undefined) return;
    logged.read ??= readAs(logged.relation, logged.table);
    yield changeOf(row, logged.read, { ...of, log });
  }
}

function changeOf(
  row: RowMessage,
  { table, columns, key }: Read,
  of: OfCommit & Pick<LoggedRowChange, 'log'>,
): LoggedRowChange {
  const keyOf = (tuple: readonly (Buffer | null | undefined)[]) => key.map(at => tuple[at] ?? refuseKey(table.table));
  const oldKey = row.old && keyOf(row.old);
  if (row.type === 'delete') return { kind: 'row', ...of, table, oldKey: oldKey ?? refuseKey(table.table) };
  const tuple = completed(row);
  const newKey = keyOf(tuple);
  return { kind: 'row', ...of, table, newKey, values: columns.map(at => tuple[at]), ...(oldKey && { oldKey }) };
}

function readAs({ columns }: Relation, table: StagedTable): Read {
  const at = (name: string) => {
    const position = columns.findIndex(column => column.name === name);
    if (position < 0) throw cannotRevert(`the columns of ${table.table} were altered in between`, table.table);
    return position;
  };
  return { table, columns: table.columns.map(({ name }) => at(name)), key: table.key.map(at) };
}

function refuseKey(table: TableName): never {
  throw cannotRevert(`the change log does not name rows of ${table} by their key`, table);
}
