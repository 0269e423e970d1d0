/** Requests the undo of a restore and applies it, as the command line does. */
import type { TenantId } from '../../lib/domain/tenant.ts';
import type { Context } from '../../lib/operations/context.ts';
import { runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { undoRequest } from '../../lib/operations/restore/apply/undo-restore.ts';

/** Undoes a restore. Its own undo returns the state before. */
export async function undoRestore(
  ctx: Context,
  tenant: TenantId,
  restore: string,
  who: Parameters<typeof undoRequest>[3],
) {
  return runRestore(ctx, await undoRequest(ctx, tenant, restore, who));
}
