/**
 * Databases of drills: made for one drill, removed at its end. Invariant: only databases that carry the name and the
 * comment of a drill and belong to the own role are ever removed; no other database is written to.
 */
import { SourceError } from '../../domain/errors.ts';
import { type Connection, connect, type Source, withConnection } from '../connection.ts';
import { asSourceError } from '../source-error.ts';
import { quoteIdentifier, quoteLiteral } from '../sql.ts';

const PREFIX = 'holdfast_drill_';
const COMMENT = 'Scratch database of a Holdfast drill';
const DUPLICATE_DATABASE = '42P04';
const NAME = /^holdfast_drill_([0-9a-z]{9})_[0-9a-z]{8}$/;

export interface ScratchDatabase {
  readonly name: string;
  readonly source: Source;
  /** Removes it, with whatever is in it. Idempotent. */
  drop(): Promise<void>;
}

/**
 * A new database on the server of `admin`. `id`: of the drill. `template`: a template database there. A session of this
 * process stays in it, so that whoever looks for leftovers sees that it is in use. SourceError `scratch-refused`.
 */
export async function createScratch(
  admin: Source,
  id: string,
  options: { readonly template?: string | undefined } = {},
): Promise<ScratchDatabase> {
  const made = await makeScratch(admin, id, options);
  try {
    const keeper = await connect(made.source, 'drill');
    const drop = async () => {
      await keeper.end().catch(() => {});
      await made.drop();
    };
    return { ...made, drop };
  } catch (error) {
    await made.drop().catch(() => {});
    throw error;
  }
}

/** The same without a session, for a drill in several calls. Called again for the same drill, it finds the database there. */
export async function makeScratch(
  admin: Source,
  id: string,
  { template }: { readonly template?: string | undefined } = {},
): Promise<ScratchDatabase> {
  const made = openScratch(admin, id);
  const name = quoteIdentifier(made.name);
  await withConnection(admin, 'drill scratch', async connection => {
    try {
      const like = template === undefined ? await likeThis(connection) : `TEMPLATE ${quoteIdentifier(template)}`;
      await connection.query(`CREATE DATABASE ${name} ${like}`).catch(error => {
        if ((error as { code?: string }).code !== DUPLICATE_DATABASE) throw error;
      });
      await connection.query(`COMMENT ON DATABASE ${name} IS ${quoteLiteral(COMMENT)}`);
    } catch (error) {
      throw refusedScratch(error);
    }
  });
  return made;
}

/** The database of this drill, which an earlier call made. Connects to nothing. */
export function openScratch(admin: Source, id: string): ScratchDatabase {
  const name = `${PREFIX}${id.replaceAll('-', '_')}`;
  const drop = () => withConnection(admin, 'drill scratch', connection => dropDatabase(connection, name));
  return { name, source: databaseOf(admin, name), drop };
}

/** Encoding and locale of the database of the session. */
async function likeThis(connection: Connection): Promise<string> {
  const { rows } = await connection.query(
    `SELECT pg_encoding_to_char(encoding) AS encoding, datcollate AS "collate", datctype AS ctype FROM pg_database WHERE datname = current_database()`,
  );
  const { encoding, collate, ctype } = rows[0] as { encoding: string; collate: string; ctype: string };
  return `TEMPLATE template0 ENCODING ${quoteLiteral(encoding)} LC_COLLATE ${quoteLiteral(collate)} LC_CTYPE ${quoteLiteral(ctype)}`;
}

/** The same server and role, another database. */
function databaseOf({ url, ...rest }: Source, name: string): Source {
  const of = (text: string) => {
    const changed = new URL(text);
    changed.pathname = `/${name}`;
    return changed.href;
  };
  const { renew, ...others } = rest;
  return { ...others, url: of(url), ...(renew && { renew: async () => of(await renew()) }) };
}

export interface ScratchLeft {
  readonly database: string;
  readonly state: 'in use' | 'left over';
  /** ISO UTC: when its drill began, from its name. */
  readonly since: string;
}

/** Databases of drills on the server that belong to this role, by name. SourceError. */
export async function listScratch(admin: Source): Promise<ScratchLeft[]> {
  return withConnection(admin, 'drill scratch', async connection => {
    const { rows } = await connection.query(
      `SELECT d.datname::text AS name, EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datid = d.oid) AS used
       FROM pg_database d WHERE starts_with(d.datname, ${quoteLiteral(PREFIX)}) AND pg_get_userbyid(d.datdba) = current_user
         AND shobj_description(d.oid, 'pg_database') = ${quoteLiteral(COMMENT)} ORDER BY 1`,
    );
    return (rows as { name: string; used: boolean }[]).flatMap(({ name, used }) => {
      const stamp = NAME.exec(name)?.[1];
      if (stamp === undefined) return [];
      const since = new Date(Number.parseInt(stamp, 36)).toISOString();
      return [{ database: name, state: used ? ('in use' as const) : ('left over' as const), since }];
    });
  });
}

/** Removes databases of drills that no session uses and that are older; their names. SourceError. */
export async function removeScratch(admin: Source, before: Date): Promise<string[]> {
  const left = (await listScratch(admin)).filter(
    ({ state, since }) => state === 'left over' && new Date(since) < before,
  );
  await withConnection(admin, 'drill scratch', async connection => {
    for (const { database } of left) await dropDatabase(connection, database);
  });
  return left.map(({ database }) => database);
}

async function dropDatabase(connection: Connection, name: string): Promise<void> {
  try {
    // A check of the team may still be connected.
    await connection.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
  } catch (error) {
    throw asSourceError(error, 'removing the scratch database of a drill');
  }
}

/** Empties the tables, so that the next restore finds a schema and no rows. Only in a database of a drill. */
export async function emptyTables(scratch: ScratchDatabase, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  await withConnection(scratch.source, 'drill', connection =>
    connection.query(`TRUNCATE ${tables.join(', ')} CASCADE`),
  );
}

function refusedScratch(error: unknown): Error {
  const { code } = error as { code?: string };
  if (code === undefined || code.startsWith('08'))
    return asSourceError(error, 'making the scratch database of a drill');
  return new SourceError('scratch-refused', `The server refuses a scratch database (SQLSTATE ${code}).`, {
    hint: 'Give the role CREATEDB (ALTER ROLE … CREATEDB), or name a server for drills: drills.scratch in the configuration (docs/drills.md).',
    cause: error,
    details: { state: code },
  });
}
