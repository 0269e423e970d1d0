/**
 * Requests that take something back, for who can ship: transactions of the last minute, and what happened since, are in the
 * log only once it is shipped.
 */
import type { RestoreRequest } from '../../domain/restore-request.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Context } from '../context.ts';
import { spellTenant } from '../model/spell-tenant.ts';
import { type AskedRevert, liveTableNames, revertRequest } from '../restore/apply/revert-transactions.ts';
import { undoRequest } from '../restore/apply/undo-restore.ts';
import { shipAndCloseGaps } from './close-gaps.ts';

/** What these transactions did. Throws what shipping and revertRequest throw. `tenant`: as people spell it. */
export async function shippedRevert(
  ctx: Context,
  tenant: string,
  asked: Omit<AskedRevert, 'liveNames'>,
): Promise<RestoreRequest> {
  const spelled = await spellTenant(ctx, tenant);
  await ship(ctx);
  return revertRequest(ctx, spelled, { ...asked, liveNames: await liveTableNames(ctx) });
}

/** What that restore wrote. Throws what shipping and undoRequest throw. */
export async function shippedUndo(
  ctx: Context,
  tenant: TenantId,
  restore: string,
  who: Parameters<typeof undoRequest>[3],
): Promise<RestoreRequest> {
  // The position of the restore's commit comes from the log, which must have been shipped past it.
  await ship(ctx);
  return undoRequest(ctx, tenant, restore, who);
}

async function ship(ctx: Context): Promise<void> {
  ctx.progress?.({ step: 'restore.ship', message: 'Shipping the change log' });
  await shipAndCloseGaps(ctx);
}
