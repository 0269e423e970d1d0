/**
 * The transactions of a restore. A comparison and an apply each read one database snapshot; concurrent restores of a
 * tenant would undo each other, so a session holds the tenant's lock while it applies; and the restore's own
 * transaction records it in the change log.
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

/** Never throws: the failure may have ended the session. */
export async function rollBack(connection: Connection): Promise<void> {
  await connection.query('ROLLBACK').catch(() => {});
}

/** Writes the restore's id to the change log, in the open transaction. */
export async function emitRestore(
  connection: Connection,
  tenant: TenantRef,
  id: string,
  kind: 'restore' | 'restore-batch',
): Promise<void> {
  await emitMessage(connection, { kind, tenant, id });
}

/** Id of the open transaction, as text. */
export async function transactionId(connection: Connection): Promise<string> {
  const { rows } = await connection.query('SELECT pg_current_xact_id()::text AS xid');
  return rows[0].xid;
}

/** The outcome of a transaction; one that the server no longer knows did not commit. */
export async function transactionOutcome(
  connection: Connection,
  id: string | null | undefined,
): Promise<'committed' | 'aborted' | 'in progress'> {
  const { rows } = await connection.query('SELECT pg_xact_status($1::xid8) AS state', [id]);
  return rows[0].state ?? 'aborted';
}
