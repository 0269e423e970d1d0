/**
 * One table of a staged state, while it is being built. Columns are named by attribute number (`c7`) until the state is
 * complete, so that renames along the log cost nothing and can never collide; `finish` gives them their names at the
 * target. No type of the application's is used (type-choice.ts): no value is lost, and none of its code runs.
 */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { formatLsn, type Lsn, LsnText, parseLsn } from '../../domain/lsn.ts';
import { renamedColumns, withRenamed } from '../../domain/renamed-model.ts';
import { type ColumnSchema, Equality, storedColumns, type TableName, TableSchema } from '../../domain/table-schema.ts';
import { type OwnedTable, routingColumns } from '../../domain/tenant-model.ts';
import type { Connection } from '../connection.ts';
import { runTogether } from '../run-together.ts';
import { chunkKey, quoteIdentifier, quoteLiteral } from '../sql.ts';
import { makePrivate } from './private-schema.ts';
import type { StagedColumn } from './staging.ts';
import type { TypeChoice } from './type-choice.ts';

/** What changes of a staged table while it is built: kept beside its rows, for the next call (staging-progress.ts). */
export const StageTableState = z.object({
  schema: TableSchema,
  columns: z.array(
    z.object({
      name: z.string(),
      number: z.number().int(),
      stagedType: z.string(),
      asText: z.boolean(),
      physical: z.string(),
      equality: Equality.optional(),
      relabel: z.array(z.tuple([z.string(), z.string()])).optional(),
      reshaped: z.union([z.number().int(), z.literal('lost')]).optional(),
    }),
  ),
  indexed: z.string().nullable(),
  hasPending: z.boolean(),
  hasBatch: z.boolean(),
  hasLeftOut: z.boolean(),
  undecided: LsnText.nullable().default(null),
  arrived: z.boolean().default(false),
  unfilled: z.array(z.number().int()),
  /** Of a finished table. */
  rows: z.number().int().nullable(),
});
export type StageTableState = z.infer<typeof StageTableState>;

export class StageTable {
  /** The staging schema, unquoted. */
  readonly area: string;
  /** What the area's parts are told apart by. */
  readonly number: number;
  readonly table: TableName;
  /** With the columns' names as `schema` has them, also those of its parents. */
  owned: OwnedTable;
  readonly dependency: boolean;
  /** Quoted, qualified. */
  readonly staged: string;
  /** Quoted, qualified: changes of rows that staging does not hold (pending-rows.ts). */
  readonly pending: string;
  readonly batch: string;
  schema: TableSchema;
  columns: (StagedColumn & { readonly physical: string })[];
  /** Columns of the index that replay matches rows by; undefined: none yet. */
  indexed: string | undefined;
  hasPending = false;
  hasBatch = false;
  /** Rows were moved out because their subject was erased. */
  hasLeftOut = false;
  /** The transaction (its commit) that put rows in whose owner is decided when it is through. */
  undecided: Lsn | undefined;
  /** Rows came from another tenant; of the rows that refer to them, the log says nothing. */
  arrived = false;
  /** Columns that came along the log without a value for older rows, though they may not be null. */
  readonly unfilled = new Set<number>();
  /** Rows of the finished table; null before. */
  rows: number | null = null;

  constructor(area: string, number: number, owned: OwnedTable, schema: TableSchema, dependency: boolean) {
    const name = (prefix: string) => `${quoteIdentifier(area)}.${prefix}${number}`;
    this.area = area;
    this.number = number;
    this.table = schema.table;
    this.owned = owned;
    this.dependency = dependency;
    this.staged = name('t');
    this.pending = name('p');
    this.batch = name('b');
    this.schema = schema;
    this.columns = [];
  }

  /** The column at the target by its name. */
  column(name: string): (StagedColumn & { readonly physical: string }) | undefined {
    return this.columns.find(column => column.name === name);
  }

  /** Physical names of columns, in the order of the names. */
  physical(names: readonly string[]): string[] {
    return names.map(name => {
      const column = this.column(name);
      if (!column) throw new Error(`The staged table of ${this.table} has no column of the model.`);
      return column.physical;
    });
  }

  state(): StageTableState {
    const { schema, columns, hasPending, hasBatch, hasLeftOut, arrived, rows } = this;
    return {
      ...{ schema, columns, hasPending, hasBatch, hasLeftOut, arrived, rows },
      indexed: this.indexed ?? null,
      undecided: this.undecided === undefined ? null : formatLsn(this.undecided),
      unfilled: [...this.unfilled],
    };
  }

  /** Takes up what another process left. */
  resume(state: StageTableState): void {
    this.schema = state.schema;
    this.columns = state.columns;
    this.indexed = state.indexed ?? undefined;
    this.hasPending = state.hasPending;
    this.hasBatch = state.hasBatch;
    this.hasLeftOut = state.hasLeftOut;
    this.arrived = state.arrived;
    this.undecided = state.undecided === null ? undefined : parseLsn(state.undecided);
    this.unfilled.clear();
    for (const number of state.unfilled) this.unfilled.add(number);
    this.rows = state.rows;
  }

  get key(): string[] {
    const key = chunkKey(this.owned, this.schema);
    return key.every(name => this.column(name)) ? key : [];
  }
}

/** Has the entries of all staged tables name the table's columns as its present definition does. */
export function followNames(stages: Iterable<StageTable>, { table, schema }: StageTable, before: TableSchema): void {
  const names = renamedColumns(before, schema);
  if (names.size > 0) for (const stage of stages) stage.owned = withRenamed(stage.owned, table, names);
}

/** Physical names of the columns that say whose row it is. */
export function routing(stage: StageTable): string[] {
  return stage.physical(routingColumns(stage.owned));
}

/** Makes the unlogged tables, empty, in one transaction. */
export async function createStageTables(
  connection: Connection,
  stages: readonly StageTable[],
  types: TypeChoice,
): Promise<void> {
  await types.look(stages.flatMap(stage => storedColumns(stage.schema)));
  const statements: string[] = [];
  for (const stage of stages) {
    for (const column of storedColumns(stage.schema)) stage.columns.push(await types.stagedColumn(column));
    const columns = stage.columns.map(({ physical, stagedType }) => `${physical} ${stagedType}`);
    statements.push(`CREATE UNLOGGED TABLE ${stage.staged} (${columns.join(', ')}) WITH (autovacuum_enabled = off)`);
  }
  await runTogether(connection, statements);
  for (const area of new Set(stages.map(stage => stage.area))) await makePrivate(connection, area);
}

/**
 * Makes the staged table follow a change of the live one along the log: columns by attribute number. Rows that are
 * there get what PostgreSQL gave them: the noted default of older rows, else NULL. Inside the caller's transaction.
 * Returns sentences for people.
 */
export async function followSchema(
  connection: Connection,
  stage: StageTable,
  schema: TableSchema,
  types: TypeChoice,
): Promise<string[]> {
  if (stage.schema === schema) return [];
  if (isDeepStrictEqual(stage.schema, schema)) {
    // The same definition, as another process read it.
    stage.schema = schema;
    return [];
  }
  await connection.query(`DROP TABLE IF EXISTS ${stage.batch}`);
  stage.hasBatch = false;
  if (schema.oid !== stage.schema.oid) return startAnew(connection, stage, schema, types);
  const notes: string[] = [];
  const wanted = storedColumns(schema);
  const next: StageTable['columns'] = [];
  for (const column of wanted) {
    const before = stage.columns.find(candidate => candidate.number === column.number);
    if (!before) next.push(await addColumn(connection, stage, column, types));
    else if (typeOf(stage.schema, column.number) === column.type) next.push({ ...before, name: column.name });
    else next.push(await retype(connection, stage, column, types, notes));
  }
  for (const gone of stage.columns.filter(column => !wanted.some(candidate => candidate.number === column.number))) {
    await connection.query(`ALTER TABLE ${stage.staged} DROP COLUMN ${gone.physical}`);
    stage.unfilled.delete(gone.number);
  }
  stage.columns = next;
  stage.schema = schema;
  stage.indexed = undefined;
  return notes;
}

/** The live table was dropped and made again: no row of the old one was in it. */
async function startAnew(
  connection: Connection,
  stage: StageTable,
  schema: TableSchema,
  types: TypeChoice,
): Promise<string[]> {
  await connection.query(`DROP TABLE ${stage.staged}`);
  if (stage.hasPending) await connection.query(`TRUNCATE ${stage.pending}`);
  stage.schema = schema;
  stage.columns = [];
  stage.indexed = undefined;
  stage.unfilled.clear();
  await createStageTables(connection, [stage], types);
  return [
    `${stage.table} was dropped and created again between the snapshot and the target: its earlier rows are not part of the state.`,
  ];
}

async function addColumn(connection: Connection, stage: StageTable, column: ColumnSchema, types: TypeChoice) {
  const staged = await types.stagedColumn(column);
  const value = column.missing === null ? '' : ` DEFAULT ${quoteLiteral(column.missing)}::${staged.stagedType}`;
  await connection.query(`ALTER TABLE ${stage.staged} ADD COLUMN ${staged.physical} ${staged.stagedType}${value}`);
  if (value) await connection.query(`ALTER TABLE ${stage.staged} ALTER COLUMN ${staged.physical} DROP DEFAULT`);
  else if (column.notNull) stage.unfilled.add(column.number);
  return staged;
}

async function retype(
  connection: Connection,
  stage: StageTable,
  column: ColumnSchema,
  types: TypeChoice,
  notes: string[],
) {
  const staged = await types.stagedColumn(column);
  const change = (type: string) =>
    connection.query(
      `ALTER TABLE ${stage.staged} ALTER COLUMN ${staged.physical} TYPE ${type} USING ${staged.physical}::text::${type}`,
    );
  notes.push(
    `The column ${column.name} of ${stage.table} changed its type between the snapshot and the target: values written before were cast.`,
  );
  await connection.query('SAVEPOINT retype');
  try {
    await change(staged.stagedType);
    await connection.query('RELEASE SAVEPOINT retype');
    return staged;
  } catch {
    await connection.query('ROLLBACK TO SAVEPOINT retype');
    await change('text');
    return { ...staged, stagedType: 'text', asText: true };
  }
}

function typeOf(schema: TableSchema, number: number): string | undefined {
  return schema.columns.find(column => column.number === number)?.type;
}
