/** Faults of the source database, for game days on test installations: its sessions end, the slot is gone. */
import { type Source, withConnection } from '../connection.ts';
import { dropSlot } from '../log/replication-slot.ts';
import { asSourceError } from '../source-error.ts';

/** As a restart does: every other session of this database ends. How many did. */
export async function endSessions(source: Source): Promise<number> {
  return withConnection(source, 'game day', async connection => {
    try {
      const { rows } = await connection.query(
        `SELECT count(pg_terminate_backend(pid))::int AS ended FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      return rows[0].ended;
    } catch (error) {
      throw asSourceError(error, 'ending the sessions of the database');
    }
  });
}

/** Whoever reads the slot is cut off first. SourceError. */
export async function loseSlot(source: Source, slot: string): Promise<void> {
  await withConnection(source, 'game day', async connection => {
    try {
      await connection.query(
        `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1 AND active_pid IS NOT NULL`,
        [slot],
      );
    } catch (error) {
      throw asSourceError(error, 'ending the session that reads the slot');
    }
    await dropSlot(connection, slot);
  });
}
