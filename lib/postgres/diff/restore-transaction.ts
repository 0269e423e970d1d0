/**
 * The transactions of a restore. One database snapshot shows a comparison, and an apply, the same rows from beginning to
 * end; two restores of one tenant at a time would undo each other, so a session holds the tenant's lock while it applies;
 * and the change log hears of a restore in the restore's own transaction.
 */
import type { TenantRef } from '../../domain/tenant.ts';
import type { Connection } from '../connection.ts';
import { emitMessage } from '../log/replication-slot.ts';

export async function beginSnapshot(connection: Connection): Promise<void> {
  await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
}

export async function commit(connection: Connection): Promise<void> {
  await connection.query('COMMIT');
}

/** Never throws: what failed may have taken the session with it. */
export async function rollBack(connection: Connection): Promise<void> {
  await connection.query('ROLLBACK').catch(() => {});
}

/** Leaves the restore's id in the change log, with the transaction that is open. */
export async function emitRestore(connection: Connection, tenant: TenantRef, id: string): Promise<void> {
  await emitMessage(connection, { kind: 'restore', tenant, id });
}

/** Id of the transaction that is open, as text. */
export async function transactionId(connection: Connection): Promise<string> {
  const { rows } = await connection.query('SELECT pg_current_xact_id()::text AS xid');
  return rows[0].xid;
}

/** What became of a transaction; one that the server no longer knows did not commit. */
export async function transactionOutcome(
  connection: Connection,
  id: string | null | undefined,
): Promise<'committed' | 'aborted' | 'in progress'> {
  const { rows } = await connection.query('SELECT pg_xact_status($1::xid8) AS state', [id]);
  return rows[0].state ?? 'aborted';
}
