/**
 * Reads the rows of a staged table for an export, in the order of their key: the same state gives the same bytes, so that an
 * export that was interrupted is continued table by table. The server writes COPY text and CSV itself. Invariant: rows are
 * read from the staging schema alone, and memory is what the reader takes.
 */
import { to as copyTo } from 'pg-copy-streams';
import type { Connection } from '../connection.ts';
import { printed } from '../equality.ts';
import { asSourceError } from '../source-error.ts';
import { columnList, columnReference } from '../sql.ts';
import type { StagedTable } from '../staging/staging.ts';

/** How a value is read: as its type prints it, or as a whole number since 1970-01-01 (UTC where the type has a zone). */
export type ReadAs = 'text' | 'days' | 'microseconds';

/** What of a staged table is read. */
export type UnloadedTable = Pick<StagedTable, 'table' | 'staged' | 'key'> & {
  readonly columns: readonly { readonly name: string; readonly readAs: ReadAs }[];
};

export interface UnloadedRows {
  /** COPY text, or CSV with a header. Throws SourceError. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** As the server counted them, after the last piece. */
  rows(): number;
}

export function unloadRows(connection: Connection, table: UnloadedTable, form: 'text' | 'csv'): UnloadedRows {
  const options = form === 'csv' ? ' WITH (FORMAT csv, HEADER)' : '';
  const copy = copyTo(`COPY (${selectRows(table)}) TO STDOUT${options}`);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of connection.query(copy)) yield piece as Uint8Array;
    } catch (error) {
      throw asSourceError(error, `reading staged rows of ${table.table}`);
    }
  }
  return { pieces: pieces(), rows: () => copy.rowCount };
}

/** Without a key, rows are ordered by all that they say. */
function selectRows({ staged, key, columns }: UnloadedTable): string {
  const names = columns.map(({ name }) => name);
  const values = columns.map(
    ({ name, readAs }) => `${valueSql(columnReference(name, 's'), readAs)} AS ${columnList([name])}`,
  );
  const order = key.length > 0 ? columnList(key, 's') : printed(columnList(names, 's'));
  return `SELECT ${values.join(', ')} FROM ${staged} AS s ORDER BY ${order}`;
}

function valueSql(value: string, readAs: ReadAs): string {
  if (readAs === 'days') return `${value} - '1970-01-01'::pg_catalog.date`;
  if (readAs === 'microseconds') return `(EXTRACT(epoch FROM ${value}) * 1000000)::pg_catalog.int8`;
  return value;
}

/** The first moment whose microseconds no 64-bit number holds. */
const TOO_LATE = '294247-01-01';

/** Of these columns (dates and timestamps), those with a value that no number of days or microseconds is. SourceError. */
export async function unboundedColumns(
  connection: Connection,
  { table, staged }: Pick<StagedTable, 'table' | 'staged'>,
  columns: readonly string[],
): Promise<ReadonlySet<string>> {
  if (columns.length === 0) return new Set();
  const checks = columns.map((name, index) => {
    const value = columnReference(name, 's');
    return `pg_catalog.bool_or(${value} >= '${TOO_LATE}' OR ${value} = '-infinity') AS c${index}`;
  });
  try {
    const { rows } = await connection.query(`SELECT ${checks.join(', ')} FROM ${staged} AS s`);
    return new Set(columns.filter((_, index) => rows[0][`c${index}`] === true));
  } catch (error) {
    throw asSourceError(error, `reading staged rows of ${table}`);
  }
}
