/**
 * Takes back some transactions among others: reads the log between the staged state and its baseline, and leaves in the
 * baseline only what the chosen transactions did. A row that others changed in between too is followed version by version
 * (domain/take-back.ts). Invariant: a change of a row that the log does not name completely refuses the request.
 */
import { parseMessage, type Relation, type RowMessage, TAG, type Truncate } from '../../../codec/pgoutput.ts';
import { completed } from '../../../codec/row-change.ts';
import { InputError } from '../../../domain/errors.ts';
import { formatLsn, type Lsn } from '../../../domain/lsn.ts';
import type { Reverts } from '../../../domain/restore-request.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import { CLASH, oneStep, type RowVersion, type VersionRow } from '../../../domain/take-back.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Connection } from '../../../postgres/connection.ts';
import type { StagedTable } from '../../../postgres/staging/staging.ts';
import { type MixedRow, type SettledRow, StepRows } from '../../../postgres/staging/step-rows.ts';
import type { Context } from '../../context.ts';
import { type LogFrame, mergedLog } from '../../log/read-log.ts';
import { cannotRevert } from './cannot-revert.ts';

/** Rows that are followed in memory, with all their versions. */
const MIXED_ROWS = 20_000;

type LogContext = Parameters<typeof mergedLog>[0];

interface Stretch {
  readonly tables: readonly StagedTable[];
  readonly tenant: TenantRef;
  /** First and last position of a commit. */
  readonly from: Lsn;
  readonly to: Lsn;
  /** Changes that the log does not describe completely are left out instead of refused. */
  readonly partly?: boolean;
}

/** The tables with their baselines, which have what committed in this stretch. */
export interface LoggedStep extends Stretch {
  readonly connection: Connection;
  readonly schema: string;
}

/** True where a choice leaves anything out. */
export function choosesAmong({ only, except, until }: Reverts, from: Lsn): boolean {
  const alone = only?.length === 1 && only[0] === until && formatLsn(from) === until;
  return except !== undefined || (only !== undefined && !alone);
}

/**
 * The tables, with tables of clashes where rows have any; `note` is told of what the chosen transactions changed.
 * InputError `cannot-revert`; IntegrityError.
 */
export async function selectStep(
  ctx: Context,
  step: LoggedStep,
  reverts: Reverts,
  note: (change: StepChange) => void,
): Promise<StagedTable[]> {
  const isSelected = selectedBy(reverts);
  const tables = new Map<StagedTable, StepRows>();
  for (const [number, table] of step.tables.entries()) {
    if (table.key.length === 0) throw cannotRevert(`${table.table} has no key`, table.table);
    if (table.key.some(name => isLooseText(table, name)))
      throw cannotRevert(`equal keys of ${table.table} can be printed differently`, table.table);
    const rows = new StepRows(step.connection, step.schema, number, { ...table, baseline: table.baseline! });
    await rows.create();
    tables.set(table, rows);
  }
  if (!(await noteTouched(ctx, step, { isSelected, note }, tables))) return [...step.tables];
  const mixed = new Map<StagedTable, FollowedRows>();
  for (const [table, rows] of tables) {
    await rows.flush();
    await rows.restrict();
    const found = await rows.mixed(MIXED_ROWS);
    if (found === undefined)
      throw cannotRevert(
        `more than ${MIXED_ROWS} rows of ${table.table} were changed by others in between`,
        table.table,
      );
    if (found.length > 0) mixed.set(table, new FollowedRows(found));
  }
  if (mixed.size > 0) await followRows(ctx, step, isSelected, mixed);
  const settled: StagedTable[] = [];
  for (const [table, rows] of tables) {
    const clashes = await rows.settle(mixed.get(table)?.settled() ?? []);
    settled.push({ ...table, ...(clashes !== undefined && { clashes }) });
  }
  return settled;
}

/** Staged as text, of which equal values can have several: a composite of 1 and one of 1.0 are the same key. */
function isLooseText({ columns, schema }: StagedTable, name: string): boolean {
  const equality = schema.columns.find(column => column.name === name)?.equality;
  const asText = columns.some(column => column.name === name && column.asText);
  return asText && equality !== undefined && equality.canonical !== 'text';
}

type Selects = (commit: Lsn) => boolean;

/** Whether a commit of the stretch is one of the transactions to take back. */
export function selectedBy({ only, except }: Reverts): Selects {
  const named = new Set<string>(only ?? except);
  return commit => named.has(formatLsn(commit)) === (only !== undefined);
}

/** Every changed row's key, and by which sort of transaction; false where there are no others than the chosen ones. */
async function noteTouched(
  ctx: Context,
  step: LoggedStep,
  { isSelected, note }: { readonly isSelected: Selects; readonly note: (change: StepChange) => void },
  tables: ReadonlyMap<StagedTable, StepRows>,
): Promise<boolean> {
  let others = false;
  let truncated: StagedTable | undefined;
  for await (const change of loggedChanges(ctx, step)) {
    const selected = isSelected(change.commit);
    others ||= !selected;
    if (selected) note(change);
    if (change.kind === 'truncate') truncated = change.table;
    else for (const key of keysOf(change)) await tables.get(change.table)!.add(key, selected);
  }
  if (others && truncated) throw cannotRevert(`${truncated.table} was truncated in between`, truncated.table);
  return others;
}

async function followRows(ctx: Context, step: LoggedStep, isSelected: Selects, mixed: Map<StagedTable, FollowedRows>) {
  for await (const change of loggedChanges(ctx, { ...step, tables: [...mixed.keys()] }))
    if (change.kind === 'row') mixed.get(change.table)!.follow(change, isSelected(change.commit));
}

/** Versions of rows that both sorts of transactions changed. */
class FollowedRows {
  readonly #rows: { readonly found: MixedRow; readonly changes: RowVersion[]; isKnown: boolean }[];
  readonly #bySpelling = new Map<string, number>();

  constructor(found: readonly MixedRow[]) {
    this.#rows = found.map(row => ({ found: row, changes: [], isKnown: true }));
    for (const [index, { spellings }] of found.entries())
      for (const key of spellings) this.#bySpelling.set(JSON.stringify(key), index);
  }

  follow({ oldKey, newKey, values, table }: RowChange, selected: boolean): void {
    const [from, to] = [this.#find(oldKey ?? newKey), this.#find(newKey)];
    const before = from === undefined ? undefined : this.#last(from);
    if (from !== undefined && from !== to) this.#push(from, { row: null, selected });
    if (to === undefined) return;
    const row: Record<string, string | null> = {};
    for (const [at, { name }] of table.columns.entries()) {
      const value = values![at];
      const text = value === undefined ? before?.[name] : value === null ? null : value.toString('utf8');
      // A large value that did not change, of a row that is not followed.
      if (text === undefined) this.#rows[to]!.isKnown = false;
      row[name] = text ?? null;
    }
    this.#push(to, { row, selected });
  }

  /** Of several changes of others in a row, only the last can matter. */
  #push(index: number, change: RowVersion): void {
    const { changes } = this.#rows[index]!;
    if (!change.selected && changes.at(-1)?.selected === false) changes.pop();
    changes.push(change);
  }

  settled(): SettledRow[] {
    return this.#rows.map(({ found, changes, isKnown }) => {
      const step = isKnown ? oneStep(found.row, changes) : CLASH;
      return { key: found.spellings[0]!, rows: step };
    });
  }

  #find(key: readonly Buffer[] | undefined): number | undefined {
    return key && this.#bySpelling.get(JSON.stringify(key.map(value => value.toString('utf8'))));
  }

  #last(index: number): VersionRow | null {
    const { found, changes } = this.#rows[index]!;
    return changes.length === 0 ? found.row : changes.at(-1)!.row;
  }
}

/** The transaction of a change. */
interface OfCommit {
  readonly commit: Lsn;
  readonly xid: number;
  /** Microseconds since 2000-01-01 UTC. */
  readonly commitTime: bigint;
}

interface RowChange extends OfCommit {
  readonly kind: 'row';
  readonly table: StagedTable;
  /** Absent where the row kept its key, or is new. */
  readonly oldKey?: readonly Buffer[];
  /** Absent for a deleted row. */
  readonly newKey?: readonly Buffer[];
  /** In the order of the table's columns; undefined: a large value that did not change. */
  readonly values?: readonly (Buffer | null | undefined)[];
}

function keysOf({ oldKey, newKey }: RowChange): (readonly Buffer[])[] {
  return [oldKey, newKey].filter(key => key !== undefined);
}

export type StepChange = RowChange | (OfCommit & { readonly kind: 'truncate'; readonly table: StagedTable });

/** Changes of these tables' rows. InputError `cannot-revert` where the log does not name a row by its key; IntegrityError. */
export async function* loggedChanges(ctx: LogContext, stretch: Stretch): AsyncGenerator<StepChange> {
  const { tables, tenant, from, to, partly = false } = stretch;
  const byOid = new Map(tables.map(table => [table.schema.oid, table]));
  const relations = { own: new Map<number, Read>(), system: new Map<number, Read>() };
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

/** A relation of the log, as positions of the staged table's columns. */
interface Read {
  readonly table: StagedTable;
  readonly columns: readonly number[];
  readonly key: readonly number[];
}

function* readFrame(
  { message }: LogFrame,
  relations: Map<number, Read>,
  byOid: ReadonlyMap<number, StagedTable>,
  of: OfCommit,
): Generator<StepChange> {
  const tag = message[0];
  if (tag === TAG.relation) {
    const relation = parseMessage(message) as Relation;
    const table = byOid.get(relation.oid);
    // One that cannot be read is not read as it was before.
    relations.delete(relation.oid);
    if (table) relations.set(relation.oid, readAs(relation, table));
  } else if (tag === TAG.truncate) {
    for (const oid of (parseMessage(message) as Truncate).oids) {
      const table = byOid.get(oid);
      if (table) yield { kind: 'truncate', ...of, table };
    }
  } else if (tag === TAG.insert || tag === TAG.update || tag === TAG.delete) {
    const row = parseMessage(message) as RowMessage;
    const read = relations.get(row.oid);
    if (read) yield changeOf(row, read, of);
  }
}

function changeOf(row: RowMessage, { table, columns, key }: Read, of: OfCommit): RowChange {
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
