/** How busy the server is, in one statement over views that every role may read and that take no locks of tables. */
import type { DatabaseLoad } from '../../domain/database-load.ts';
import type { Connection } from '../connection.ts';

const LOAD = `
  SELECT (SELECT coalesce(sum(numbackends), 0) FROM pg_catalog.pg_stat_database)::int AS connections,
         current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS max_connections,
         (SELECT count(*) FROM pg_catalog.pg_locks WHERE NOT granted)::int AS waiting_locks,
         (SELECT extract(epoch FROM max(replay_lag)) FROM pg_catalog.pg_stat_replication r
          WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots s
                            WHERE s.active_pid = r.pid AND s.slot_type = 'logical'))::float8 AS replica_lag`;

export async function readLoad(connection: Connection): Promise<DatabaseLoad> {
  const asked = performance.now();
  const { rows } = await connection.query(LOAD);
  const answerMs = performance.now() - asked;
  const [{ connections, max_connections: maxConnections, waiting_locks: waitingLocks, replica_lag: lag }] = rows;
  return { connections, maxConnections, waitingLocks, replicaLagSeconds: lag, answerMs };
}
