/**
 * The schema that a restore works in. It belongs to the session that holds its advisory lock: when that session dies,
 * however it dies, the server frees the lock and the next run removes what was left. An area that was handed over
 * (side by side) carries a comment that says so and is never cleaned. Invariant: nothing here names a live table.
 */
import { SourceError } from '../../domain/errors.ts';
import { type Connection, connect, type Source, withConnection } from '../connection.ts';
import { asSourceError } from '../source-error.ts';
import { quoteIdentifier, quoteLiteral } from '../sql.ts';

const PREFIX = 'holdfast_stage_';
/** First half of the advisory locks: "hold" in ASCII. */
const LOCK_CLASS = 0x686f6c64;
const HANDED_OVER = 'holdfast: handed over';

export interface StagingArea {
  readonly id: string;
  /** Unquoted schema name. */
  readonly schema: string;
  readonly source: Source;
  /** The owner's session: holds the lock. Replay and diff may use it. */
  readonly connection: Connection;
  /** Frees the lock and leaves the schema to whoever asked for it. */
  release(): Promise<void>;
  /** Removes the schema and ends the session. Idempotent. */
  drop(): Promise<void>;
}

/**
 * Makes an empty area and removes those whose session is gone. Nothing in it outlives a crash, so its commits do not
 * wait for the disk. SourceError `privilege` where the role may not create schemas.
 */
export async function openStagingArea(source: Source, id: string): Promise<StagingArea> {
  const schema = PREFIX + id.replaceAll(/[^a-z0-9]/gi, '_').toLowerCase();
  const connection = await connect(source, 'staging');
  try {
    if (!(await tryLock(connection, schema))) {
      throw new SourceError('staging-in-use', `The staging area ${schema} is in use by another session.`, {
        hint: 'Wait for the other restore, or start this one anew.',
        retry: 'auto',
      });
    }
    await removeLeftovers(connection);
    await connection.query(`SET synchronous_commit = off; CREATE SCHEMA ${quoteIdentifier(schema)}`);
  } catch (error) {
    await connection.end().catch(() => {});
    throw asSourceError(error, 'creating the staging area');
  }
  let open = true;
  const close = async (last: () => Promise<unknown>) => {
    if (!open) return;
    open = false;
    try {
      await last();
    } finally {
      await connection.end().catch(() => {});
    }
  };
  return {
    ...{ id, schema, source, connection },
    release: () =>
      close(() => connection.query(`COMMENT ON SCHEMA ${quoteIdentifier(schema)} IS ${quoteLiteral(HANDED_OVER)}`)),
    drop: () => close(() => dropArea(connection, source, schema)),
  };
}

export interface LeftoverArea {
  readonly schema: string;
  readonly state: 'in use' | 'handed over' | 'left over';
}

/** Every staging schema of the database, and whose it is. */
export async function listStagingAreas(connection: Connection): Promise<LeftoverArea[]> {
  const { rows } = await connection.query(
    `SELECT n.nspname::text AS schema, obj_description(n.oid, 'pg_namespace') AS comment,
            EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.classid::int8 = ${LOCK_CLASS} AND l.objsubid = 2
                    AND l.objid::int8 = (hashtext(n.nspname)::int8 & 4294967295)
                    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS locked
     FROM pg_namespace n WHERE starts_with(n.nspname, '${PREFIX}') ORDER BY 1`,
  );
  return rows.map(({ schema, comment, locked }) => ({
    schema,
    state: locked ? 'in use' : comment === HANDED_OVER ? 'handed over' : 'left over',
  }));
}

/** Removes the areas whose session is gone; names what was removed. Areas in use and handed over stay. */
export async function cleanStagingAreas(source: Source): Promise<string[]> {
  return withConnection(source, 'staging cleanup', removeLeftovers);
}

async function removeLeftovers(connection: Connection): Promise<string[]> {
  const removed: string[] = [];
  for (const { schema, state } of await listStagingAreas(connection)) {
    if (state !== 'left over' || !(await tryLock(connection, schema))) continue;
    await dropSchema(connection, schema);
    await connection.query('SELECT pg_advisory_unlock($1, hashtext($2))', [LOCK_CLASS, schema]);
    removed.push(schema);
  }
  return removed;
}

async function tryLock(connection: Connection, schema: string): Promise<boolean> {
  const { rows } = await connection.query('SELECT pg_try_advisory_lock($1, hashtext($2)) AS locked', [
    LOCK_CLASS,
    schema,
  ]);
  return rows[0].locked;
}

/** The owner's session may be broken or inside a failed transaction: then a new one removes the schema. */
async function dropArea(connection: Connection, source: Source, schema: string): Promise<void> {
  try {
    await connection.query('ROLLBACK');
    await dropSchema(connection, schema);
  } catch {
    await connection.end().catch(() => {});
    await withConnection(source, 'staging cleanup', fresh => dropSchema(fresh, schema));
  }
}

async function dropSchema(connection: Connection, schema: string): Promise<void> {
  await connection.query(`SET client_min_messages = warning; DROP SCHEMA IF EXISTS ${quoteIdentifier(schema)} CASCADE`);
}
