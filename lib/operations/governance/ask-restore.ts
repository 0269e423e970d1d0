/**
 * A restore in two steps: keep the difference that a person is shown, then ask for exactly that. Invariants: what is asked
 * for is the kept plan, by its hash, of the same tenant; a difference that cannot be applied is not asked for.
 */
import { ConflictError } from '../../domain/errors.ts';
import type { GovernedRequest } from '../../domain/governed-request.ts';
import { newId } from '../../domain/new-id.ts';
import { restorePlanKey } from '../../domain/object-key.ts';
import { blockingConflicts, type Preview } from '../../domain/preview.ts';
import type { Principal } from '../../domain/principal.ts';
import type { RestoreRequest } from '../../domain/restore-request.ts';
import { type TenantRef, tenantId } from '../../domain/tenant.ts';
import { type Context, refOf } from '../context.ts';
import { preparePlan } from '../restore/apply/run-restore.ts';
import { keepPlan, readKeptPlan } from '../restore/compare/kept-plan.ts';
import { openPlanFile, readPlanFile } from '../restore/compare/restore-plan-file.ts';
import type { ActionKind } from './action-kind.ts';
import { type GovernanceDeps, requestAction } from './request-action.ts';

export interface KeptDifference {
  readonly preview: Preview;
  /** Null: nothing differs, and nothing is kept. */
  readonly id: string | null;
}

/** Throws what planning and staging throw; then nothing stays behind. */
export async function keepDifference(ctx: Context, request: RestoreRequest): Promise<KeptDifference> {
  const { preview, file } = await preparePlan(ctx, request);
  const id = newId(ctx);
  const isKept = preview.totals.rows > 0;
  try {
    if (isKept) await keepPlan(ctx, refOf(ctx, tenantId(request.tenant)), id, file);
  } catch (error) {
    await dropStaged(ctx, file);
    throw error;
  }
  if (!isKept) await dropStaged(ctx, file);
  return { preview, id: isKept ? id : null };
}

async function dropStaged(ctx: Context, file: string): Promise<void> {
  // What is left is removed with the next leftovers.
  await openPlanFile(ctx, file)
    .then(({ drop }) => drop())
    .catch(() => {});
}

export interface RestoreAsked {
  readonly principal: Principal;
  readonly tenant: TenantRef;
  /** Id of the kept difference, and the hash of its preview as the person saw it. */
  readonly preview: string;
  readonly hash: string;
  readonly reason: string;
}

/** InputError `not-permitted`, `bad-plan`; ConflictError `preview-outdated`, `conflicts`; IntegrityError `object-missing`. */
export async function askRestore(
  deps: GovernanceDeps,
  kinds: readonly ActionKind[],
  { principal, tenant, preview: id, hash, reason }: RestoreAsked,
): Promise<GovernedRequest> {
  const planKey = restorePlanKey(tenant, id);
  const { preview, request } = await readPlanFile(deps, await readKeptPlan(deps, { tenant, planKey }));
  if (refOf(deps, tenantId(request.tenant)) !== tenant || preview.hash !== hash)
    throw new ConflictError('preview-outdated', 'This is not the difference that was shown.', {
      hint: 'Nothing was asked for. Preview it again.',
    });
  const blocking = blockingConflicts(preview);
  if (blocking.length > 0)
    throw new ConflictError('conflicts', 'The restore conflicts with rows that are there now.', {
      hint: 'Ask the operators: they can restore a part of it.',
      details: { conflicts: blocking.length },
    });
  const asked = { principal, action: 'restore', tenant, input: { planKey }, reason } as const;
  return requestAction(deps, kinds, asked);
}
