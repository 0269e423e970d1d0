/**
 * A restore as steps of short-lived processes, beside staging (stage-steps.ts): the request checked, a kept plan taken up,
 * the staged state compared and its plan kept, or handed over beside the live tables. What passes between the steps is
 * references and counts: row values never leave the database here.
 */
import { z } from 'zod';
import { type ApprovalPolicy, approvalsNeeded } from '../../domain/approval.ts';
import { InputError } from '../../domain/errors.ts';
import { newId } from '../../domain/new-id.ts';
import { blockingConflicts, fitsOneFunction, type Preview } from '../../domain/preview.ts';
import { parseRestoreRequest, type RestoreRequest } from '../../domain/restore-request.ts';
import { type TenantRef, tenantId, tenantRef } from '../../domain/tenant.ts';
import { dropStagingArea, keepStagingArea } from '../../postgres/staging/staging-area.ts';
import { noteProgress } from '../../postgres/staging/staging-progress.ts';
import { restores } from '../catalog/catalog-index.ts';
import { type Context, refOf } from '../context.ts';
import { requireNotRefused, requireRequester } from './apply/restore-approval.ts';
import { refuseExistingTenant, remapped } from './apply/restore-as-tenant.ts';
import { dropHandedOver, type HandedOver, handOverState } from './apply/restore-side-by-side.ts';
import { diffStaged, type StagedState } from './compare/diff-staged.ts';
import { type Aftermath, keepPlan, planIdOf, readKeptPlan } from './compare/kept-plan.ts';
import { openPlanFile, writePlanFile } from './compare/restore-plan-file.ts';
import { chainOf, planRequest } from './plan/open-restore.ts';
import {
  beginStaging,
  KEEP_BETWEEN_CALLS_MS,
  type OpenedStaging,
  openStaged,
  type StagingProgress,
  type StagingRef,
} from './stage/stage-steps.ts';
import { stagedDocument } from './stage/staged-document.ts';

/** How previews are kept and approved. */
export interface PreviewPolicy {
  readonly approvals: ApprovalPolicy;
  /** For so long a preview waits to be approved or taken up. */
  readonly keepMs: number;
}

/** A plan that an earlier preview kept. */
const TakeUp = z.strictObject({
  /** `planKey` of the preview. */
  plan: z.string().min(1),
  /** TenantRef. */
  tenant: z.string().min(1),
  requestedBy: z.string().default('unknown'),
  reason: z.string().default(''),
});
type TakeUp = z.infer<typeof TakeUp>;

/** What a preview is known by. */
export interface PreviewReference {
  readonly tenant: TenantRef;
  readonly id: string;
  readonly planKey: string;
  readonly hash: string;
  readonly requestedBy: string;
  readonly takenUpBy?: string;
  /** How many others must agree. */
  readonly approvals: number;
  /** A conflict stands in the way. */
  readonly blocked: boolean;
  /** One function cannot apply it. */
  readonly tooLong: boolean;
  readonly target: string;
  readonly counts: { inserts: number; updates: number; deletes: number; conflicts: number };
  readonly conflicts: readonly { code: string; table: string; count: number; blocking: boolean }[];
  readonly keptUntil: string;
  /** When it was asked for: what recovery time counts from. */
  readonly startedAt: string;
}

export type CheckedRestore =
  | {
      readonly planned: false;
      readonly request: RestoreRequest;
      readonly sideBySide: boolean;
      readonly previewOnly: boolean;
    }
  | { readonly planned: true; readonly preview: PreviewReference; readonly previewOnly: false };

/** What a state can hold of them: the plan has them all. */
const SHOWN_CONFLICTS = 50;

/**
 * What a restore was started with: a request, with `previewOnly`, or a kept plan. InputError, ConflictError `preview-gone`,
 * `approval-refused`.
 */
export async function checkRestore(ctx: Context, input: unknown, policy: PreviewPolicy): Promise<CheckedRestore> {
  if (isTakeUp(input))
    return { planned: true, preview: await takeUp(ctx, parseTakeUp(input), policy), previewOnly: false };
  const { previewOnly, ...asked } = parsePreviewOnly(input);
  const request = parseRestoreRequest(asked);
  refuseForFunctions(request, previewOnly);
  if (approvalsNeeded(policy.approvals, request) > 0) requireRequester(request.requestedBy);
  if (request.asTenant !== undefined) await refuseExistingTenant(ctx, tenantId(request.asTenant));
  return { planned: false, request, sideBySide: request.sideBySide, previewOnly };
}

/** Whose rows it is about: a person names the tenant as the application does, a kept plan by its reference. InputError. */
export function tenantOfRestore(input: unknown, installation: string): TenantRef {
  if (isTakeUp(input)) return parseTakeUp(input).tenant as TenantRef;
  const { previewOnly: _, ...asked } = parsePreviewOnly(input);
  return tenantRef(installation, tenantId(parseRestoreRequest(asked).tenant));
}

function isTakeUp(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'plan' in input;
}

function parsePreviewOnly(input: unknown) {
  const parsed = z.looseObject({ previewOnly: z.boolean().default(false) }).safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InputError('bad-request', 'The restore request is not valid: previewOnly must be true or false.', {
    hint: 'Give a restore request, or a plan to take up; docs/state-machines.md shows both.',
  });
}

function parseTakeUp(input: unknown): TakeUp {
  const parsed = TakeUp.safeParse(input);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(issue => `${issue.path.join('.') || 'input'}: ${issue.message}`);
  throw new InputError('bad-request', `The plan to take up is not named as it must be: ${fields.join('; ')}.`, {
    hint: 'Give {"plan": planKey, "tenant": reference, "requestedBy": your name} as the preview returned them.',
  });
}

function refuseForFunctions(request: RestoreRequest, previewOnly: boolean): void {
  if (request.undoes !== undefined)
    throw new InputError('undo-exact-only', 'The state machine undoes exactly: rows written since are lost too.', {
      hint: 'Leave undoes out (`undo --exact`) after reading the preview, or undo from a machine that reaches the database (--here).',
    });
  if (request.into !== undefined)
    throw new InputError('into-not-here', 'A restore into another database is not run here: its address is a secret.', {
      hint: 'Run `holdfast restore … --into URL` where that database can be reached: no password passes through a state machine.',
    });
  if (request.approvedBy.length > 0)
    throw new InputError('approved-by-not-here', 'Who approved is not for the request to say.', {
      hint: 'Leave approvedBy out: people approve at the approval address.',
    });
  if (request.sideBySide && (previewOnly || request.batches !== undefined || request.mode !== 'exact'))
    throw new InputError('side-by-side-alone', 'Side by side hands the whole state over: nothing is compared.', {
      hint: 'Leave previewOnly, batches and mode out.',
    });
}

/** Exactly the plan that was kept. Whoever takes it up may not approve it either. */
async function takeUp(ctx: Context, { plan, tenant, requestedBy }: TakeUp, policy: PreviewPolicy) {
  const kept = { tenant: tenant as TenantRef, planKey: plan };
  const id = planIdOf(kept);
  if ((await ctx.vault.head(plan)) === undefined)
    throw new InputError('unknown-plan', 'No plan is kept under this key.', {
      hint: 'Pass on what the preview returned. Plans go with the retention of the log.',
    });
  const { document } = await openPlanFile(ctx, await readKeptPlan(ctx, kept));
  if (refOf(ctx, tenantId(document.request.tenant)) !== tenant)
    throw new InputError('bad-plan', 'The plan is not of this tenant.', { hint: 'Pass on what the preview returned.' });
  const startedAt = ctx.clock.now().toISOString();
  const reference = referenceOf(ctx, { ...kept, id, startedAt }, document.preview, policy);
  if (reference.approvals > 0) requireRequester(requestedBy);
  await requireNotRefused(ctx, kept.tenant, id);
  await keepStagingArea(ctx.source, document.staging.id, policy.keepMs);
  return { ...reference, takenUpBy: requestedBy };
}

function referenceOf(
  ctx: Pick<Context, 'clock'>,
  kept: Pick<PreviewReference, 'tenant' | 'id' | 'planKey' | 'startedAt'>,
  preview: Preview,
  { approvals, keepMs }: PreviewPolicy,
): PreviewReference {
  const { inserts, updates, deletes } = preview.totals;
  return {
    ...kept,
    ...{ hash: preview.hash, target: preview.target },
    ...{ requestedBy: preview.request.requestedBy, approvals: approvalsNeeded(approvals, preview.request) },
    ...{ blocked: blockingConflicts(preview).length > 0, tooLong: !fitsOneFunction(preview) },
    counts: { inserts, updates, deletes, conflicts: preview.conflicts.length },
    conflicts: preview.conflicts
      .slice(0, SHOWN_CONFLICTS)
      .map(({ code, table, count, blocking }) => ({ code, table, count, blocking })),
    keptUntil: new Date(ctx.clock.now().getTime() + keepMs).toISOString(),
  };
}

/** Plans, and makes the staging area. */
export async function planSteps(ctx: Context, request: RestoreRequest): Promise<StagingProgress> {
  const started = performance.now();
  const plan = await planRequest(ctx, request);
  return beginStaging(plan, ctx.source, { planMs: Math.round(performance.now() - started) });
}

/**
 * Compares a complete state with the live rows and keeps the plan and the staging area. Calling it again compares anew.
 * The preview's samples are not kept.
 */
export async function compareStaged(
  ctx: Context,
  ref: StagingRef,
  request: RestoreRequest,
  policy: PreviewPolicy,
): Promise<{ reference: PreviewReference; preview: Preview }> {
  const opened = await openStaged(ref, ctx.source, request.asTenant ?? request.tenant);
  try {
    const staging = await asAsked(ctx, opened, request);
    const { plan, planMs, stageMs } = opened;
    const preview = await diffStaged(ctx, staging, request, { planMs, stageMs, targetTime: plan.target.time });
    await ctx.crash?.('restore.after-diff');
    const file = await writePlanFile(ctx, staging, request, preview, chainOf(plan));
    const tenant = ref.tenant as TenantRef;
    const id = newId(ctx);
    const planKey = await keepPlan(ctx, tenant, id, file);
    await opened.area.pause(policy.keepMs);
    return {
      reference: referenceOf(ctx, { tenant, id, planKey, startedAt: plan.createdAt }, preview, policy),
      preview,
    };
  } catch (error) {
    await opened.area.pause(KEEP_BETWEEN_CALLS_MS).catch(() => {});
    throw error;
  }
}

/** As a new tenant: the rows get their new keys once, however often they are compared. */
async function asAsked(ctx: Context, { area, staging, progress }: OpenedStaging, request: RestoreRequest) {
  if (request.asTenant === undefined || progress.has('as tenant')) return staging;
  const to = tenantId(request.asTenant);
  await refuseExistingTenant(ctx, to);
  const from: StagedState = { ...staging, tenant: tenantId(request.tenant) };
  await area.connection.query('BEGIN');
  const made = await remapped(ctx, area.connection, from, to, request);
  const items = { staged: stagedDocument(made), 'as tenant': true };
  await area.connection.query(`${noteProgress(area.schema, items)}; COMMIT`);
  return made;
}

/** Hands a complete state over as a schema, once: the restore has the id of the staging. */
export async function handOverStaged(ctx: Context, ref: StagingRef, request: RestoreRequest): Promise<HandedOver> {
  const opened = await openStaged(ref, ctx.source, request.tenant);
  const release = () => opened.area.release();
  return handOverState(ctx, { ...opened, id: ref.id, startedAt: opened.plan.createdAt, release }, request);
}

/**
 * After a failure before there is a plan: removes the staging schema, and the schema that was handed over if nobody heard
 * of it and no record says so.
 */
export async function dropStaged(ctx: Context, ref: StagingRef): Promise<Aftermath> {
  await dropStagingArea(ctx.source, ref.id);
  const item = await restores.get(ctx.catalog, ref.tenant as TenantRef, ref.id);
  const applied = z.object({ state: z.literal('done'), place: z.literal('side-by-side') }).safeParse(item).success;
  if (!applied) await dropHandedOver(ctx, ref.id);
  return { applied, partial: false };
}
