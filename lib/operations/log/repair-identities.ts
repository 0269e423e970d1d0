/**
 * Repairs at once what makes the application's UPDATE and DELETE fail in a published table: a migration removed the
 * replica identity. The lock timeout is short, so that the application queues behind it no longer than that. What
 * cannot be repaired raises an alarm with the statement that would.
 */
import type { Connection } from '../../postgres/connection.ts';
import { readHarmed, readWeakIdentities } from '../../postgres/log/identity-harm.ts';
import { tryStatement } from '../../postgres/server/short-locks.ts';
import type { Context } from '../context.ts';

const LOCK_MS = 250;

export async function repairIdentities(
  ctx: Pick<Context, 'publication' | 'notifier'>,
  connection: Connection,
): Promise<void> {
  for (const { relation, mend } of await readHarmed(connection, ctx.publication)) {
    const failure = await tryStatement(connection, mend, LOCK_MS);
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
  // These make the log less informative, or unclear, and fail no statement.
  for (const { mend } of await readWeakIdentities(connection, ctx.publication))
    await tryStatement(connection, mend, LOCK_MS);
}
