/**
 * Asks for a restore of exactly the difference that is computed now: stage ▶ compare ▶ keep the signed plan ▶ request.
 * Invariant: where no request comes of it, nothing stays behind in the database.
 */
import { ConflictError, InputError } from '../../domain/errors.ts';
import type { GovernedRequest } from '../../domain/governed-request.ts';
import { newId } from '../../domain/new-id.ts';
import { blockingConflicts, type Preview } from '../../domain/preview.ts';
import type { Principal } from '../../domain/principal.ts';
import type { RestoreRequest } from '../../domain/restore-request.ts';
import { tenantId } from '../../domain/tenant.ts';
import { type Context, refOf } from '../context.ts';
import { preparePlan } from '../restore/apply/run-restore.ts';
import { keepPlan } from '../restore/compare/kept-plan.ts';
import { openPlanFile } from '../restore/compare/restore-plan-file.ts';
import type { ActionKind } from './action-kind.ts';
import { type GovernanceDeps, requestAction } from './request-action.ts';

export interface RestoreAsked {
  readonly principal: Principal;
  readonly request: RestoreRequest;
  /** `diffDigest` of the preview that the person saw. */
  readonly digest: string;
}

/**
 * InputError `not-permitted`, `nothing-to-restore`; ConflictError `preview-outdated`, `conflicts`; and what planning and
 * staging throw.
 */
export async function askRestore(
  deps: Context & GovernanceDeps,
  kinds: readonly ActionKind[],
  { principal, request, digest }: RestoreAsked,
): Promise<GovernedRequest> {
  const tenant = refOf(deps, tenantId(request.tenant));
  const { preview, file } = await preparePlan(deps, request);
  try {
    requireSame(preview, digest);
    const planKey = await keepPlan(deps, tenant, newId(deps), file);
    const asked = { principal, action: 'restore', tenant, input: { planKey }, reason: request.reason } as const;
    return await requestAction(deps, kinds, asked);
  } catch (error) {
    await openPlanFile(deps, file)
      .then(({ drop }) => drop())
      .catch(() => {});
    throw error;
  }
}

function requireSame(preview: Preview, digest: string): void {
  if (preview.diffDigest !== digest)
    throw new ConflictError(
      'preview-outdated',
      'Rows were changed since the preview: the restore would do something else.',
      {
        hint: 'Nothing was asked for. Preview it again.',
      },
    );
  if (preview.totals.rows === 0)
    throw new InputError('nothing-to-restore', 'Nothing differs from that moment.', {
      hint: 'Choose another moment: the data is already as it was then.',
    });
  const blocking = blockingConflicts(preview);
  if (blocking.length > 0)
    throw new ConflictError('conflicts', 'The restore conflicts with rows that are there now.', {
      hint: 'Ask the operators: they can restore a part of it.',
      details: { conflicts: blocking.length },
    });
}
