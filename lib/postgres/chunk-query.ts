/**
 * The statements of a snapshot: rows of one key range of one tenant in key order, and the database's own count and
 * checksum of the same range. Ranges are [from, to): together they have no holes and no overlap. Bounds are compared
 * with the key columns themselves, hence under the columns' own collations, as ORDER BY does.
 */
import type { KeyBound } from '../domain/manifest.ts';
import { type ColumnSchema, storedColumns, type TableName, type TableSchema } from '../domain/table-schema.ts';
import type { OwnedTable, TenantModel } from '../domain/tenant-model.ts';
import { checksumExpression } from './checksum.ts';
import type { Connection } from './connection.ts';
import { asSourceError } from './source-error.ts';
import {
  chunkKey,
  columnList,
  columnReference,
  fromTable,
  quoteLiteral,
  tenantPredicate,
  unlimitedType,
} from './sql.ts';

/** What the statements need to know of a table; the same for all tenants of a run. */
export interface TableShape {
  readonly owned: OwnedTable;
  readonly schema: TableSchema;
  /** Stored columns in the order of COPY. */
  readonly columns: readonly ColumnSchema[];
  /** Columns by which rows are ordered; empty where the table has no key. */
  readonly key: readonly string[];
  /** Positions of the key in a stored row; undefined where the table cannot be cut by key. */
  readonly keyPositions: readonly number[] | undefined;
}

export interface KeyRange {
  readonly from: KeyBound;
  /** Null: no upper bound. */
  readonly to: KeyBound;
}

/** Rows and checksum of a range, as the database counted them. */
export interface RangeFacts {
  readonly rows: number;
  readonly checksum: string;
}

/** A table with rows of one tenant: shape and WHERE condition. */
export interface TenantTable extends TableShape {
  /** SQL condition over the alias `a`. */
  readonly predicate: string;
}

/** `uncut`: tables whose key has a nondeterministic collation, under which different keys may compare as equal. */
export function tableShape(owned: OwnedTable, schema: TableSchema, uncut: ReadonlySet<TableName>): TableShape {
  const columns = storedColumns(schema);
  const key = chunkKey(owned, schema);
  const positions = key.map(name => columns.findIndex(column => column.name === name));
  const cuttable = key.length > 0 && !positions.includes(-1) && !uncut.has(owned.table);
  return { owned, schema, columns, key, keyPositions: cuttable ? positions : undefined };
}

export function tenantTable(
  shape: TableShape,
  schemas: ReadonlyMap<TableName, TableSchema>,
  model: TenantModel,
  tenant: string,
): TenantTable {
  return { ...shape, predicate: tenantPredicate(shape.owned, schemas, 'a', quoteLiteral(tenant), model) };
}

/** `COPY (…) TO STDOUT` of one range, in key order. */
export function copyStatement(table: TenantTable, range: KeyRange): string {
  const columns = columnList(
    table.columns.map(column => column.name),
    'a',
  );
  return `COPY (SELECT ${columns} FROM ${fromTable(table.schema)} AS a WHERE ${condition(table, range)} ORDER BY ${order(table)}) TO STDOUT`;
}

interface RangeQuestion {
  readonly table: TenantTable;
  readonly range: KeyRange;
}

/**
 * Counts and checksums of ranges, in the order given; one statement. Ranges that follow one another without a hole are
 * read in one pass: a table that is reached through a parent would else be joined with it anew for every chunk.
 */
export async function readRangeFacts(connection: Connection, ranges: readonly RangeQuestion[]): Promise<RangeFacts[]> {
  if (ranges.length === 0) return [];
  const selects = adjacentRuns(ranges).map(({ first, run }) => {
    const { table } = run[0]!;
    const whole = { from: run[0]!.range.from, to: run.at(-1)!.range.to };
    const place = run.length === 1 ? `${first}` : `${first} + ${bucket(run)}`;
    return (
      `SELECT ${place} AS place, count(*)::text AS rows, ${checksumExpression(table.columns, 'a')}::text AS checksum ` +
      `FROM ${fromTable(table.schema)} AS a WHERE ${condition(table, whole)}${run.length === 1 ? '' : ' GROUP BY 1'}`
    );
  });
  const facts: RangeFacts[] = ranges.map(() => ({ rows: 0, checksum: '0' }));
  try {
    const { rows } = await connection.query(selects.join(' UNION ALL '));
    for (const row of rows) facts[row.place] = { rows: Number(row.rows), checksum: row.checksum };
  } catch (error) {
    throw asSourceError(error, 'counting rows');
  }
  return facts;
}

function adjacentRuns(ranges: readonly RangeQuestion[]): { first: number; run: RangeQuestion[] }[] {
  const runs: { first: number; run: RangeQuestion[] }[] = [];
  for (const [place, question] of ranges.entries()) {
    const before = runs.at(-1)?.run.at(-1);
    const from = question.range.from;
    const adjacent =
      before?.table === question.table &&
      from !== null &&
      canBucket(question.table) &&
      sameBound(before.range.to, from);
    if (adjacent) runs.at(-1)!.run.push(question);
    else runs.push({ first: place, run: [question] });
  }
  return runs;
}

function sameBound(a: KeyBound, b: KeyBound): boolean {
  return a !== null && b !== null && a.length === b.length && a.every((value, i) => value === b[i]);
}

/** Keys that `width_bucket` compares as the ranges do: of base types, and rows of them only without collations. */
function canBucket(table: TableShape): boolean {
  const columns = table.key.map(name => table.schema.columns.find(column => column.name === name)!);
  const plain = columns.every(column => column.typeKind === 'b');
  return columns.length > 0 && plain && (columns.length === 1 || columns.every(column => column.collation === null));
}

/** SQL of the place of a row's range within the run: the number of ranges that begin at or before the row's key. */
function bucket(run: readonly RangeQuestion[]): string {
  const { table } = run[0]!;
  const types = keyTypes(table);
  const row = (values: readonly string[]) => (values.length === 1 ? values[0]! : `ROW(${values.join(', ')})`);
  const key = row(table.key.map(name => columnReference(name, 'a')));
  const starts = run
    .slice(1)
    .map(({ range }) => row(range.from!.map((value, i) => `${quoteLiteral(value)}::${types[i]}`)));
  return `width_bucket(${key}, ARRAY[${starts.join(', ')}])`;
}

export function condition(table: TenantTable, { from, to }: KeyRange): string {
  return [table.predicate, ...boundary(table, '>=', from), ...boundary(table, '<', to)].join(' AND ');
}

/**
 * One end of a range. The comparison of the first column alone follows from that of the rows, but the planner can
 * estimate only the former: without it, it takes a few rows for a tenth of the table.
 */
function boundary(table: TableShape, operator: '>=' | '<', bound: KeyBound): string[] {
  if (bound === null || bound.length === 0) return [];
  const types = keyTypes(table);
  const values = bound.map((value, i) => `${quoteLiteral(value)}::${types[i]}`);
  const columns = table.key.map(name => columnReference(name, 'a'));
  if (table.key.length === 1) return [`${columns[0]} ${operator} ${values[0]}`];
  const first = operator === '<' ? '<=' : operator;
  return [`(${columns.join(', ')}) ${operator} (${values.join(', ')})`, `${columns[0]} ${first} ${values[0]}`];
}

/** The key's columns over the alias `a`, in order. Rows without a key are ordered by their text: the same each time. */
export function order(table: TableShape): string {
  if (table.key.length > 0) return columnList(table.key, 'a');
  return `ROW(${columnList(
    table.columns.map(column => column.name),
    'a',
  )})::text COLLATE "C"`;
}

export function keyTypes(table: TableShape): string[] {
  return table.key.map(name => unlimitedType(table.schema.columns.find(column => column.name === name)!.type));
}
