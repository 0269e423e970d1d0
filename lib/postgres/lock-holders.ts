/** Who holds locks on a relation that we wait for: the message of a lock timeout names them. No text of their statements. */
import type { Connection } from './connection.ts';

/** `session 4711 (application “psql”, idle in transaction for 35 s)`, joined; null where nobody does any more. */
export async function describeHolders(connection: Connection, relation: string): Promise<string | null> {
  const { rows } = await connection.query(
    `SELECT l.pid, a.application_name AS application, a.state, extract(epoch FROM clock_timestamp() - a.xact_start)::int AS seconds
     FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND l.relation = to_regclass($1) AND l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
     GROUP BY 1, 2, 3, 4 ORDER BY seconds DESC NULLS LAST LIMIT 3`,
    [relation],
  );
  if (rows.length === 0) return null;
  return rows
    .map(({ pid, application, state, seconds }) => {
      if (pid === null) return 'a prepared transaction (see pg_prepared_xacts)';
      const name = application ? `application “${application}”, ` : '';
      return `session ${pid} (${name}${state ?? 'state unknown'}${seconds === null ? '' : ` for ${seconds} s`})`;
    })
    .join(', ');
}
