/**
 * Cancelling and finishing a destruction, as people do it: permitted by the policies, and in the audit trail whether it
 * succeeded or not. A destruction that was cancelled needs a new request.
 */
import { HoldfastError } from '../../../domain/errors.ts';
import type { Principal } from '../../../domain/principal.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { type Destruction, destructionsOf } from '../../storage/destruction-documents.ts';
import { type Attempt, draftOf, type RecordDeps, recordingDenials, requirePermitted } from '../audit.ts';
import { cancelDestruction } from './cancel-destruction.ts';
import type { DestructionDeps } from './destruction-deps.ts';
import { type FinishedDestruction, finishDestruction } from './finish-destruction.ts';

type CancellationDeps = Parameters<typeof cancelDestruction>[0] & RecordDeps;
type DecideDeps = DestructionDeps & RecordDeps;

interface Decided {
  readonly principal: Principal;
  readonly tenant: TenantRef;
}

/**
 * `cancel`: by default all of it; `orderCancellation` where somebody else brings back the key. InputError `not-permitted`; and
 * what that throws.
 */
export async function decideCancellation(
  deps: CancellationDeps,
  { principal, tenant }: Decided,
  reason: string,
  cancel: typeof cancelDestruction = cancelDestruction,
): Promise<Destruction> {
  const attempt = await permitted(deps, principal, tenant);
  const cancelled = await recordingFailure(deps, attempt, () => cancel(deps, tenant, { by: principal.name, reason }));
  await deps.record(tenant, draftOf(attempt, 'cancelled', { details: { number: cancelled.number } }));
  return cancelled;
}

/** InputError `not-permitted`; and what finishDestruction throws. */
export async function decideFinish(deps: DecideDeps, { principal, tenant }: Decided): Promise<FinishedDestruction> {
  const attempt = await permitted(deps, principal, tenant);
  await deps.record(tenant, draftOf(attempt, 'started'));
  const finished = await recordingFailure(deps, attempt, () => finishDestruction(deps, tenant, principal.name));
  const sha256 = (await deps.vault.head(finished.key))?.sha256;
  await deps.record(tenant, draftOf(attempt, 'done', { ...(sha256 && { records: { [finished.key]: sha256 } }) }));
  return finished;
}

async function permitted(deps: CancellationDeps, principal: Principal, tenant: TenantRef): Promise<Attempt> {
  const last = (await destructionsOf(deps, tenant)).at(-1)?.order.responsible;
  const attempt: Attempt = {
    ...{ principal, tenant, permission: 'destroy' },
    ...(last && { request: last.request, planHash: last.planHash }),
  };
  await recordingDenials(deps, attempt, () => requirePermitted(deps, attempt));
  return attempt;
}

async function recordingFailure<T>(deps: CancellationDeps, attempt: Attempt, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof HoldfastError ? error.code : 'internal';
    await deps.record(attempt.tenant, draftOf(attempt, 'failed', { code }));
    throw error;
  }
}
