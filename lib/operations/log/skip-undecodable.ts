/**
 * Skips a transaction that the server cannot decode (a value of more than 1 GB as text), which would block the log of
 * every tenant forever. Its changes are unknown and may concern any tenant: the next run finds the slot beyond the
 * log's end, records a gap and has all tenants read again. No announced moment is withdrawn.
 */
import { HoldfastError } from '../../domain/errors.ts';
import { lsn, parseLsn } from '../../domain/lsn.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { tablesWithHugeValues } from '../../postgres/catalogs/table-sizes.ts';
import { withConnection } from '../../postgres/connection.ts';
import { confirmSlot } from '../../postgres/log/replication-slot.ts';
import type { Context } from '../context.ts';

/** False for other errors, and where the server failed before it identified the transaction. */
export async function skipUndecodable(ctx: Context, error: unknown): Promise<boolean> {
  if (!(error instanceof HoldfastError) || error.code !== 'value-too-large') return false;
  const { commit } = error.details as { commit?: string };
  if (commit === undefined) return false;
  // The slot advances to the end of the record at this position: the commit record.
  const beyond = lsn(parseLsn(commit) + 1n);
  const suspects = await withConnection(ctx.source, 'ship past a value', async connection => {
    const names = ownedTables(ctx.model).map(table => table.table);
    const found = await tablesWithHugeValues(connection, names);
    await confirmSlot(connection, ctx.slot, beyond);
    return found;
  });
  const where = suspects.length === 0 ? '' : ` Tables that can hold such values: ${suspects.join(', ')}.`;
  await ctx.notifier.notify({
    severity: 'alarm',
    code: 'value-too-large',
    message: `The transaction that committed at ${commit} was omitted from the change log: ${error.message}${where} All tenants are read again.`,
    details: { commit, tables: suspects },
  });
  return true;
}
