/**
 * A restore in one process: the same plan → stage → compare → apply as in several calls, looped without a limit.
 * Everything kept between comparing and applying ends with the restore. The loop here compares again where the
 * application changed rows meanwhile.
 */
import { refusePreview } from '../../../domain/destination.ts';
import { HoldfastError, InputError } from '../../../domain/errors.ts';
import type { Preview } from '../../../domain/preview.ts';
import type { RestoreRequest } from '../../../domain/restore-request.ts';
import { tenantId } from '../../../domain/tenant.ts';
import { type Context, refOf } from '../../context.ts';
import { type ComparedRestore, compareRestore, type RestoreFacts } from '../compare/compare-restore.ts';
import { writePlanFile } from '../compare/restore-plan-file.ts';
import { chainOf } from '../plan/plan-restore.ts';
import { type RestoreScope, scopeOf } from '../plan/restore-scope.ts';
import { asAsked, refuseExistingTenant } from '../stage/new-tenant.ts';
import { type OpenRestore, openRestore } from '../stage/open-restore.ts';
import type { StagedState } from '../stage/staged-state.ts';
import { applyRestore, type RestoreResult } from './apply-restore.ts';
import { handOverState } from './hand-over-restore.ts';
import { settleInterrupted } from './record-restore.ts';

/** How often a restore computes its difference again because the application changed rows meanwhile. */
const MAX_ATTEMPTS = 5;

/**
 * Restores as requested. ConflictError `conflicts` (listed in details), `rows-changed`, `restore-running`; and what
 * planning and staging throw. On any error the tenant's rows are as before.
 */
export async function runRestore(ctx: Context, request: RestoreRequest): Promise<RestoreResult> {
  await settleInterrupted(ctx, refOf(ctx, tenantId(request.tenant)));
  const { destination } = scopeOf(request);
  if (destination.kind === 'tenant') await refuseExistingTenant(ctx, destination.tenant);
  const startedAt = ctx.clock.now();
  return staged(ctx, request, async opened => {
    if (destination.kind === 'side-by-side')
      return handOverState(ctx, opened, opened.scope, { startedAt: startedAt.toISOString() });
    const staging = await asAsked(opened.ctx, opened, opened.scope);
    return compareAndApply(opened.ctx, staging, opened.scope, factsOf(opened, startedAt));
  });
}

/** Difference, conflicts, apply; again where live rows changed in between. */
export async function compareAndApply(
  ctx: Context,
  staging: StagedState,
  scope: RestoreScope,
  facts: RestoreFacts,
): Promise<RestoreResult> {
  for (let attempts = 1; ; attempts++) {
    const compared = await compareRestore(ctx, staging, scope, facts);
    try {
      // Without a budget it runs to completion.
      return (await applyRestore(ctx, compared, { attempts, approved: false }))!;
    } catch (error) {
      const again = error instanceof HoldfastError && error.code === 'rows-changed' && attempts < MAX_ATTEMPTS;
      if (!again) throw error;
      ctx.progress?.({
        step: 'restore.again',
        message: 'The application changed rows meanwhile: computing the difference again.',
      });
    }
  }
}

/** What a restore in place would do. Leaves nothing behind. InputError `preview-in-place-only`; and what planning and staging throw. */
export async function previewTenant(ctx: Context, request: RestoreRequest): Promise<Preview> {
  refusePreview(request, 'A preview');
  return staged(ctx, request, async opened => (await compared(ctx, opened)).preview);
}

export interface HeldRestore {
  readonly preview: Preview;
  /** Applies exactly what was previewed, once; leaves nothing behind. ConflictError as in runRestore. */
  apply(): Promise<RestoreResult>;
  /** Discards it. Idempotent. */
  drop(): Promise<void>;
}

/** Previews, and holds the state until this process decides. Throws what previewTenant throws. */
export async function holdRestore(ctx: Context, request: RestoreRequest): Promise<HeldRestore> {
  refusePreview(request, 'A preview');
  const opened = await openRestore(ctx, request);
  const drop = () => opened.area.drop();
  try {
    const made = await compared(ctx, opened);
    const apply = async () => {
      await settleInterrupted(ctx, made.facts.ref);
      // While a person decides, a session that does nothing may be cut off: applying has one of its own.
      const staging = { ...made.staging, session: undefined };
      // Without a budget it runs to completion.
      return (await applyRestore(ctx, { ...made, staging }, { attempts: 1, approved: true }))!;
    };
    return { preview: made.preview, apply: () => apply().finally(drop), drop };
  } catch (error) {
    await drop();
    throw error;
  }
}

/**
 * Previews and keeps: `file` is the text of the plan file for `restore --plan`; the staging schema stays until the plan
 * is applied or dropped, or for `keepMs` milliseconds.
 */
export async function preparePlan(
  ctx: Context,
  request: RestoreRequest,
  { keepMs }: { readonly keepMs?: number } = {},
): Promise<{ preview: Preview; file: string }> {
  refusePreview(request, 'A plan');
  if (request.batches !== undefined)
    throw new InputError('plan-in-batches', 'An approved plan is applied in one transaction.', {
      hint: 'Omit the batches, or restore without a plan.',
    });
  return staged(ctx, request, async opened => {
    const made = await compared(ctx, opened);
    const file = await writePlanFile(ctx, made);
    await (keepMs === undefined ? opened.area.release() : opened.area.pause(keepMs));
    return { preview: made.preview, file };
  });
}

/** Works with a staged state, and drops it unless it was released. */
async function staged<T>(ctx: Context, request: RestoreRequest, work: (opened: OpenRestore) => Promise<T>): Promise<T> {
  const opened = await openRestore(ctx, request);
  try {
    return await work(opened);
  } finally {
    await opened.area.drop();
  }
}

function compared(ctx: Context, opened: OpenRestore): Promise<ComparedRestore> {
  ctx.progress?.({ step: 'restore.compare', message: 'Comparing with the live rows' });
  return compareRestore(ctx, opened.staging, opened.scope, factsOf(opened, ctx.clock.now()));
}

function factsOf({ scope, plan, planMs, stageMs, ctx }: OpenRestore, startedAt: Date): RestoreFacts {
  const ref = refOf(ctx, scope.tenant);
  return { ref, startedAt, chain: chainOf(plan), targetTime: plan.target.time, planMs, stageMs };
}
