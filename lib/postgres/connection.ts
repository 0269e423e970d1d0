/**
 * Connections to PostgreSQL: one place that sets what every session of Holdfast relies on (output formats that do not
 * depend on the server's or the user's settings, no statement timeout of the application's), and that turns the
 * driver's connection errors into ours without the password.
 */
import { Socket } from 'node:net';
import pg from 'pg';
import { SourceError } from '../domain/errors.ts';
import { CopySocket } from './copy-socket.ts';

export type Connection = pg.Client;

/**
 * Text forms that are the same everywhere and lose nothing: needed for stored rows, digests and checksums. Both the
 * exporter and every restore use them; logical decoding uses them too (the walsender inherits the session's). Whoever owns
 * the database or the role can set any of these for our sessions (ALTER DATABASE … SET, ALTER ROLE … SET): what a text
 * form, a name or the meaning of a statement depends on is set here.
 */
const SESSION_SETTINGS = [
  "SET datestyle = 'ISO, YMD'",
  "SET intervalstyle = 'postgres'",
  "SET timezone = 'UTC'",
  'SET extra_float_digits = 1',
  "SET bytea_output = 'hex'",
  'SET array_nulls = on',
  "SET xmloption = 'content'",
  "SET lc_monetary = 'C'",
  // Names are compared as text: with this on, every name would be another.
  'SET quote_all_identifiers = off',
  'SET standard_conforming_strings = on',
  'SET transform_null_equals = off',
  // Compiling our wide one-off statements costs seconds each and never pays.
  'SET jit = off',
  'SET statement_timeout = 0',
  'SET lock_timeout = 0',
  'SET idle_in_transaction_session_timeout = 0',
  'SET idle_session_timeout = 0',
  "SET default_transaction_isolation = 'read committed'",
  'SET default_transaction_read_only = off',
  'SET default_transaction_deferrable = off',
  "SET default_table_access_method = 'heap'",
  'SET client_min_messages = warning',
  'SET exit_on_error = off',
  // Only pg_catalog: a function or operator that the application made is never meant by an unqualified name.
  "SET search_path = ''",
  'SET row_security = off',
  "SET client_encoding = 'UTF8'",
  // Names are compared as text (quote_ident): quoted where SQL needs it, and nowhere else.
  'SET quote_all_identifiers = off',
  // Settings of the database or the role that change what our statements mean, or forbid them to write.
  'SET default_transaction_read_only = off',
  'SET default_transaction_deferrable = off',
  'SET transform_null_equals = off',
  'SET array_nulls = on',
  'SET xmloption = content',
  "SET default_transaction_isolation = 'read committed'",
].join('; ');

/**
 * What not every server or role has. A view in the place of a table would run the application's functions as our role. The
 * application's event triggers do not fire on our own DDL where the role may suppress them. Bytes of an SQL_ASCII database
 * are in no encoding: the server would refuse to convert them.
 */
const CONDITIONAL_SETTINGS = `
  SELECT pg_catalog.set_config(wanted.name, wanted.value, false)
    FROM (VALUES ('transaction_timeout', '0'), ('restrict_nonsystem_relation_kind', 'view'),
                 ('session_replication_role', 'replica'), ('client_encoding', 'SQL_ASCII')) AS wanted (name, value)
    JOIN pg_catalog.pg_settings AS known USING (name)
   WHERE CASE wanted.name WHEN 'session_replication_role' THEN pg_catalog.has_parameter_privilege(wanted.name, 'SET')
                          WHEN 'client_encoding' THEN pg_catalog.current_setting('server_encoding') = 'SQL_ASCII'
                          ELSE true END`;

/** A database that can be connected to. The URL holds a password: it must not be logged. */
export interface Source {
  readonly url: string;
}

/**
 * Opens a session. `row_security = off` makes a policy that would hide rows an error (SQLSTATE 42501) instead of a
 * silent loss. Throws SourceError `cannot-connect`.
 */
export async function connect(source: Source, purpose: string): Promise<Connection> {
  return open(source, purpose, {});
}

/**
 * A session that may stream the change log; SQL as usual beside it. One that falls silent loses the slot after a minute.
 * Throws SourceError `cannot-connect`.
 */
export async function connectForReplication(source: Source, purpose: string): Promise<Connection> {
  const client = await open(source, purpose, { replication: 'database' });
  await client.query("SET wal_sender_timeout = '60s'");
  return client;
}

/** A session that reads many rows by COPY. Throws SourceError `cannot-connect`. */
export async function connectForCopy(source: Source, purpose: string): Promise<Connection> {
  // Over TLS the bytes come out of the cipher, in memory of their own.
  return open(source, purpose, { stream: config => (config?.ssl ? new Socket() : new CopySocket()) });
}

interface SessionOptions {
  readonly replication?: 'database';
  /** Called by the driver with its own settings. */
  readonly stream?: (config?: { ssl?: unknown }) => Socket;
}

async function open(source: Source, purpose: string, extra: SessionOptions): Promise<Connection> {
  const config = { connectionString: source.url, application_name: `holdfast ${purpose}`, keepAlive: true, ...extra };
  let client: pg.Client;
  try {
    client = new pg.Client(config);
    client.on('error', () => {});
    await client.connect();
  } catch (cause) {
    throw cannotConnect(source, cause);
  }
  await client.query(`${SESSION_SETTINGS}; ${CONDITIONAL_SETTINGS}`);
  return client;
}

/** Runs the work on a connection of its own (`connect` unless another is given) and closes it, whatever happens. */
export async function withConnection<T>(
  source: Source,
  purpose: string,
  work: (connection: Connection) => Promise<T>,
  how: typeof connect = connect,
): Promise<T> {
  const connection = await how(source, purpose);
  try {
    return await work(connection);
  } finally {
    await connection.end().catch(() => {});
  }
}

/** The URL without its password and query, for messages. */
export function describeSource(source: Source): string {
  try {
    const url = new URL(source.url);
    return `${url.username || 'current user'}@${url.hostname || 'local socket'}:${url.port || '5432'}${url.pathname}`;
  } catch {
    return '(not a URL)';
  }
}

function cannotConnect(source: Source, cause: unknown): SourceError {
  const code = (cause as { code?: string } | undefined)?.code ?? 'unknown';
  const hints: Record<string, string> = {
    ECONNREFUSED: 'No server listens there: check the host and port of the database URL.',
    ENOTFOUND: 'The host name does not resolve: check the database URL.',
    '28P01': 'The password is wrong: check the database URL.',
    '28000': 'The server does not let this user in: check the user name and pg_hba.conf.',
    '53300': 'Too many connections: raise max_connections, or max_wal_senders where the change log is read.',
    '42501': 'Give the role the REPLICATION attribute (on RDS: grant rds_replication).',
    '3D000': 'There is no database of that name: check the end of the database URL.',
  };
  return new SourceError('cannot-connect', `Cannot connect to ${describeSource(source)} (${code}).`, {
    hint: hints[code] ?? 'Check the database URL: postgres://user:password@host:port/database.',
    retry: code === 'ECONNREFUSED' ? 'auto' : 'operator',
    details: { code },
  });
}
