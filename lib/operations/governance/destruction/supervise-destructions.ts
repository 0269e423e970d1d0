/**
 * Looks after all destructions, as often as it is run: stops the countdown of a tenant on which a hold stands, completes a
 * cancellation that was interrupted, finishes what is due, and removes what is no longer locked.
 *
 * Invariant: one tenant's failure does not affect the others, and is reported.
 */
import { HoldfastError } from '../../../domain/errors.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { standingDestruction } from '../../storage/destruction-documents.ts';
import { cancelDestruction } from './cancel-destruction.ts';
import type { DestructionDeps } from './destruction-deps.ts';
import { type DestructionStage, destroyedTenants, destructionStatus } from './destruction-status.ts';
import { finishDestruction } from './finish-destruction.ts';

export interface Supervised {
  readonly tenant: TenantRef;
  readonly stage: DestructionStage;
  /** Code of what failed. */
  readonly failed?: string;
}

const BY = 'holdfast';

type StopDeps = Parameters<typeof cancelDestruction>[0] & Pick<DestructionDeps, 'notifier'>;

export async function superviseDestructions(deps: DestructionDeps): Promise<Supervised[]> {
  const done: Supervised[] = [];
  for (const tenant of await destroyedTenants(deps)) {
    const failed = await superviseOne(deps, tenant).then(
      () => undefined,
      error => codeOf(error),
    );
    const stage = (await destructionStatus(deps, tenant))?.stage ?? 'interrupted';
    done.push({ tenant, stage, ...(failed !== undefined && { failed }) });
  }
  return done;
}

async function superviseOne(deps: DestructionDeps, tenant: TenantRef): Promise<void> {
  const before = await destructionStatus(deps, tenant);
  switch (before?.stage) {
    case 'counting':
    case 'interrupted':
      await stopIfHeld(deps, tenant);
      return;
    case 'cancelled':
      if ((await deps.keyring.destructionState(tenant)).state === 'pending') await cancelAgain(deps, tenant);
      return;
    case 'due':
    case 'certified':
      await finishDestruction(deps, tenant, BY);
      return;
    default:
  }
}

/**
 * Stops the countdown where a hold stands: to be called by whoever places one, after its record is durable. KMS deletes a
 * key on its own day whatever Holdfast decides, so the countdown itself must end. Nothing where none runs.
 */
export async function stopIfHeld(deps: DestructionDeps, tenant: TenantRef): Promise<void> {
  try {
    await deps.requireNoHold(tenant);
  } catch (error) {
    if (codeOf(error) !== 'under-hold') throw error;
    await stopForHold(deps, tenant);
  }
}

/**
 * The same where the hold is known. False where no countdown runs; one that is final is stopped by the hold itself, since
 * finishing checks it before the key.
 */
export async function stopForHold(deps: StopDeps, tenant: TenantRef): Promise<boolean> {
  const last = await standingDestruction(deps, tenant);
  if (last === undefined || last.outcome !== undefined) return false;
  await cancelDestruction(deps, tenant, { by: BY, reason: 'A legal hold stands on this tenant.' });
  await deps.notifier.notify({
    severity: 'alarm',
    code: 'destruction-stopped',
    message: 'The destruction of a tenant was stopped: a legal hold stands on it.',
    details: { tenant, number: last.number, orderedAt: last.order.at },
  });
  return true;
}

async function cancelAgain(deps: DestructionDeps, tenant: TenantRef): Promise<void> {
  await cancelDestruction(deps, tenant, { by: BY, reason: 'Continued after an interruption.' });
}

function codeOf(error: unknown): string {
  if (error instanceof HoldfastError) return error.code;
  throw error;
}
