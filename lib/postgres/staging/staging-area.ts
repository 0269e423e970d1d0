/**
 * The schema that a restore works in. It belongs to the session that holds its advisory lock: when that session dies,
 * however it dies, the server frees the lock and the next run removes what was left. Between the calls of a restore that
 * takes several there is no session: then the schema's comment says until when it is kept, by the server's clock, and
 * who does not come back in time loses it. One that was handed over to people says so and is never cleaned; one that
 * another role made is not ours, whatever its name. Invariant: nothing here names a live table.
 */
import { SourceError } from '../../domain/errors.ts';
import { type Connection, connect, type Source, withConnection } from '../connection.ts';
import { isStagingLockedSql, tryLock, unlock } from '../locks.ts';
import { asSourceError } from '../source-error.ts';
import { quoteIdentifier, quoteLiteral } from '../sql.ts';
import { dropSchema } from './drop-schema.ts';
import { makePrivate } from './private-schema.ts';
import { createProgress, noteProgress } from './staging-progress.ts';

const PREFIX = 'holdfast_stage_';
const HANDED_OVER = 'holdfast: handed over';
const KEPT_UNTIL = 'holdfast: kept until ';

export interface StagingArea {
  readonly id: string;
  /** Unquoted schema name. */
  readonly schema: string;
  readonly source: Source;
  /** The owner's session: holds the lock. Replay and diff may use it. */
  readonly connection: Connection;
  /** Frees the lock and leaves the schema to whoever asked for it. */
  release(): Promise<void>;
  /** Frees the lock and keeps the schema for so many milliseconds, for the next call. */
  pause(keepMs: number): Promise<void>;
  /** Removes the schema and ends the session. Idempotent. */
  drop(): Promise<void>;
}

export interface AreaOptions {
  /** Kept for so many milliseconds should this session die. Absent: it is left over then. */
  readonly keepMs?: number | undefined;
}

/**
 * Makes an empty area with `items` noted in it, and removes those whose session is gone. Nothing in it outlives a crash,
 * so its commits do not wait for the disk. Nobody else may use it, whatever default privileges the role has. SourceError
 * `privilege` where the role may not create schemas, `staging-taken`.
 */
export async function openStagingArea(
  source: Source,
  id: string,
  items: Readonly<Record<string, unknown>>,
  options: AreaOptions = {},
): Promise<StagingArea> {
  const schema = schemaOf(id);
  const connection = await connect(source, 'staging');
  try {
    await claim(connection, schema);
    await removeLeftovers(connection);
    const kept = options.keepMs === undefined ? [] : [await keepSql(connection, schema, options.keepMs)];
    const create = `CREATE SCHEMA ${quoteIdentifier(schema)}`;
    const statements = [create, ...kept, createProgress(schema), noteProgress(schema, items)];
    await connection.query(`BEGIN; SET LOCAL synchronous_commit = off; ${statements.join('; ')}`);
    await makePrivate(connection, schema);
    await connection.query('COMMIT');
  } catch (error) {
    await connection.end().catch(() => {});
    throw (error as { code?: string }).code === '42P06'
      ? taken(schema)
      : asSourceError(error, 'creating the staging area');
  }
  return areaOf(connection, source, id);
}

/**
 * Takes an area up that another call left, and keeps it for so long should this one die. SourceError `staging-gone`,
 * `staging-in-use`.
 */
export async function reopenStagingArea(source: Source, id: string, keepMs: number): Promise<StagingArea> {
  const schema = schemaOf(id);
  const connection = await connect(source, 'staging');
  try {
    await claim(connection, schema);
    if (!(await exists(connection, schema))) {
      throw new SourceError('staging-gone', `The staging area ${schema} no longer exists.`, {
        hint: 'The preview expired, or its schema was dropped. Nothing was written; start the restore again.',
      });
    }
    await connection.query(await keepSql(connection, schema, keepMs));
  } catch (error) {
    await connection.end().catch(() => {});
    throw asSourceError(error, 'resuming the staging area');
  }
  return areaOf(connection, source, id);
}

function areaOf(connection: Connection, source: Source, id: string): StagingArea {
  const schema = schemaOf(id);
  let open = true;
  const close = async (last: () => Promise<unknown>) => {
    if (!open) return;
    open = false;
    try {
      await last();
      // Whoever comes next need not wait until the session is gone.
      await unlock(connection, 'staging', schema).catch(() => {});
    } finally {
      await connection.end().catch(() => {});
    }
  };
  return {
    ...{ id, schema, source, connection },
    release: () =>
      close(() => connection.query(`COMMENT ON SCHEMA ${quoteIdentifier(schema)} IS ${quoteLiteral(HANDED_OVER)}`)),
    pause: keepMs =>
      close(async () => {
        // What failed may have left its transaction open.
        await connection.query('ROLLBACK');
        await connection.query(await keepSql(connection, schema, keepMs));
      }),
    drop: () => close(() => dropArea(connection, source, schema)),
  };
}

/** Keeps an area that no session works with for so long from now. SourceError `staging-gone`. */
export async function keepStagingArea(source: Source, id: string, keepMs: number): Promise<void> {
  const area = await reopenStagingArea(source, id, keepMs);
  await area.pause(keepMs);
}

/** Until when an area is kept, ISO 8601 UTC by the server's clock; null: until somebody drops it. Undefined where it is gone. */
export async function areaKeptUntil(source: Source, schema: string): Promise<string | null | undefined> {
  return withConnection(source, 'staging', async connection => {
    const { rows } = await connection.query(
      `SELECT obj_description(oid, 'pg_namespace') AS comment FROM pg_namespace WHERE nspname = $1`,
      [schema],
    );
    return rows.length === 0 ? undefined : untilIn(rows[0].comment);
  });
}

/** The same of every area that there is, by its schema. */
export async function areasKeptUntil(source: Source): Promise<ReadonlyMap<string, string | null>> {
  return withConnection(source, 'staging', async connection => {
    const { rows } = await connection.query(
      `SELECT nspname::text AS schema, obj_description(oid, 'pg_namespace') AS comment
       FROM pg_namespace WHERE starts_with(nspname, $1)`,
      [PREFIX],
    );
    return new Map(rows.map(({ schema, comment }) => [schema, untilIn(comment)]));
  });
}

function untilIn(comment: string | null): string | null {
  return comment?.startsWith(KEPT_UNTIL) ? comment.slice(KEPT_UNTIL.length) : null;
}

/** Removes an area by its id, whoever left it; waits for what still writes into it. */
export async function dropStagingArea(source: Source, id: string): Promise<void> {
  await withConnection(source, 'staging cleanup', connection => dropOurs(connection, schemaOf(id)));
}

export interface LeftoverArea {
  readonly schema: string;
  /** `foreign`: another role made it, so that it is not ours to judge or to remove. */
  readonly state: 'in use' | 'handed over' | 'kept' | 'left over' | 'foreign';
}

/** Every schema of the database that is named like a staging area, and whose it is. */
export async function listStagingAreas(connection: Connection): Promise<LeftoverArea[]> {
  const { rows } = await connection.query(
    `SELECT n.nspname::text AS schema, obj_description(n.oid, 'pg_namespace') AS comment, clock_timestamp() AS now, ${IS_OURS} AS ours,
            ${isStagingLockedSql('n.nspname')} AS locked
     FROM pg_namespace n WHERE starts_with(n.nspname, ${quoteLiteral(PREFIX)}) ORDER BY 1`,
  );
  return rows.map(({ schema, comment, now, ours, locked }) => {
    const state = ours ? ownerOf(comment, now) : 'foreign';
    return { schema, state: ours && locked ? 'in use' : state };
  });
}

/** SQL condition over pg_namespace `n`. */
const IS_OURS = `n.nspowner = (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user)`;

function ownerOf(comment: string | null, now: Date): LeftoverArea['state'] {
  if (comment === HANDED_OVER) return 'handed over';
  return comment?.startsWith(KEPT_UNTIL) && new Date(comment.slice(KEPT_UNTIL.length)) > now ? 'kept' : 'left over';
}

/** Whether there is anything for cleanStagingAreas(). */
export async function hasLeftovers(connection: Connection): Promise<boolean> {
  return (await listStagingAreas(connection)).some(({ state }) => state === 'left over');
}

/** Removes the areas that nobody works with, waits with or was given; names what was removed. */
export async function cleanStagingAreas(source: Source): Promise<string[]> {
  return withConnection(source, 'staging cleanup', removeLeftovers);
}

/** Removes an area of ours that no session works with, kept for people or not. Returns its state where it is not removed. */
export async function dropIdleArea(
  source: Source,
  schema: string,
): Promise<LeftoverArea['state'] | 'gone' | undefined> {
  return withConnection(source, 'staging cleanup', async connection => {
    const area = (await listStagingAreas(connection)).find(each => each.schema === schema);
    if (area === undefined) return 'gone';
    if (area.state === 'foreign' || area.state === 'in use') return area.state;
    if (!(await tryLock(connection, 'staging', schema))) return 'in use';
    await dropOurs(connection, schema);
    await unlock(connection, 'staging', schema);
    return undefined;
  });
}

async function removeLeftovers(connection: Connection): Promise<string[]> {
  const removed: string[] = [];
  for (const { schema, state } of await listStagingAreas(connection)) {
    if (state !== 'left over' || !(await tryLock(connection, 'staging', schema))) continue;
    // Somebody may have taken it up, and put it down again, since it was listed.
    if (!(await isKept(connection, schema))) {
      await dropOurs(connection, schema);
      removed.push(schema);
    }
    await unlock(connection, 'staging', schema);
  }
  return removed;
}

async function isKept(connection: Connection, schema: string): Promise<boolean> {
  const { rows } = await connection.query(
    `SELECT obj_description(oid, 'pg_namespace') AS comment, clock_timestamp() AS now FROM pg_namespace WHERE nspname = $1`,
    [schema],
  );
  return rows.length > 0 && ownerOf(rows[0].comment, rows[0].now) !== 'left over';
}

function schemaOf(id: string): string {
  return PREFIX + id.replaceAll(/[^a-z0-9]/gi, '_').toLowerCase();
}

function taken(schema: string): SourceError {
  return new SourceError(
    'staging-taken',
    `The database already has a schema ${schema} that does not belong to this restore.`,
    {
      hint: 'Start the restore again: it uses another name. Nothing was written.',
    },
  );
}

async function claim(connection: Connection, schema: string): Promise<void> {
  if (await tryLock(connection, 'staging', schema)) return;
  throw new SourceError('staging-in-use', `The staging area ${schema} is in use by another session.`, {
    hint: 'Wait for the other restore, or start this one again.',
  });
}

async function exists(connection: Connection, schema: string): Promise<boolean> {
  const { rows } = await connection.query(`SELECT 1 FROM pg_namespace n WHERE n.nspname = $1 AND ${IS_OURS}`, [schema]);
  return rows.length > 0;
}

/** By the server's clock: it is what the time is compared with. */
async function keepSql(connection: Connection, schema: string, keepMs: number): Promise<string> {
  const { rows } = await connection.query('SELECT clock_timestamp() AS now');
  const until = new Date((rows[0].now as Date).getTime() + keepMs).toISOString();
  return `COMMENT ON SCHEMA ${quoteIdentifier(schema)} IS ${quoteLiteral(KEPT_UNTIL + until)}`;
}

/** The owner's session may be broken or inside a failed transaction: then a new one removes the schema. */
async function dropArea(connection: Connection, source: Source, schema: string): Promise<void> {
  try {
    await connection.query('ROLLBACK');
    await dropOurs(connection, schema);
  } catch {
    await connection.end().catch(() => {});
    await withConnection(source, 'staging cleanup', fresh => dropOurs(fresh, schema));
  }
}

async function dropOurs(connection: Connection, schema: string): Promise<void> {
  if (!(await exists(connection, schema))) return;
  await dropSchema(connection, schema);
}
