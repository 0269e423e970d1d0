/** A kept preview as it was signed, from the vault alone. Invariant: it is read only below its own tenant. */
import { HoldfastError, InputError } from '../../../domain/errors.ts';
import { restorePlanKey } from '../../../domain/object-key.ts';
import type { PlanDocument } from '../../../domain/plan-file.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Context } from '../../context.ts';
import { readKeptPlan } from '../compare/kept-plan.ts';
import { readPlanFile } from '../compare/restore-plan-file.ts';

/** InputError `unknown-preview`, `bad-plan`; IntegrityError `object-altered`. */
export async function readPreview(
  deps: Pick<Context, 'vault' | 'keyring' | 'signer' | 'installation'>,
  tenant: TenantRef,
  id: string,
): Promise<PlanDocument> {
  return readPlanFile(deps, await keptPreviewText(deps, tenant, id));
}

/** Of plans in the vault, those that people look at have such an id. */
export const PREVIEW_ID = /^[0-9a-z]{9}-[0-9a-z]{8}$/;

/** The text of the plan. InputError `unknown-preview`. */
export async function keptPreviewText(
  deps: Pick<Context, 'vault' | 'keyring'>,
  tenant: TenantRef,
  id: string,
): Promise<string> {
  try {
    if (PREVIEW_ID.test(id)) return await readKeptPlan(deps, { tenant, planKey: restorePlanKey(tenant, id) });
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === 'object-missing')) throw error;
  }
  throw new InputError('unknown-preview', 'This tenant has no preview with this id.', {
    hint: 'Make a new preview.',
  });
}
