/**
 * A restore plan that waits for approval between two functions: its text, sealed under the tenant's key, written once
 * to the vault. Only its key and counts pass through a state machine. Invariant: a plan is read only from below the
 * prefix of the tenant given with it.
 */
import { InputError } from '../../../domain/errors.ts';
import { planIdOfKey, restorePlanKey } from '../../../domain/object-key.ts';
import { PlanDocument, PlanFile } from '../../../domain/plan-file.ts';
import { retainUntil } from '../../../domain/settings.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { dropSchemaOf } from '../../../postgres/staging/drop-schema.ts';
import type { Context } from '../../context.ts';
import { altered, putText, readText } from '../../storage/sealed-document.ts';

export interface KeptPlan {
  readonly tenant: TenantRef;
  readonly planKey: string;
}

/** The id of a kept plan. InputError `bad-plan-key` for a key that is not one of this tenant's plans. */
export function planIdOf({ tenant, planKey }: KeptPlan): string {
  const id = planIdOfKey(tenant, planKey);
  if (id !== undefined) return id;
  throw new InputError('bad-plan-key', 'This is not the key of a plan of this tenant.', {
    hint: 'Use the values that the preview returned.',
  });
}

export async function keepPlan(ctx: Context, tenant: TenantRef, id: string, text: string): Promise<string> {
  const key = restorePlanKey(tenant, id);
  await putText(ctx, tenant, key, text, { retainUntil: retainUntil(ctx.settings, 'log', ctx.clock.now()) });
  return key;
}

/** The text of a plan file. InputError `bad-plan-key`; IntegrityError `object-altered`, `object-missing`. */
export async function readKeptPlan(
  ctx: Pick<Context, 'vault' | 'keyring'>,
  { tenant, planKey }: KeptPlan,
): Promise<string> {
  planIdOf({ tenant, planKey });
  return readText(ctx, tenant, planKey);
}

/** Removes the staging schema of a plan, given its text. Signature and hash are checked where a plan is applied. */
export async function dropPlan(ctx: Pick<Context, 'source'>, text: string): Promise<PlanDocument> {
  const document = PlanDocument.parse(JSON.parse(PlanFile.parse(JSON.parse(text)).plan));
  if (!document.staging.schema.startsWith('holdfast_stage_')) throw altered(document.staging.schema, undefined);
  await dropSchemaOf(ctx.source, document.staging.schema);
  return document;
}
