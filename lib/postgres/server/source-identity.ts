/**
 * Which server this is, and how its WAL began: what tells a failover, which continues the log, from another server or a
 * restored copy, which does not (source-epoch.ts).
 */

import { parseLsn } from '../../domain/lsn.ts';
import { SourceIdentity, type TimelineSwitch, type WalLsn, walLsn } from '../../domain/source-epoch.ts';
import { type Connection, connectForReplication, type Source } from '../connection.ts';
import { asSourceError } from '../source-error.ts';

const IDENTITY = `SELECT system_identifier::text AS system,
  (SELECT timeline_id FROM pg_control_checkpoint()) AS checkpointed FROM pg_control_system()`;

/**
 * The current timeline is the one that the WAL is being written on; the control file still names the one before until
 * the first checkpoint after a promotion. Aurora has no WAL files of its own, nor timelines that change: where the name
 * of the WAL file is not available, the control file is right.
 */
const WRITTEN = `SELECT ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int AS timeline`;

/** undefined_file, feature_not_supported. */
const NO_HISTORY = new Set(['58P01', '0A000']);

/** Outside a transaction: where the second statement is not supported, it fails. */
export async function readSourceIdentity(connection: Connection): Promise<SourceIdentity> {
  const { rows } = await connection.query(IDENTITY);
  const { system, checkpointed } = rows[0] as { system: string; checkpointed: number };
  const written = await connection.query(WRITTEN).then(
    result => (result.rows[0] as { timeline: number }).timeline,
    () => checkpointed,
  );
  return SourceIdentity.parse({ system, timeline: Math.max(written, checkpointed) });
}

/** The end of what has been written: a copy that is behind the log is recognized by it. */
export async function writtenPosition(connection: Connection): Promise<WalLsn> {
  const { rows } = await connection.query('SELECT pg_current_wal_insert_lsn()::text AS lsn');
  return walLsn(parseLsn(rows[0].lsn));
}

/**
 * The timelines that lead to this one, oldest first; none where the server does not keep their history. Throws
 * SourceError `cannot-connect`.
 */
export async function readTimelineHistory(source: Source, timeline: number): Promise<TimelineSwitch[]> {
  if (timeline === 1) return [];
  const connection = await connectForReplication(source, 'read timelines');
  try {
    const { rows } = await connection.query(`TIMELINE_HISTORY ${timeline}`);
    return parseTimelineHistory(String(rows[0].content));
  } catch (error) {
    if (NO_HISTORY.has(String((error as { code?: string }).code))) return [];
    throw asSourceError(error, 'reading the timelines');
  } finally {
    await connection.end().catch(() => {});
  }
}

/** One line for each timeline: its number, where it was left, and why. `#` begins a comment. */
export function parseTimelineHistory(content: string): TimelineSwitch[] {
  return content.split('\n').flatMap(line => {
    const match = /^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/i.exec(line);
    return match ? [{ timeline: Number(match[1]), at: walLsn(parseLsn(match[2]!)) }] : [];
  });
}
