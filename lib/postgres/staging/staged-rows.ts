/** Reads single rows of a staged state by their keys, every value as its type prints it: as the log has them. */
import type { Connection } from '../connection.ts';
import { textOf } from '../equality.ts';
import { asSourceError } from '../source-error.ts';
import { columnReference } from '../sql.ts';
import type { StagedTable } from './staging.ts';

/** A value for each column by its name; null is NULL. */
export type StagedRow = Readonly<Record<string, string | null>>;

/** Keys per statement. */
const BATCH = 1000;

/**
 * The rows with these keys, whose values are in the order of `key`: columns of the table. SourceError.
 */
export async function readStagedRows(
  connection: Connection,
  table: Pick<StagedTable, 'table' | 'staged' | 'columns'>,
  key: readonly string[],
  keys: readonly (readonly (string | null)[])[],
): Promise<StagedRow[]> {
  const columns = table.columns.map(column => column.name);
  const values = columns.map(name => textOf(columnReference(name, 's'))).join(', ');
  const matches = key.map((name, index) => `${textOf(columnReference(name, 's'))} = k.k${index}`).join(' AND ');
  const names = key.map((_, index) => `k${index}`).join(', ');
  const lists = key.map((_, index) => `$${index + 1}::text[]`).join(', ');
  const sql = `SELECT ARRAY[${values}]::text[] AS row FROM ${table.staged} AS s JOIN unnest(${lists}) AS k (${names}) ON ${matches}`;
  const found: StagedRow[] = [];
  for (let at = 0; at < keys.length; at += BATCH) {
    const some = keys.slice(at, at + BATCH);
    try {
      const { rows } = await connection.query(
        sql,
        key.map((_, index) => some.map(each => each[index] ?? null)),
      );
      for (const { row } of rows)
        found.push(Object.fromEntries(columns.map((name, index) => [name, row[index] as string | null])));
    } catch (error) {
      throw asSourceError(error, `reading staged rows of ${table.table}`);
    }
  }
  return found;
}
