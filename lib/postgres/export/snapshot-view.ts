/**
 * One database snapshot that a backup is read from: REPEATABLE READ, READ ONLY, with what a restore must know about its
 * place in the log. Invariant: everything committed before `from` is in the view (`from` was read before the snapshot
 * was taken, and the shipper confirms only what is visible), and nothing committed after `to` is.
 */

import type { View } from '../../domain/chunk-page.ts';
import { SourceError } from '../../domain/errors.ts';
import { formatLsn, type LsnText, parseLsn } from '../../domain/lsn.ts';
import { serverTimeSql } from '../../domain/server-time.ts';
import { epochOf, positionIn, walLsn } from '../../domain/source-epoch.ts';
import type { Connection } from '../connection.ts';
import { asSourceError } from '../source-error.ts';

export interface OpenView extends View {
  /** Digest of the names and columns of the tables asked about, and of the server: differs after any change of these. */
  readonly fingerprint: string;
}

/**
 * Sorting by key happens in the server; a chunk range fits in this. Compiling a query or starting workers for it costs
 * more than reading one chunk range, and a backup should take one core of the source, not all. Rows that an index gives in
 * order need not be sorted, and come at once; the default of random_page_cost is that of a spinning disk.
 */
const SESSION_SETTINGS = `SET jit = off; SET work_mem = '32MB'; SET max_parallel_workers_per_gather = 0;
  SET random_page_cost = 1.1`;

/** Prepares a session for any number of views. */
export async function prepareSession(connection: Connection): Promise<void> {
  await connection.query(SESSION_SETTINGS);
}

/**
 * Position up to which the log is confirmed, or the present end of the WAL where there is no slot (no log then covers
 * what lies before), in the source epoch. Must be read before the view is opened; an older value is as good.
 */
export async function readReplayStart(connection: Connection, slot: string, epoch: number): Promise<LsnText> {
  const { rows } = await connection.query(
    `SELECT coalesce((SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = $1 AND database = current_database()),
                     pg_current_wal_insert_lsn())::text AS lsn`,
    [slot],
  );
  return formatLsn(positionIn(epoch, walLsn(parseLsn(rows[0].lsn))));
}

/**
 * Begins a transaction that sees one snapshot until it ends. `from`: readReplayStart(), read before; the view is in the
 * same source epoch. Throws SourceError.
 */
export async function openView(
  connection: Connection,
  options: { from: LsnText; oids: readonly number[] },
): Promise<OpenView> {
  try {
    const results = (await connection.query(
      `BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
       SELECT pg_current_snapshot()::text AS snapshot, pg_current_wal_insert_lsn()::text AS "to", ${serverTimeSql('clock_timestamp()')} AS at, (${fingerprintQuery(options.oids)}) AS fingerprint`,
    )) as unknown as { rows: OpenView[] }[];
    const row = results.at(-1)!.rows[0]!;
    const from = parseLsn(options.from);
    const to = positionIn(epochOf(from), walLsn(parseLsn(row.to)));
    // A server whose WAL ends before the slot's position is another one.
    if (to < from) throw schemaChanged();
    return { ...row, to: formatLsn(to), from: options.from };
  } catch (error) {
    throw asSourceError(error, 'opening a database snapshot');
  }
}

export async function closeView(connection: Connection): Promise<void> {
  await connection.query('COMMIT');
}

/** Digest of the tables' columns and of the server, to be compared with the one of a view. */
export async function readFingerprint(connection: Connection, oids: readonly number[]): Promise<string> {
  const { rows } = await connection.query(`SELECT (${fingerprintQuery(oids)}) AS fingerprint`);
  return rows[0].fingerprint;
}

/** The error for a view whose tables no longer look as the run read them. */
export function schemaChanged(): SourceError {
  return new SourceError('schema-changed', 'The columns of a table changed during the snapshot.', {
    hint: 'Run it again.',
  });
}

/**
 * With the tables' names: the statements name them, and another table may have taken a name. With collations and keys: they
 * order the rows.
 */
function fingerprintQuery(oids: readonly number[]): string {
  const list = oids.length > 0 ? oids.join(', ') : '0';
  return `SELECT concat_ws(' ', (SELECT system_identifier FROM pg_control_system()), (SELECT timeline_id FROM pg_control_checkpoint()),
            md5(string_agg(concat_ws(' ', c.relnamespace::int8, n.nspname, c.relname, attrelid::int8, attnum, attname, atttypid::int8, atttypmod, attcollation::int8, attnotnull), ',' ORDER BY attrelid, attnum)),
            (SELECT md5(string_agg(concat_ws(' ', indrelid::int8, indkey), ',' ORDER BY indrelid, indexrelid)) FROM pg_catalog.pg_index
             WHERE indrelid IN (${list}) AND (indisprimary OR indisreplident)))
          FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class c ON c.oid = attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE attrelid IN (${list}) AND attnum > 0 AND NOT attisdropped`;
}
