/**
 * What tells a copy of the database from the database: a server that was restored from a backup keeps the system identifier,
 * so only the start of the process is its own.
 */
import type { Connection } from '../connection.ts';

export interface RunningServer {
  /** Equal only for the same process: system identifier and start, as text. */
  readonly process: string;
  /** A standby, or a restore that goes on. */
  readonly recovering: boolean;
}

export async function readRunningServer(connection: Connection): Promise<RunningServer> {
  const { rows } = await connection.query(
    `SELECT concat_ws(' ', (SELECT system_identifier FROM pg_control_system()),
       extract(epoch FROM pg_postmaster_start_time())) AS process, pg_is_in_recovery() AS recovering`,
  );
  return rows[0] as RunningServer;
}
