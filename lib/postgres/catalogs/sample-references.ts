/**
 * Whether the values of a column are keys of other tables: a bounded read-only sample, each statement under a short
 * statement_timeout. Only built-in types are compared, so that no code of the application runs; no value leaves the
 * database. What cannot be read (privileges, time) counts as not sampled.
 */
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import type { UndeclaredReference } from '../../domain/undeclared-references.ts';
import type { Connection } from '../connection.ts';
import { columnReference, fromTable } from '../sql.ts';

export interface SampleLimits {
  /** Sampled rows of a column, and the maximum distinct values among them. */
  readonly rows: number;
  readonly values: number;
  /** Timeout for one column, in milliseconds. */
  readonly timeoutMs: number;
  /** Timeout for all columns, in milliseconds. */
  readonly totalMs: number;
}

const LIMITS: SampleLimits = { rows: 1_000, values: 100, timeoutMs: 2_000, totalMs: 60_000 };

const BUILT_IN = /^(smallint|integer|bigint|uuid|text|character varying(\(\d+\))?)$/;

/** The same references, with the results of the sample. */
export async function sampleReferences(
  connection: Connection,
  tables: readonly TableSchema[],
  references: readonly UndeclaredReference[],
  limits = LIMITS,
): Promise<UndeclaredReference[]> {
  const schemas = new Map(tables.map(table => [table.table, table]));
  const until = performance.now() + limits.totalMs;
  const result: UndeclaredReference[] = [];
  for (const group of Map.groupBy(references, ({ table, column }) => JSON.stringify([table, column])).values()) {
    const inTime = performance.now() < until;
    const seen = inTime && comparable(group, schemas) ? await sample(connection, group, schemas, limits) : undefined;
    result.push(...(seen ?? group));
  }
  return result;
}

function comparable(group: readonly UndeclaredReference[], schemas: ReadonlyMap<TableName, TableSchema>): boolean {
  const typeOf = (table: TableName, name: string) =>
    schemas.get(table)?.columns.find(column => column.name === name)?.type ?? '';
  return group.every(
    ({ table, column, references, referencedColumn }) =>
      BUILT_IN.test(typeOf(table, column)) && BUILT_IN.test(typeOf(references, referencedColumn)),
  );
}

async function sample(
  connection: Connection,
  group: readonly UndeclaredReference[],
  schemas: ReadonlyMap<TableName, TableSchema>,
  limits: SampleLimits,
): Promise<UndeclaredReference[] | undefined> {
  const { table, column } = group[0]!;
  const value = columnReference(column, 'c');
  const found = group.map(
    ({ references, referencedColumn }) =>
      `(SELECT count(*)::int FROM seen WHERE EXISTS (
          SELECT FROM ${fromTable(schemas.get(references)!)} AS p WHERE ${columnReference(referencedColumn, 'p')} = seen.v))`,
  );
  const text = `
    WITH raw AS MATERIALIZED (
      SELECT ${value} AS v FROM ${fromTable(schemas.get(table)!)} AS c WHERE ${value} IS NOT NULL LIMIT ${limits.rows}
    ), seen AS MATERIALIZED (SELECT DISTINCT v FROM raw LIMIT ${limits.values})
    SELECT (SELECT count(*)::int FROM seen) AS sampled, ARRAY[${found.join(', ')}] AS found`;
  const seen = await look(connection, text, limits.timeoutMs);
  return seen && group.map((reference, i) => ({ ...reference, sampled: seen.sampled, found: seen.found[i] }));
}

/** For tables with rows: whether some have NULL in one of the columns. */
export async function sampleNulls(
  connection: Connection,
  tables: readonly { readonly schema: TableSchema; readonly columns: readonly string[] }[],
  limits = LIMITS,
): Promise<Map<TableName, boolean>> {
  const until = performance.now() + limits.totalMs;
  const found = new Map<TableName, boolean>();
  for (const { schema, columns } of tables) {
    if (performance.now() > until) break;
    const from = `FROM ${fromTable(schema)} AS t`;
    const isNull = columns.map(column => `${columnReference(column, 't')} IS NULL`).join(' OR ');
    const text = `SELECT EXISTS (SELECT ${from}) AS rows, EXISTS (SELECT ${from} WHERE ${isNull}) AS nulls`;
    const seen = await look(connection, text, limits.timeoutMs);
    if (seen?.rows) found.set(schema.table, seen.nulls);
  }
  return found;
}

/** The single result row; undefined if the database refuses or the statement times out. */
// biome-ignore lint/suspicious/noExplicitAny: each query has its own columns
async function look(connection: Connection, text: string, timeoutMs: number): Promise<any> {
  await connection.query('BEGIN READ ONLY');
  try {
    await connection.query(`SET LOCAL statement_timeout = ${timeoutMs}`);
    return (await connection.query(text)).rows[0];
  } catch {
    return undefined;
  } finally {
    await connection.query('ROLLBACK');
  }
}
