/**
 * Mends at once what makes the application's UPDATE and DELETE fail in a published table: a migration took the replica
 * identity away. The wait for the table's lock is short, so that the application queues behind it no longer than that.
 * What cannot be mended is an alarm with the statement that does.
 */
import type { Connection } from '../../postgres/connection.ts';
import { harmSql, weakerPartitionsSql } from '../../postgres/log/identity-harm.ts';
import type { Context } from '../context.ts';

const LOCK_MS = 250;

export async function mendIdentities(
  ctx: Pick<Context, 'publication' | 'notifier'>,
  connection: Connection,
): Promise<void> {
  const harmed = await connection.query(harmSql(ctx.publication));
  for (const { relation, mend } of harmed.rows as { relation: string; mend: string }[]) {
    const failure = await attempt(connection, mend);
    const details = { table: relation, sql: mend };
    if (failure === undefined) {
      const message = `UPDATE and DELETE would have failed in ${relation}, which had lost its replica identity: ${mend}`;
      await ctx.notifier.notify({ severity: 'info', code: 'identity-mended', message, details });
    } else {
      const message = `UPDATE and DELETE fail in ${relation}, which has lost its replica identity. Run: ${mend};`;
      const state = { ...details, state: failure };
      await ctx.notifier.notify({ severity: 'alarm', code: 'application-blocked', message, details: state });
    }
  }
  // What these lack makes the log less telling, and harms nobody.
  const weaker = await connection.query(weakerPartitionsSql(ctx.publication));
  for (const { mend } of weaker.rows as { mend: string }[]) await attempt(connection, mend);
}

/** SQLSTATE of the failure, undefined where it worked. */
async function attempt(connection: Connection, statement: string): Promise<string | undefined> {
  try {
    await connection.query(`BEGIN; SET LOCAL lock_timeout = ${LOCK_MS}; ${statement}; COMMIT`);
    return undefined;
  } catch (error) {
    await connection.query('ROLLBACK');
    return (error as { code?: string }).code ?? 'unknown';
  }
}
