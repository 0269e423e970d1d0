/**
 * First step of a restore: checks its input, or resumes the plan of an earlier preview. Writes no row. Passes on a
 * request, or references and counts.
 */
import * as z from 'zod';
import { approvalsNeeded } from '../../../domain/approval.ts';
import { refuseForFunctions } from '../../../domain/destination.ts';
import { InputError } from '../../../domain/errors.ts';
import type { StartedExecution } from '../../../domain/request-stamp.ts';
import { parseRestoreRequest, type RestoreRequest } from '../../../domain/restore-request.ts';
import { TenantRef, tenantId, tenantRef } from '../../../domain/tenant.ts';
import { keepStagingArea } from '../../../postgres/staging/staging-area.ts';
import { type Context, refOf } from '../../context.ts';
import { planIdOf, readKeptPlan } from '../compare/kept-plan.ts';
import { type PreviewPolicy, type PreviewReference, referenceOf } from '../compare/preview-reference.ts';
import { openPlanFile } from '../compare/restore-plan-file.ts';
import { scopeOf } from '../plan/restore-scope.ts';
import { refuseExistingTenant } from '../stage/new-tenant.ts';
import { requireNotRefused } from './kept-approvals.ts';
import { requireRequester } from './request-approval.ts';
import { stampedRequester } from './request-restore.ts';

/** A plan kept by an earlier preview. */
const KeptPlanRequest = z.strictObject({
  /** `planKey` of the preview. */
  plan: z.string().min(1),
  /** TenantRef. */
  tenant: TenantRef,
  requestedBy: z.string().default('unknown'),
  reason: z.string().max(2500).default(''),
});
type KeptPlanRequest = z.infer<typeof KeptPlanRequest>;

export type CheckedRestore =
  | {
      readonly planned: false;
      readonly request: RestoreRequest;
      readonly sideBySide: boolean;
      readonly previewOnly: boolean;
    }
  | { readonly planned: true; readonly preview: PreviewReference; readonly previewOnly: false };

/**
 * Checks the input of an execution: a request, with `previewOnly`, or a kept plan. Its requester is the person who asked
 * at the entry; a name that the input only claims is passed on as unverified. InputError, ConflictError `preview-gone`,
 * `approval-refused`.
 */
export async function checkStarted(
  ctx: Context,
  { input, execution }: { readonly input: unknown; readonly execution: StartedExecution },
  policy: PreviewPolicy,
): Promise<CheckedRestore> {
  const tenant = tenantOfRestore(input, ctx.installation);
  const asked = input as Record<string, unknown>;
  const requestedBy = await stampedRequester(ctx, tenant, execution, asked);
  return checkRestore(ctx, { ...asked, requestedBy }, policy);
}

/** Checks a request by its known requester. InputError, ConflictError `preview-gone`, `approval-refused`. */
export async function checkRestore(ctx: Context, input: unknown, policy: PreviewPolicy): Promise<CheckedRestore> {
  if (namesKeptPlan(input))
    return { planned: true, preview: await resumePlan(ctx, parseKeptPlanRequest(input), policy), previewOnly: false };
  const { previewOnly, ...asked } = parsePreviewOnly(input);
  const request = parseRestoreRequest(asked);
  refuseForFunctions(request, previewOnly);
  // A preview writes nothing: whoever applies it is its requester for the approval.
  if (!previewOnly && approvalsNeeded(policy.approvals, request) > 0) requireRequester(request.requestedBy);
  const { destination } = scopeOf(request);
  if (destination.kind === 'tenant') await refuseExistingTenant(ctx, destination.tenant);
  return { planned: false, request, sideBySide: destination.kind === 'side-by-side', previewOnly };
}

/**
 * The tenant of a restore: a request has the tenant's id as the application spells it, a kept plan has its reference.
 * InputError.
 */
export function tenantOfRestore(input: unknown, installation: string): TenantRef {
  if (namesKeptPlan(input)) return parseKeptPlanRequest(input).tenant;
  const { previewOnly: _, ...asked } = parsePreviewOnly(input);
  return tenantRef(installation, tenantId(parseRestoreRequest(asked).tenant));
}

function namesKeptPlan(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'plan' in input;
}

function parsePreviewOnly(input: unknown) {
  const parsed = z.looseObject({ previewOnly: z.boolean().default(false) }).safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InputError('bad-request', 'The restore request is not valid: previewOnly must be true or false.', {
    hint: 'Give a restore request, or a plan to apply; docs/state-machines.md shows both.',
  });
}

function parseKeptPlanRequest(input: unknown): KeptPlanRequest {
  const parsed = KeptPlanRequest.safeParse(input);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(issue => `${issue.path.join('.') || 'input'}: ${issue.message}`);
  throw new InputError('bad-request', `The reference to the plan is not valid: ${fields.join('; ')}.`, {
    hint: 'Give {"plan": planKey, "tenant": reference, "requestedBy": your name} as the preview returned them.',
  });
}

/** Resumes exactly the kept plan. The person who applies it cannot approve it either. */
async function resumePlan(ctx: Context, { plan, tenant, requestedBy, reason }: KeptPlanRequest, policy: PreviewPolicy) {
  const kept = { tenant: tenant, planKey: plan };
  const id = planIdOf(kept);
  if ((await ctx.vault.head(plan)) === undefined)
    throw new InputError('unknown-plan', 'No plan is stored under this key.', {
      hint: 'Use the key that the preview returned. Plans expire with the retention of the log.',
    });
  const { document } = await openPlanFile(ctx, await readKeptPlan(ctx, kept));
  if (refOf(ctx, tenantId(document.request.tenant)) !== tenant)
    throw new InputError('bad-plan', 'The plan belongs to another tenant.', {
      hint: 'Use the values that the preview returned.',
    });
  const startedAt = ctx.clock.now().toISOString();
  const reference = referenceOf(ctx, { ...kept, id, startedAt }, document.preview, policy);
  if (reference.approvals > 0) requireRequester(requestedBy);
  await requireNotRefused(ctx, kept.tenant, id);
  await keepStagingArea(ctx.source, document.staging.id, policy.keepMs);
  return { ...reference, takenUpBy: requestedBy, ...(reason !== '' && { reason }) };
}
