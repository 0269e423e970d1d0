/**
 * A side-by-side restore: the staging schema becomes a schema for people, with the tables under their real names, a
 * primary key each, and safe against a crash of the server (logged). It holds copies: no live table refers to it. Only the role that
 * restored may use it; who else may is for people to grant.
 */
import type { TableName } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import type { RowCondition } from '../diff/row-filter.ts';
import { columnList, parseTableName, quoteIdentifier } from '../sql.ts';
import { makePrivate } from './private-schema.ts';
import type { StagedTable } from './staging.ts';
import { dropProgress, mustBeStaged } from './staging-progress.ts';

/**
 * Renames schema and tables; rows of `conditions` tables that do not satisfy any are left out. Returns the names of the
 * tables in the new schema by their name in the model.
 */
export async function handOver(
  connection: Connection,
  staging: { schema: string; tables: readonly StagedTable[] },
  schema: string,
  conditions: ReadonlyMap<TableName, readonly RowCondition[]>,
): Promise<Record<TableName, string>> {
  const names: Record<TableName, string> = {};
  await connection.query('BEGIN');
  await mustBeStaged(connection, staging.schema);
  await connection.query(dropProgress(staging.schema));
  await connection.query(`ALTER SCHEMA ${quoteIdentifier(staging.schema)} RENAME TO ${quoteIdentifier(schema)}`);
  for (const table of staging.tables) {
    const present = `${quoteIdentifier(schema)}.${table.staged.slice(quoteIdentifier(staging.schema).length + 1)}`;
    const wanted = conditions.get(table.table) ?? [];
    if (wanted.length > 0) {
      const holds = wanted.map(condition => condition('s')).join(' OR ');
      await connection.query(`DELETE FROM ${present} AS s WHERE NOT coalesce(${holds}, false)`);
    }
    const name = freeName(table.table, Object.values(names));
    await connection.query(`ALTER TABLE ${present} SET LOGGED`);
    await connection.query(`ALTER TABLE ${present} RENAME TO ${quoteIdentifier(name)}`);
    const key = table.schema.key;
    const full = `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
    if (key.length > 0) await connection.query(`ALTER TABLE ${full} ADD PRIMARY KEY (${columnList(key)})`);
    names[table.table] = name;
  }
  await makePrivate(connection, schema);
  await connection.query('COMMIT');
  return Object.fromEntries(
    Object.entries(names).map(([table, name]) => [table, `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`]),
  );
}

/** The table's own name; with its schema in front where two schemas have one of that name. */
function freeName(table: TableName, taken: readonly string[]): string {
  const parts = parseTableName(table);
  return taken.includes(parts.table) ? `${parts.schema}.${parts.table}` : parts.table;
}
