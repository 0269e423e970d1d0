/**
 * Connections to PostgreSQL: the only place that opens them, with timeouts and retries, sets what every session
 * relies on (session-settings.ts), watches that they answer, and converts the driver's connection errors to Holdfast's
 * without the password.
 */
import { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { HoldfastError, SourceError } from '../domain/errors.ts';
import { asConnectionLost, connectionFailure } from './connection-failure.ts';
import { CopySocket } from './copy-socket.ts';
import { PIN_NAMES, SESSION_SETTINGS } from './session-settings.ts';
import { isInTransaction, SILENCE_MS, streamOf, type Verdict, watchSilence } from './silence-watch.ts';

export type Connection = pg.Client;

/** Timeout of one connection attempt. `connect_timeout` of the URL, in seconds, overrides it. */
const CONNECT_MS = 10_000;
/**
 * Timeout of retries while a server starts, recovers or has no free connection; shorter for errors that a wrong host or
 * port also causes.
 */
const TIMEOUT_MS = 10_000;
const TIMEOUT_BY_CODE: Readonly<Record<string, number>> = { ECONNREFUSED: 2_000, ETIMEDOUT: 0 };
const END_MS = 5_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;

/** A database to connect to. The URL contains a password: it must not be logged. */
export interface Source {
  readonly url: string;
  /** The URL with a password or token that is valid now: for a session that is opened hours after the first. */
  readonly renew?: () => Promise<string>;
  /** Milliseconds without a byte after which a waiting session is checked; default 60 s. */
  readonly silenceMs?: number;
}

/**
 * Opens a session. `row_security = off` makes a policy that would hide rows an error (SQLSTATE 42501) instead of a
 * silent loss. Throws SourceError `cannot-connect`.
 */
export async function connect(source: Source, purpose: string): Promise<Connection> {
  return open(source, purpose, {});
}

/**
 * A session that can stream the change log, and also run SQL. If it stops answering, it loses the slot after a
 * minute. Throws SourceError `cannot-connect`.
 */
export async function connectForReplication(source: Source, purpose: string): Promise<Connection> {
  const client = await open(source, purpose, { replication: 'database' });
  try {
    await client.query("SET wal_sender_timeout = '60s'");
    return client;
  } catch (cause) {
    await client.end().catch(() => {});
    throw cannotConnect(source, cause);
  }
}

/** A session for large COPY reads. Throws SourceError `cannot-connect`. */
export async function connectForCopy(source: Source, purpose: string): Promise<Connection> {
  // With TLS, decrypted bytes are already in separate memory.
  return open(source, purpose, { stream: config => (config?.ssl ? new Socket() : new CopySocket()) });
}

interface SessionOptions {
  readonly replication?: 'database';
  /** Called by the driver with its own settings. */
  readonly stream?: (config?: { ssl?: unknown }) => Socket;
}

/** Retries for a while if the server is only starting or busy: nothing has been done yet. */
async function open(source: Source, purpose: string, extra: SessionOptions): Promise<Connection> {
  const since = Date.now();
  for (let attempt = 0; ; attempt++) {
    try {
      return await openOnce(source, purpose, extra);
    } catch (cause) {
      const error = cannotConnect(source, cause, extra);
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
      const timeout = TIMEOUT_BY_CODE[String(error.details.code)] ?? TIMEOUT_MS;
      if (error.retry !== 'auto' || Date.now() - since + pause > timeout) throw error;
      await wait(pause);
    }
  }
}

async function openOnce(source: Source, purpose: string, extra: SessionOptions): Promise<Connection> {
  const client = new pg.Client({
    connectionString: await validUrl(source),
    application_name: `holdfast ${purpose}`,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: connectMs(source),
    ...extra,
  });
  client.on('error', () => {});
  endSoon(client);
  if (extra.replication) noteHolding(client, true);
  try {
    await client.connect();
    // Nothing watches the session yet.
    const set = await within(client, connectMs(source), client.query(SESSION_SETTINGS));
    const results = set as unknown as pg.QueryResult<{ pid: number }>[];
    const { pid } = results.at(-1)!.rows[0]!;
    watchSilence(client, source.silenceMs ?? SILENCE_MS, () => askAbout(source, pid, extra));
    return client;
  } catch (cause) {
    client.end().catch(() => {});
    throw cause;
  }
}

/** Sessions that hold what others wait for until they are gone: an advisory lock, a replication slot. */
const HOLDING = new WeakSet<Connection>();

/** Whether the end of the session waits until the server has let go of what it holds. */
export function noteHolding(connection: Connection, holds: boolean): void {
  if (holds) HOLDING.add(connection);
  else HOLDING.delete(connection);
}

/**
 * An orderly end says goodbye. The server's process then takes tens of milliseconds to exit after it has read much, and a
 * hanging server never does: only where others wait for what the session holds is its exit waited for, for a while.
 */
function endSoon(client: pg.Client): void {
  const end = client.end.bind(client);
  client.end = (() => {
    const stream = streamOf(client);
    const limit = setTimeout(() => stream.destroy(), END_MS);
    const gone = end().finally(() => clearTimeout(limit));
    if (HOLDING.has(client) || isInTransaction(client)) return gone;
    const told = new Promise<void>(resolve => {
      if (stream.writableFinished) resolve();
      else stream.once('finish', resolve);
    });
    const leave = () => {
      limit.unref();
      stream.unref();
    };
    return Promise.race([gone, told.then(leave)]);
  }) as typeof client.end;
}

/** Asks the server about one of its sessions. A stream of the change log sends bytes every few seconds anyway. */
async function askAbout(source: Source, pid: number, { replication }: SessionOptions): Promise<Verdict> {
  if (replication) return 'gone';
  const url = await validUrl(source).catch(() => source.url);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectMs(source) });
  client.on('error', () => {});
  const look = async (): Promise<Verdict> => {
    await client.connect();
    await client.query(PIN_NAMES);
    const { rows } = await client.query(
      `SELECT state FROM pg_catalog.pg_stat_activity WHERE pid = $1 AND datname = current_database()`,
      [pid],
    );
    // Without the privilege to see it, the state is null.
    return rows.length > 0 && (rows[0].state === null || rows[0].state === 'active') ? 'works' : 'gone';
  };
  try {
    return await within(client, connectMs(source), look());
  } catch {
    return 'unknown';
  } finally {
    client.end().catch(() => {});
  }
}

/**
 * Rejects, and cuts the session off, if the work with it takes longer. The driver alone may never settle what waits for a
 * session that is ended while it connects, or that stops to answer.
 */
async function within<T>(client: pg.Client, limitMs: number, work: Promise<T>): Promise<T> {
  let limit: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    limit = setTimeout(() => {
      const error = Object.assign(new Error('The server does not answer.'), { code: 'ETIMEDOUT' });
      streamOf(client).destroy(error);
      reject(error);
    }, limitMs);
  });
  work.catch(() => {});
  return Promise.race([work, late]).finally(() => clearTimeout(limit));
}

async function validUrl({ url, renew }: Source): Promise<string> {
  return renew ? renew() : url;
}

function connectMs(source: Source): number {
  const seconds = Number(URL.canParse(source.url) ? new URL(source.url).searchParams.get('connect_timeout') : 0);
  return seconds > 0 ? seconds * 1000 : CONNECT_MS;
}

/**
 * Runs the work on a separate connection (`connect` unless another is given) and always closes it. A lost connection
 * is SourceError `connection-lost` (`retry: auto`) in any statement.
 */
export async function withConnection<T>(
  source: Source,
  purpose: string,
  work: (connection: Connection) => Promise<T>,
  how: typeof connect = connect,
): Promise<T> {
  const connection = await how(source, purpose);
  try {
    return await work(connection);
  } catch (error) {
    throw (error instanceof HoldfastError ? undefined : asConnectionLost(error, `working on “${purpose}”`)) ?? error;
  } finally {
    await connection.end().catch(() => {});
  }
}

/** The same, on a connection that is opened while `first` is at work. It is closed too where that fails. */
export async function withConnectionAfter<F, T>(
  source: Source,
  purpose: string,
  first: () => Promise<F>,
  work: (connection: Connection, found: F) => Promise<T>,
): Promise<T> {
  const opening = connect(source, purpose);
  opening.catch(() => {});
  const found = await first().catch(async error => {
    await opening.then(connection => connection.end()).catch(() => {});
    throw error;
  });
  return withConnection(
    source,
    purpose,
    connection => work(connection, found),
    () => opening,
  );
}

/** The URL without its password and query, for messages. */
function describeSource(source: Source): string {
  try {
    const url = new URL(source.url);
    return `${url.username || 'current user'}@${url.hostname || 'local socket'}:${url.port || '5432'}${url.pathname}`;
  } catch {
    return '(not a URL)';
  }
}

const LOGIN_REFUSED = new Set(['28000', '28P01']);
const IAM_HINT =
  'If only the connection for the change log is refused and the role logs in by IAM (RDS, Aurora): set rds.iam_auth_for_replication = 1 in the parameter group.';

function cannotConnect(source: Source, cause: unknown, { replication }: SessionOptions = {}): SourceError {
  const passing = connectionFailure(cause);
  const code = passing?.code ?? (cause as { code?: string } | undefined)?.code ?? 'unknown';
  const hints: Record<string, string> = {
    ENOTFOUND: 'The host name does not resolve: check the database URL.',
    '28P01': 'The password is wrong: check the database URL.',
    '28000': 'The server rejects this user: check the user name and pg_hba.conf.',
    '42501': 'Give the role the REPLICATION attribute (on RDS: grant rds_replication).',
    '3D000': 'There is no database of that name: check the end of the database URL.',
  };
  // The same login is accepted for ordinary sessions.
  const forLog = replication && LOGIN_REFUSED.has(code) ? ` ${IAM_HINT}` : '';
  return new SourceError('cannot-connect', `Cannot connect to ${describeSource(source)} (${code}).`, {
    hint: `${passing?.hint ?? hints[code] ?? 'Check the database URL: postgres://user:password@host:port/database.'}${forLog}`,
    retry: passing ? 'auto' : 'operator',
    details: { code },
  });
}
