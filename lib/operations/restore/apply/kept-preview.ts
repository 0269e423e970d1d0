/**
 * A preview that people look at and decide on: the plan in the vault, its difference in the database, for a time that is
 * stated. Invariants: what is shown, approved and applied is one difference; a preview is read only below its own tenant; an
 * abandoned one is removed by itself.
 */
import { ConflictError, HoldfastError, InputError } from '../../../domain/errors.ts';
import { newId } from '../../../domain/new-id.ts';
import { restorePlanKey } from '../../../domain/object-key.ts';
import type { PlanDocument } from '../../../domain/plan-file.ts';
import type { Preview } from '../../../domain/preview.ts';
import type { RestoreRequest } from '../../../domain/restore-request.ts';
import { type TenantRef, tenantId } from '../../../domain/tenant.ts';
import { withConnection } from '../../../postgres/connection.ts';
import { indexChangedRows } from '../../../postgres/diff/diff-rows.ts';
import { areaKeptUntil, keepStagingArea } from '../../../postgres/staging/staging-area.ts';
import { type Context, refOf } from '../../context.ts';
import { dropPlan, keepPlan, readKeptPlan } from '../compare/kept-plan.ts';
import { readPlanFile } from '../compare/restore-plan-file.ts';
import { preparePlan } from './run-restore.ts';

/** How long a preview waits for somebody to ask for its restore. */
const PREVIEW_KEPT_MS = 24 * 3600_000;

/** Previews, and keeps exactly that. Throws what preparePlan throws; then nothing is left behind. */
export async function keepPreview(ctx: Context, request: RestoreRequest): Promise<{ id: string; preview: Preview }> {
  const tenant = refOf(ctx, tenantId(request.tenant));
  const { preview, file } = await preparePlan(ctx, request, { keepMs: PREVIEW_KEPT_MS });
  try {
    const { staging } = await readPlanFile(ctx, file);
    await withConnection(ctx.source, 'preview index', connection => indexChangedRows(connection, staging.schema));
    const id = newId(ctx);
    await keepPlan(ctx, tenant, id, file);
    return { id, preview };
  } catch (error) {
    await dropPlan(ctx, file).catch(() => {});
    throw error;
  }
}

/** InputError `unknown-preview`, `bad-plan`; IntegrityError `object-altered`. */
export async function readPreview(
  deps: Pick<Context, 'vault' | 'keyring' | 'signer' | 'installation'>,
  tenant: TenantRef,
  id: string,
): Promise<PlanDocument> {
  return readPlanFile(deps, await textOf(deps, tenant, id));
}

/** Until when its rows can be seen and applied. Undefined: they are gone. Null: until it is dropped. */
export function previewKeptUntil(
  { source }: Pick<Context, 'source'>,
  { staging }: PlanDocument,
): Promise<string | null | undefined> {
  return areaKeptUntil(source, staging.schema);
}

/** Keeps it for so long from now. ConflictError `preview-gone`. */
export async function keepPreviewFor(ctx: Pick<Context, 'source'>, plan: PlanDocument, keepMs: number): Promise<void> {
  try {
    await keepStagingArea(ctx.source, plan.staging.id, keepMs);
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'staging-gone') throw previewGone();
    throw error;
  }
}

/** Removes its rows from the database; the plan stays in the vault for as long as it is locked. Repeatable. */
export async function dropPreview(
  ctx: Pick<Context, 'vault' | 'keyring' | 'source'>,
  tenant: TenantRef,
  id: string,
): Promise<void> {
  await dropPlan(ctx, await textOf(ctx, tenant, id));
}

export function previewGone(): ConflictError {
  return new ConflictError('preview-gone', 'The staged state of this preview no longer exists.', {
    hint: 'It was applied, dropped, or has expired. Make a new preview.',
  });
}

/** Of plans in the vault, those that people look at have such an id. */
export const PREVIEW_ID = /^[0-9a-z]{9}-[0-9a-z]{8}$/;

async function textOf(deps: Pick<Context, 'vault' | 'keyring'>, tenant: TenantRef, id: string): Promise<string> {
  try {
    if (PREVIEW_ID.test(id)) return await readKeptPlan(deps, { tenant, planKey: restorePlanKey(tenant, id) });
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === 'object-missing')) throw error;
  }
  throw new InputError('unknown-preview', 'This tenant has no preview with this id.', {
    hint: 'Make a new preview.',
  });
}
