/**
 * `holdfast undo RESTORE`: reverts what that restore wrote and keeps later changes; rows that it wrote and that were
 * changed since are non-blocking conflicts, and stay. With `exact`: the same tables return to their state just before
 * that restore's transaction, whatever was written since.
 */
import { InputError } from '../../../domain/errors.ts';
import { RestoreItem } from '../../../domain/restore-record.ts';
import { parseRestoreRequest, type RestoreRequest } from '../../../domain/restore-request.ts';
import type { TenantId } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { restores } from '../../catalog/catalog-index.ts';
import { type Context, refOf } from '../../context.ts';
import { exactOnly } from '../stage/stage-baseline.ts';
import { recordedRestore } from './read-record.ts';
import { settleInterrupted } from './record-restore.ts';

interface Who {
  readonly requestedBy: string;
  readonly reason?: string;
  /** Also reverts what was written since. */
  readonly exact?: boolean;
}

/**
 * The request that undoes a restore, to preview or to apply: the same tables, exact, to `before:<id>`. Settles
 * interrupted restores with the database first. InputError `unknown-restore`, `cannot-undo`.
 */
export async function undoRequest(ctx: Context, tenant: TenantId, restore: string, who: Who): Promise<RestoreRequest> {
  await settleInterrupted(ctx, refOf(ctx, tenant));
  return undoRecorded(ctx, tenant, restore, who);
}

/** The same from what is recorded, without the database. */
export async function undoRecorded(
  ctx: Omit<Deps, 'notifier'>,
  tenant: TenantId,
  restore: string,
  who: Who,
): Promise<RestoreRequest> {
  const ref = refOf(ctx, tenant);
  const found = RestoreItem.safeParse(await restores.get(ctx.catalog, ref, restore));
  const body = found.success ? await recordedRestore(ctx, ref, found.data) : undefined;
  if (body === undefined)
    throw new InputError('unknown-restore', `This tenant has no finished restore ${restore}.`, {
      hint: "The timeline lists the tenant's restores.",
    });
  if (body.place !== 'in-place')
    throw new InputError('cannot-undo', 'Only a restore in place can be undone: other restores overwrite nothing.', {
      hint: 'Drop the schema, the database or the tenant that it made.',
    });
  if (body.tables.length === 0)
    throw new InputError('cannot-undo', 'That restore changed no row: there is nothing to undo.', {
      hint: 'Choose another restore from the timeline.',
    });
  if (!who.exact && body.request.batches !== undefined) throw exactOnly('it was applied in several transactions');
  return parseRestoreRequest({
    ...{ tenant, target: `before:${restore}`, mode: 'exact', requestedBy: who.requestedBy },
    tables: body.tables.map(table => table.table),
    ...(!who.exact && { undoes: restore }),
    reason: who.reason ?? `undo of ${restore}`,
  });
}
