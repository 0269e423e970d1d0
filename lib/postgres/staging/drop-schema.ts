/** Schemas of staged rows, removed or asked for by name. */
import { type Connection, type Source, withConnection } from '../connection.ts';
import { quoteIdentifier } from '../sql.ts';

/** Waits for what still writes into it. Nothing where it is not there. */
export async function dropSchema(connection: Connection, schema: string): Promise<void> {
  await connection.query(`SET client_min_messages = warning; DROP SCHEMA IF EXISTS ${quoteIdentifier(schema)} CASCADE`);
}

/** The same on a session of its own. */
export async function dropSchemaOf(source: Source, schema: string): Promise<void> {
  await withConnection(source, 'staging cleanup', connection => dropSchema(connection, schema));
}

export async function schemaExists(source: Source, schema: string): Promise<boolean> {
  return withConnection(source, 'plan', async connection => {
    const { rows } = await connection.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
    return rows.length > 0;
  });
}
