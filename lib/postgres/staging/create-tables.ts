/**
 * Makes what a tenant's rows need in a database that has not got it: schemas, extensions, types, tables with their keys
 * and the foreign keys among them. What is already there is left as it is. A partitioned table becomes an ordinary one.
 */
import { InputError } from '../../domain/errors.ts';
import type { ColumnSchema, DatabaseSchema, TableName, TableSchema } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { columnList, parseTableName, quoteIdentifier, quoteTable } from '../sql.ts';

export interface CreateOptions {
  /** For messages. */
  readonly place: string;
  /** The role that is to own the tables; absent: the one connected. */
  readonly owner?: string;
}

/** Creates the named tables where they are missing, in one transaction. InputError `cannot-create` with the SQLSTATE. */
export async function createTables(
  connection: Connection,
  database: DatabaseSchema,
  names: readonly TableName[],
  options: CreateOptions = { place: 'the other database' },
): Promise<TableName[]> {
  const wanted = database.tables.filter(schema => names.includes(schema.table));
  const missing: TableSchema[] = [];
  await connection.query('BEGIN');
  try {
    for (const schema of wanted) if (!(await exists(connection, 'to_regclass', schema.table))) missing.push(schema);
    const schemas = [...missing.map(schema => schema.table), ...database.types.map(type => type.name)];
    // IF NOT EXISTS asks for the privilege to create, also where there is nothing to do.
    for (const name of new Set(schemas.map(schema => parseTableName(schema).schema)))
      if (!(await has(connection, 'pg_namespace', 'nspname', name)))
        await connection.query(`CREATE SCHEMA ${quoteIdentifier(name)}`);
    for (const extension of database.extensions)
      if (!(await has(connection, 'pg_extension', 'extname', extension)))
        await connection.query(`CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(extension)}`);
    for (const type of database.types)
      if (!(await exists(connection, 'to_regtype', type.name))) await connection.query(type.ddl);
    for (const schema of missing) await createTable(connection, schema);
    for (const schema of missing) await addForeignKeys(connection, schema);
    for (const schema of options.owner === undefined ? [] : missing)
      await connection.query(`ALTER TABLE ${quoteTable(schema.table)} OWNER TO ${quoteIdentifier(options.owner!)}`);
    await connection.query('COMMIT');
  } catch (cause) {
    await connection.query('ROLLBACK').catch(() => {});
    const state = (cause as { code?: string }).code ?? 'unknown';
    throw new InputError('cannot-create', `The tables cannot be created in ${options.place} (SQLSTATE ${state}).`, {
      hint: 'Create the schema there first (run your migrations), then run this again.',
      cause,
    });
  }
  return missing.map(schema => schema.table);
}

async function exists(connection: Connection, by: 'to_regclass' | 'to_regtype', name: string): Promise<boolean> {
  const { rows } = await connection.query(`SELECT ${by}($1) IS NOT NULL AS found`, [name]);
  return (rows[0] as { found: boolean }).found;
}

async function has(
  connection: Connection,
  catalog: 'pg_namespace' | 'pg_extension',
  column: 'nspname' | 'extname',
  name: string,
): Promise<boolean> {
  const { rows } = await connection.query(`SELECT 1 FROM pg_catalog.${catalog} WHERE ${column} = $1`, [name]);
  return rows.length > 0;
}

async function createTable(connection: Connection, schema: TableSchema): Promise<void> {
  for (const column of schema.columns.filter(isSerial))
    await connection.query(`CREATE SEQUENCE IF NOT EXISTS ${quoteTable(column.sequence!)}`);
  const lines = schema.columns.map(columnLine);
  for (const key of schema.uniqueKeys.filter(candidate => candidate.predicate === null)) {
    const nulls = key.nullsNotDistinct && !key.primary ? ' NULLS NOT DISTINCT' : '';
    lines.push(`${key.primary ? 'PRIMARY KEY' : `UNIQUE${nulls}`} (${columnList(key.columns)})`);
  }
  await connection.query(`CREATE TABLE ${quoteTable(schema.table)} (${lines.join(', ')})`);
  for (const key of schema.uniqueKeys.filter(candidate => candidate.predicate !== null))
    await connection.query(
      `CREATE UNIQUE INDEX ON ${quoteTable(schema.table)} (${columnList(key.columns)})${key.nullsNotDistinct ? ' NULLS NOT DISTINCT' : ''} WHERE ${key.predicate}`,
    );
  for (const column of schema.columns.filter(isSerial))
    await connection.query(
      `ALTER SEQUENCE ${quoteTable(column.sequence!)} OWNED BY ${quoteTable(schema.table)}.${quoteIdentifier(column.name)}`,
    );
}

const isSerial = (column: ColumnSchema) => column.sequence !== null && column.identity === '';

function columnLine(column: ColumnSchema): string {
  const parts = [quoteIdentifier(column.name), column.type];
  if (column.generated !== '')
    parts.push(`GENERATED ALWAYS AS (${column.default}) ${column.generated === 'v' ? 'VIRTUAL' : 'STORED'}`);
  else if (column.identity !== '')
    parts.push(`GENERATED ${column.identity === 'a' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`);
  else if (column.default !== null && (isSerial(column) || isPortable(column.default)))
    parts.push(`DEFAULT ${column.default}`);
  if (column.notNull) parts.push('NOT NULL');
  return parts.join(' ');
}

/** Defaults that need no function of the application's. */
export function isPortable(expression: string): boolean {
  return (
    !expression.includes('(') || /^(now|gen_random_uuid|clock_timestamp|statement_timestamp)\(\)$/.test(expression)
  );
}

async function addForeignKeys(connection: Connection, schema: TableSchema): Promise<void> {
  for (const key of schema.foreignKeys) {
    if (!(await exists(connection, 'to_regclass', key.references))) continue;
    await connection.query(
      `ALTER TABLE ${quoteTable(schema.table)} ADD CONSTRAINT ${quoteIdentifier(key.name)} FOREIGN KEY (${columnList(key.columns)})
         REFERENCES ${quoteTable(key.references)} (${columnList(key.referencedColumns)})${key.deferrable ? ' DEFERRABLE' : ''}`,
    );
  }
}
