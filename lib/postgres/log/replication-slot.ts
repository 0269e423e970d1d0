/**
 * The logical replication slot: made, looked at and dropped; log-stream.ts reads it. Invariant: a slot that lost WAL is
 * told apart from one that is there.
 */
import { SourceError } from '../../domain/errors.ts';
import { formatLsn, type Lsn, lsn, parseLsn } from '../../domain/lsn.ts';
import { serverTimeSql } from '../../domain/server-time.ts';
import { positionIn, type WalLsn, walLsn, walOf } from '../../domain/source-epoch.ts';
import { runningIn, type XidSnapshot } from '../../domain/xid-snapshot.ts';
import type { Connection } from '../connection.ts';
import { quoteLiteral } from '../sql.ts';
import { slotError } from './slot-error.ts';

/** Prefix of Holdfast's logical messages. */
export const MESSAGE_PREFIX = 'holdfast';

export type SlotState =
  | { readonly status: 'missing' }
  | { readonly status: 'lost'; readonly reason: string }
  | {
      readonly status: 'ready';
      /** Everything that committed before it is durable in the vault. */
      readonly confirmed: WalLsn;
      /** WAL that the source keeps for the slot, in bytes. */
      readonly retainedBytes: number;
      /** How many more bytes may be written before the slot is lost; null where nothing limits it. */
      readonly safeBytes: number | null;
      /** Somebody reads it at this moment. */
      readonly active: boolean;
    };

/** Throws SourceError `slot-foreign` for a slot of that name that is another database's or plugin's. */
export async function slotState(connection: Connection, slot: string): Promise<SlotState> {
  const { rows } = await connection.query(
    `SELECT s.plugin, s.database = current_database() AS here, s.active, s.wal_status, s.confirmed_flush_lsn::text AS confirmed,
            pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::float8 AS retained, s.safe_wal_size::float8 AS safe,
            to_jsonb(s) ->> 'invalidation_reason' AS reason, to_jsonb(s) ->> 'conflicting' AS conflicting
     FROM pg_replication_slots s WHERE s.slot_name = $1`,
    [slot],
  );
  const row = rows[0];
  if (!row) return { status: 'missing' };
  if (row.plugin !== 'pgoutput' || !row.here) {
    throw new SourceError('slot-foreign', `The replication slot ${slot} belongs to another database or plugin.`, {
      hint: 'Give Holdfast a slot name of its own in the configuration: slot names are shared by all databases of a server.',
    });
  }
  if (row.wal_status === 'lost' || row.reason !== null || row.conflicting === 'true') {
    return { status: 'lost', reason: row.reason ?? 'wal_removed' };
  }
  return {
    status: 'ready',
    confirmed: walLsn(parseLsn(row.confirmed)),
    retainedBytes: row.retained ?? 0,
    safeBytes: row.safe,
    active: row.active,
  };
}

/** SQL that makes the slot; `failover` (it survives a switch to a standby) from version 17 on. */
export function createSlotSql(slot: string, serverVersion: number): string {
  const failover = serverVersion >= 170000 ? ', false, false, true' : '';
  return `SELECT pg_create_logical_replication_slot(${quoteLiteral(slot)}, 'pgoutput'${failover})`;
}

/**
 * Makes the slot and returns where its log starts. Waits for transactions that run at this moment. Throws SourceError
 * `slot-failed` (privileges, wal_level, no free slot).
 */
export async function createSlot(connection: Connection, slot: string): Promise<WalLsn> {
  const { rows } = await connection.query(`SELECT current_setting('server_version_num')::int AS version`);
  try {
    await connection.query(createSlotSql(slot, rows[0].version));
  } catch (cause) {
    throw slotError(slot, cause);
  }
  const state = await slotState(connection, slot);
  if (state.status !== 'ready') throw slotError(slot, undefined);
  return state.confirmed;
}

export async function dropSlot(connection: Connection, slot: string): Promise<void> {
  try {
    await connection.query('SELECT pg_drop_replication_slot($1)', [slot]);
  } catch (cause) {
    throw slotError(slot, cause);
  }
}

/** Gives up everything before `to` without reading it: for what an earlier run, now dead, made durable. */
export async function confirmSlot(connection: Connection, slot: string, to: Lsn): Promise<void> {
  try {
    const wal = formatLsn(lsn(walOf(to)));
    await connection.query('SELECT pg_replication_slot_advance($1, $2::pg_lsn)', [slot, wal]);
  } catch (cause) {
    throw slotError(slot, cause);
  }
}

/** Emits a transactional logical message; it commits with the session's transaction, or at once outside one. */
export async function emitMessage(connection: Connection, content: Record<string, unknown>): Promise<void> {
  await connection.query('SELECT pg_logical_emit_message(true, $1, $2)', [MESSAGE_PREFIX, JSON.stringify(content)]);
}

export interface LogEnd {
  /** Everything that the view shows is flushed, and a stream comes at least so far. */
  readonly lsn: Lsn;
  /** The log's position before the view was opened: what had committed by then, it shows. */
  readonly begun: Lsn;
  /** Server clock just before, ISO 8601 with microseconds. */
  readonly time: string;
  /** Just after: what the view shows had committed by then. */
  readonly timeAfter: string;
  /** Transactions that the view does not show, as a test by 32-bit transaction id. */
  readonly inProgress: (xid: number) => boolean;
  readonly xmin: string;
  /** The first id that no transaction had when the view was opened (64 bit). */
  readonly xmax: string;
}

/**
 * Opens a view of the database (a transaction of `view` that sees one snapshot, until closeLogView), emits the
 * heartbeat and says how far the log can be read now. In this order: what the view shows had written its commit before
 * the heartbeat, and the heartbeat flushes that, also where the application commits asynchronously. So the log up to
 * `lsn` has all that the view shows, and what it has beyond is told by `inProgress`. `epoch`: that of the log.
 */
export async function openLogEnd(control: Connection, view: Connection, epoch: number): Promise<LogEnd> {
  await control.query('SET synchronous_commit = local');
  const clock = await control.query(
    `SELECT ${serverTimeSql('clock_timestamp()')} AS time, pg_current_wal_insert_lsn()::text AS lsn`,
  );
  await view.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const snapshot = await view.query(
    `SELECT pg_snapshot_xmin(s)::text AS xmin, pg_snapshot_xmax(s)::text AS xmax, ARRAY(SELECT pg_snapshot_xip(s)::text) AS xip
     FROM pg_current_snapshot() AS s`,
  );
  const { xmin, ...seen } = snapshot.rows[0] as { xmin: string } & XidSnapshot;
  const beat = await control.query(
    `SELECT pg_logical_emit_message(true, $1, $2), pg_current_xact_id()::xid::text AS xid, ${serverTimeSql('clock_timestamp()')} AS time`,
    [MESSAGE_PREFIX, JSON.stringify({ kind: 'heartbeat' })],
  );
  const end = positionIn(epoch, await flushedPosition(control));
  const running = runningIn(seen);
  const own = Number(beat.rows[0].xid);
  return {
    lsn: end,
    begun: positionIn(epoch, walLsn(parseLsn(clock.rows[0].lsn))),
    time: clock.rows[0].time,
    timeAfter: beat.rows[0].time,
    // The heartbeat changes no rows.
    inProgress: xid => xid !== own && running(xid),
    xmin,
    xmax: seen.xmax,
  };
}

/** Up to where the WAL is durable on the server: the log can be read so far. */
export async function flushedPosition(connection: Connection): Promise<WalLsn> {
  const { rows } = await connection.query('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  return walLsn(parseLsn(rows[0].lsn));
}

/** The server's clock, in ISO 8601. */
export async function serverClock(connection: Connection): Promise<string> {
  const { rows } = await connection.query(`SELECT ${serverTimeSql('clock_timestamp()')} AS time`);
  return rows[0].time;
}

/** Ends the view: what it held back may be vacuumed. */
export async function closeLogView(view: Connection): Promise<void> {
  await view.query('COMMIT');
}
