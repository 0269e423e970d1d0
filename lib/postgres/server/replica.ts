/**
 * A physical replica and the server that it follows: how far behind it is, its promotion, and stopping the application's
 * writes before. Invariant: when `stopWrites` has returned, every session that could write without saying so has ended, and
 * new ones read only until `allowWrites`. A session that turns that setting off itself is not stopped; those of Holdfast do,
 * and end with `all`.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { SourceError } from '../../domain/errors.ts';
import type { StoppedAt } from '../../domain/stopped-at.ts';
import { type Connection, type Source, withConnection } from '../connection.ts';
import { quoteIdentifier } from '../sql.ts';
import { readSourceIdentity } from './source-identity.ts';

const PASSES = 100;
const PASS_MS = 100;
const PROMOTE_SECONDS = 120;

/** The fail-over of a database whose replica this machine reaches. `leaving`: where it serves now. */
export function replicaFailover(leaving: Source, taking: Source) {
  const inTaking = <T>(work: (connection: Connection) => Promise<T>) => withConnection(taking, 'fail over', work);
  return {
    status: () => inTaking(readReplica),
    reachesOther: () => answersProbe(leaving),
    stopWrites: (all = false) => withConnection(leaving, 'fail over', connection => stopWrites(connection, all)),
    async allowWrites() {
      const serves = (await inTaking(readReplica)).role === 'primary' ? taking : leaving;
      await withConnection(serves, 'fail over', allowWrites);
    },
    hasReplayed: (stopped: StoppedAt) => inTaking(connection => hasReplayed(connection, stopped)),
    promote: async () => {
      await inTaking(promote);
      return true;
    },
  };
}

/** The login, the database's name or the number of connections is refused, by a server that works. */
const REFUSED = /^(?:28...|3D000|42501|53300)$/;

/** Whether a database serves. One that refuses this login, or has no connection left, does: it is not lost. */
export function answersProbe(source: Source): Promise<boolean> {
  return withConnection(source, 'probe', readReplica).then(
    () => true,
    ({ details }: { readonly details?: { readonly code?: unknown; readonly state?: unknown } }) =>
      REFUSED.test(String(details?.code ?? details?.state)),
  );
}

interface ReadReplica {
  readonly role: 'replica' | 'primary';
  readonly lagSeconds: number | null;
}

async function readReplica(connection: Connection): Promise<ReadReplica> {
  const { rows } = await connection.query(
    `SELECT pg_is_in_recovery() AS standby,
            CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
                 ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 END AS lag`,
  );
  const { standby, lag } = rows[0] as { standby: boolean; lag: number | null };
  if (!standby) return { role: 'primary', lagSeconds: 0 };
  return { role: 'replica', lagSeconds: lag === null ? null : Math.max(0, lag) };
}

/**
 * A position says nothing without its timeline: a primary has writes of its own, and a replica that was left on another
 * timeline has other writes there. The control file of a replica can still name the timeline before.
 */
async function hasReplayed(connection: Connection, { position, server }: StoppedAt): Promise<boolean> {
  const { rows } = await connection.query(
    `SELECT pg_is_in_recovery() AND coalesce(pg_last_wal_replay_lsn() >= $1::pg_lsn, false)
        AND $2 = (SELECT system_identifier FROM pg_control_system()) || '/' ||
                 greatest((SELECT timeline_id FROM pg_control_checkpoint()),
                          (SELECT min_recovery_end_timeline FROM pg_control_recovery()),
                          (SELECT received_tli FROM pg_stat_wal_receiver)) AS has`,
    [position, server],
  );
  return rows[0].has;
}

async function promote(connection: Connection): Promise<void> {
  if ((await readReplica(connection)).role === 'primary') return;
  try {
    const { rows } = await connection.query('SELECT pg_promote(true, $1) AS promoted', [PROMOTE_SECONDS]);
    if (rows[0].promoted === true) return;
  } catch (cause) {
    throw promotionFailed(cause);
  }
  throw promotionFailed(undefined);
}

async function stopWrites(connection: Connection, all: boolean): Promise<StoppedAt> {
  const name = quoteIdentifier((await connection.query('SELECT current_database() AS name')).rows[0].name);
  try {
    await connection.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await endSessions(connection, all);
  } catch (cause) {
    if (cause instanceof SourceError) throw cause;
    throw notStopped('The role may not change the database’s settings or end its sessions.', cause);
  }
  const { rows } = await connection.query(
    `SELECT (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database())::int AS prepared,
            pg_current_wal_insert_lsn()::text AS position`,
  );
  if (rows[0].prepared > 0) throw notStopped(`${rows[0].prepared} prepared transactions can still commit.`, undefined);
  const { system, timeline } = await readSourceIdentity(connection);
  return { position: rows[0].position, server: `${system}/${timeline}` };
}

/** Of those that may have begun before the setting: a session reads it when it starts. */
async function endSessions(connection: Connection, all: boolean): Promise<void> {
  const { rows } = await connection.query('SELECT clock_timestamp()::text AS since');
  for (let pass = 0; pass < PASSES; pass++) {
    const { rowCount } = await connection.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
         AND backend_start <= $1::timestamptz AND ($2 OR application_name NOT LIKE 'holdfast %')`,
      [rows[0].since, all],
    );
    if (rowCount === 0 && pass > 0) return;
    await wait(PASS_MS);
  }
  throw notStopped('Sessions of the application do not end.', undefined);
}

async function allowWrites(connection: Connection): Promise<void> {
  const name = quoteIdentifier((await connection.query('SELECT current_database() AS name')).rows[0].name);
  await connection.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
}

function promotionFailed(cause: unknown): SourceError {
  return new SourceError('promotion-failed', 'The replica did not become a database that accepts writes.', {
    hint: 'Read the server’s log; the role needs EXECUTE on pg_promote(). Then repeat the fail-over: it goes on where it stopped.',
    ...(cause !== undefined && { cause }),
  });
}

function notStopped(what: string, cause: unknown): SourceError {
  return new SourceError('writes-not-stopped', `The application’s writes were not stopped. ${what}`, {
    hint: 'The role must own the database and be a member of pg_signal_backend. Stop the application, settle its prepared transactions, then repeat the command.',
    ...(cause !== undefined && { cause }),
  });
}
