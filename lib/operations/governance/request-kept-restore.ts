/**
 * Asks for the restore that a kept preview shows. Invariants: it is asked for by who made the preview, whom the record of the
 * restore names; the hash is the one that the person saw; the difference stays in the database for as long as the request can
 * be executed.
 */
import type { GovernedRequest } from '../../domain/governed-request.ts';
import { restorePlanKey } from '../../domain/object-key.ts';
import { permissionsOf } from '../../domain/permission.ts';
import type { Context } from '../context.ts';
import { keepPreviewFor } from '../restore/apply/kept-preview.ts';
import type { ActionKind } from './action-kind.ts';
import { recordingDenials, requirePermitted } from './audit.ts';
import { type GovernanceDeps, requestAction } from './request-action.ts';
import { type SeenPreview, seenPlan } from './seen-plan.ts';

export interface KeptRestoreAsked extends SeenPreview {
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
