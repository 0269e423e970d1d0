/**
 * A fault of a game day: the database fails over while a restore writes. To the restore that is the end of its sessions, and
 * a new primary with what was committed. Invariant, which this proves: the tenant is as before or as the target, never half.
 */
import { newId } from '../../domain/new-id.ts';
import { readOwnedSchema } from '../../postgres/catalogs/owned-schema.ts';
import { countTenantRows } from '../../postgres/catalogs/tenant-rows.ts';
import { withConnection } from '../../postgres/connection.ts';
import { createScratch, type ScratchDatabase } from '../../postgres/drill/scratch-database.ts';
import { endSessions } from '../../postgres/drill/source-faults.ts';
import type { Context } from '../context.ts';
import type { PresentTenant } from './drill-tenants.ts';
import { restoreIntoScratch } from './restore-into-scratch.ts';

/** What the fault must never leave. */
export class HalfRestored extends Error {}

/** Throws as the restore does, or HalfRestored. `induced`: the sessions end in the middle of it. */
export async function failOverInRestore(ctx: Context, { id }: PresentTenant, induced: boolean): Promise<void> {
  const drill = newId(ctx);
  const scratch = await createScratch(ctx.source, drill);
  try {
    const restoring = induced ? { ...ctx, crash: failingOver(scratch) } : ctx;
    await restoreIntoScratch(restoring, scratch, { drill, tenant: id, moment: 'latest' }).catch(async error => {
      const rows = await rowsIn(ctx, scratch, id);
      if (rows > 0) throw new HalfRestored(`A restore that failed left ${rows} rows.`);
      throw error;
    });
  } finally {
    await scratch.drop();
  }
}

function failingOver({ source }: ScratchDatabase): NonNullable<Context['crash']> {
  return async point => {
    if (point === 'restore.during-apply') await endSessions(source);
  };
}

async function rowsIn(ctx: Context, { source }: ScratchDatabase, tenant: PresentTenant['id']): Promise<number> {
  return withConnection(source, 'game day', async connection => {
    const { tables } = await readOwnedSchema(ctx, connection);
    const counted = await countTenantRows(
      connection,
      ctx.model,
      new Map(tables.map(table => [table.table, table])),
      tenant,
    );
    return counted.reduce((sum, { rows }) => sum + rows, 0);
  });
}
