/**
 * Counts and sums of a tenant's live rows inside one database snapshot, and of the rows that were rebuilt from backups.
 * Unlike the checksum of a snapshot (export/checksum.ts) every value counts by the bytes of its text: two values that
 * PostgreSQL calls equal (1.0 and 1.00, two spellings under a case-insensitive collation) give different sums.
 */

import { formatLsn, type LsnText, parseLsn } from '../../domain/lsn.ts';
import { serverTimeSql } from '../../domain/server-time.ts';
import { positionIn, walLsn } from '../../domain/source-epoch.ts';
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { OwnedTable, TenantModel } from '../../domain/tenant-model.ts';
import type { XidSnapshot } from '../../domain/xid-snapshot.ts';
import type { Connection } from '../connection.ts';
import { asSourceError } from '../source-error.ts';
import { columnList, fromTable, quoteLiteral, tenantPredicate } from '../sql.ts';

export interface RowSum {
  readonly rows: number;
  /** Sum of a 64-bit hash of each row's text under the seed; exact, as text. */
  readonly sum: string;
}

export interface LiveView extends XidSnapshot {
  /** Everything that the snapshot sees committed at or before this position. */
  readonly lsn: LsnText;
  /** Server clock, ISO 8601 with microseconds. */
  readonly time: string;
}

/**
 * Begins a read-only transaction that sees one snapshot until it ends, and says which, in the source epoch. SourceError.
 */
export async function openLiveView(connection: Connection, epoch: number): Promise<LiveView> {
  try {
    await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    // The snapshot is taken before the statement's functions run: the position lies behind whatever it sees.
    const { rows } = await connection.query(
      `SELECT pg_snapshot_xmax(s)::text AS xmax, ARRAY(SELECT pg_snapshot_xip(s)::text) AS xip,
              pg_current_wal_insert_lsn()::text AS lsn, ${serverTimeSql('clock_timestamp()')} AS time
       FROM pg_current_snapshot() AS s`,
    );
    return { ...rows[0], lsn: formatLsn(positionIn(epoch, walLsn(parseLsn(rows[0].lsn)))) };
  } catch (error) {
    throw asSourceError(error, 'opening a database snapshot');
  }
}

/** Ends the transaction of openLiveView(). */
export async function closeLiveView(connection: Connection): Promise<void> {
  await connection.query('COMMIT');
}

export interface TenantRows {
  readonly owned: OwnedTable;
  readonly schemas: ReadonlyMap<TableName, TableSchema>;
  readonly model: TenantModel;
  readonly tenant: TenantId;
  /** Names, in the same order for both sides. */
  readonly columns: readonly string[];
}

/**
 * A tenant's live rows of one table. `seed`: the same for both sides, and nobody else's: without it a sum of few rows would
 * tell what they are. SourceError.
 */
export async function sumTenantRows(connection: Connection, of: TenantRows, seed: bigint): Promise<RowSum> {
  const { owned, schemas, model, tenant, columns } = of;
  const where = tenantPredicate(owned, schemas, 'a', quoteLiteral(tenant), model);
  return sumRows(connection, { from: fromTable(schemas.get(owned.table)!), where, columns }, seed);
}

/** The rebuilt rows of one table. `staged`: its quoted name. SourceError. */
export async function sumStagedRows(
  connection: Connection,
  staged: string,
  columns: readonly string[],
  seed: bigint,
): Promise<RowSum> {
  return sumRows(connection, { from: staged, where: 'true', columns }, seed);
}

interface RowSet {
  /** What stands behind FROM. */
  readonly from: string;
  /** Condition on the row `a`. */
  readonly where: string;
  readonly columns: readonly string[];
}

async function sumRows(connection: Connection, { from, where, columns }: RowSet, seed: bigint): Promise<RowSum> {
  const text = `ROW(${columnList(columns, 'a')})::text COLLATE "C"`;
  try {
    const { rows } = await connection.query(
      `SELECT count(*)::text AS rows, coalesce(sum(hashtextextended(${text}, ${seed})), 0)::text AS sum FROM ${from} AS a WHERE ${where}`,
    );
    return { rows: Number(rows[0].rows), sum: rows[0].sum };
  } catch (error) {
    throw asSourceError(error, 'summing rows');
  }
}
