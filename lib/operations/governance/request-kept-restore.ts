/**
 * Asks for the restore that a kept preview shows. Invariants: it is asked for by who made the preview, whom the record of the
 * restore names; the hash is the one that the person saw; the difference stays in the database for as long as the request can
 * be executed.
 */
import { ConflictError, InputError } from '../../domain/errors.ts';
import type { GovernedRequest } from '../../domain/governed-request.ts';
import { restorePlanKey } from '../../domain/object-key.ts';
import { permissionsOf } from '../../domain/permission.ts';
import { samePerson } from '../../domain/person.ts';
import type { PlanDocument } from '../../domain/plan-file.ts';
import type { Principal } from '../../domain/principal.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Context } from '../context.ts';
import { refuseConflicts } from '../restore/apply/apply-restore.ts';
import { keepPreviewFor, readPreview } from '../restore/apply/kept-preview.ts';
import type { ActionKind } from './action-kind.ts';
import { recordingDenials, requirePermitted } from './audit.ts';
import { type GovernanceDeps, requestAction } from './request-action.ts';

export interface KeptRestoreAsked {
  readonly principal: Principal;
  readonly tenant: TenantRef;
  /** Id of the preview. */
  readonly preview: string;
  /** Of the preview, as the person saw it. */
  readonly hash: string;
  readonly reason: string;
  readonly ticket?: string | undefined;
}

const HOUR_MS = 3600_000;

/**
 * InputError `unknown-preview`, `preview-of-another`; ConflictError `other-preview`, `conflicts`, `preview-gone`; and what
 * requestAction throws.
 */
export async function requestKeptRestore(
  deps: Context & GovernanceDeps,
  kinds: readonly ActionKind[],
  { principal, tenant, preview: id, hash, reason, ticket }: KeptRestoreAsked,
): Promise<GovernedRequest> {
  const attempt = { principal, tenant, permission: permissionsOf('restore').request } as const;
  const plan = await recordingDenials(deps, attempt, async () => {
    await requirePermitted(deps, attempt);
    return seenPlan(deps, { principal, tenant, preview: id, hash });
  });
  // Executing may begin at the last moment; what is not executed by then has expired.
  await keepPreviewFor(deps, plan, (deps.policyFor('restore', tenant).expiresHours + 1) * HOUR_MS);
  const input = { planKey: restorePlanKey(tenant, id) };
  const asked = { principal, action: 'restore', tenant, input, reason } as const;
  return requestAction(deps, kinds, { ...asked, ...(ticket !== undefined && { ticket }) });
}

/** Exactly what the person saw, if it can be asked for. */
async function seenPlan(
  deps: Context,
  { principal, tenant, preview: id, hash }: Omit<KeptRestoreAsked, 'reason'>,
): Promise<PlanDocument> {
  const plan = await readPreview(deps, tenant, id);
  if (plan.preview.hash !== hash)
    throw new ConflictError('other-preview', 'The preview has another hash than the one that was seen.', {
      hint: 'Open the preview again, and ask for what it shows now.',
    });
  if (!samePerson(plan.request.requestedBy, principal.name))
    throw new InputError(
      'preview-of-another',
      'Another person made this preview, and would be named as the requester.',
      { hint: 'Make a preview of your own, or let that person ask for the restore.' },
    );
  refuseConflicts(plan.preview);
  return plan;
}
