/**
 * The statement of a snapshot: rows of one key range of one tenant in key order, with the database's own hash of each,
 * and at its end the database's count. Ranges are [from, to): together they have no holes and no overlap. Bounds are compared
 * with the key columns themselves, hence under the columns' own collations, as ORDER BY does.
 */
import type { KeyBound } from '../../domain/chunk-page.ts';
import {
  type ColumnSchema,
  type Equality,
  storedColumns,
  type TableName,
  type TableSchema,
} from '../../domain/table-schema.ts';
import type { OwnedTable, TenantModel } from '../../domain/tenant-model.ts';
import { valueType } from '../equality.ts';
import { chunkKey, columnList, columnReference, fromTable, quoteLiteral, tenantPredicate } from '../sql.ts';
import { rowHashExpression } from './checksum.ts';

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

/** A table with rows of one tenant: shape and WHERE condition. */
export interface TenantTable extends TableShape {
  /** SQL condition over the alias `a`. */
  readonly predicate: string;
}

/**
 * `uncut`: tables whose key has a nondeterministic collation, under which different keys may compare as equal. Keys of
 * extensions' types are not cut either: their comparisons are not found by a bare sign.
 */
export function tableShape(owned: OwnedTable, schema: TableSchema, uncut: ReadonlySet<TableName>): TableShape {
  const columns = storedColumns(schema);
  const key = chunkKey(owned, schema);
  const positions = key.map(name => columns.findIndex(column => column.name === name));
  const ordered = positions.every(at => isPlain(columns[at]?.equality));
  const cuttable = key.length > 0 && !positions.includes(-1) && ordered && !uncut.has(owned.table);
  return { owned, schema, columns, key, keyPositions: cuttable ? positions : undefined };
}

function isPlain(equality: Equality | undefined): boolean {
  return equality === undefined || equality.operator === 'OPERATOR(pg_catalog.=)';
}

export function tenantTable(
  shape: TableShape,
  schemas: ReadonlyMap<TableName, TableSchema>,
  model: TenantModel,
  tenant: string,
): TenantTable {
  return { ...shape, predicate: tenantPredicate(shape.owned, schemas, 'a', quoteLiteral(tenant), model) };
}

/**
 * `COPY (…) TO STDOUT` of one range, in key order. Each row ends with one more column, which is not stored: the
 * database's own hash of the row. A second statement for the sums would read every row, and join every via table with
 * its parents, again; a running sum in the database costs twice as much as the hash.
 */
export function copyStatement(table: TenantTable, range: KeyRange): string {
  const columns = columnList(
    table.columns.map(column => column.name),
    'a',
  );
  const hash = rowHashExpression(table.columns, 'a');
  return `COPY (SELECT ${columns}, ${hash} FROM ${fromTable(table.schema)} AS a WHERE ${condition(table, range)} ORDER BY ${order(table)}) TO STDOUT`;
}

/**
 * The same for many ranges with both ends: one statement to plan instead of one each, which costs more than reading a chunk.
 * Each row begins with one more column, the number of its range. The ranges come in their order: the join with the
 * table depends on the list, which is therefore the outer side of a nested loop; the reader checks that.
 */
export function copyRangesStatement(table: TenantTable, ranges: readonly KeyRange[]): string {
  const columns = columnList(
    table.columns.map(column => column.name),
    'a',
  );
  const types = keyTypes(table);
  const bounds = ({ from, to }: KeyRange) =>
    [...from!, ...to!].map((value, i) => `${quoteLiteral(value)}::${types[i % types.length]}`);
  const list = ranges.map((range, number) => `(${number}, ${bounds(range).join(', ')})`).join(', ');
  const [from, to] = ['f', 't'].map(end => types.map((_, i) => `r.${end}${i}`));
  const names = [...from!, ...to!].map(name => name.slice(2)).join(', ');
  const within = [table.predicate, ...compared(table, '>=', from!), ...compared(table, '<', to!)].join(' AND ');
  return `COPY (SELECT r.n, x.* FROM (VALUES ${list}) AS r (n, ${names}), LATERAL (
    SELECT ${columns}, ${rowHashExpression(table.columns, 'a')} FROM ${fromTable(table.schema)} AS a WHERE ${within} ORDER BY ${order(table)} OFFSET 0
  ) AS x) TO STDOUT`;
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
  return compared(
    table,
    operator,
    bound.map((value, i) => `${quoteLiteral(value)}::${types[i]}`),
  );
}

/** `values`: SQL of the bound's values, in the order of the key. */
function compared(table: TableShape, operator: '>=' | '<', values: readonly string[]): string[] {
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
  return table.key.map(name => valueType(table.schema.columns.find(column => column.name === name)!));
}
