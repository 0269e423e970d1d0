/**
 * Looks after all destructions, as often as it is run: stops the countdown of a tenant on which a hold stands, completes a
 * cancellation that was interrupted, finishes what is due, and removes what is no longer locked.
 *
 * Invariants: one tenant's failure does not affect the others, and is reported; no key is destroyed before the event of it
 * is in the audit trail.
 */
import { HoldfastError } from '../../../domain/errors.ts';
import type { Principal } from '../../../domain/principal.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { standingDestruction } from '../../storage/destruction-documents.ts';
import { type Attempt, draftOf, type RecordEvent } from '../audit.ts';
import { cancelDestruction } from './cancel-destruction.ts';
import type { SupervisionDeps } from './destruction-deps.ts';
import {
  type DestructionStage,
  type DestructionStatus,
  destroyedTenants,
  destructionStatus,
} from './destruction-status.ts';
import { certifyDestruction, clearDestroyed } from './finish-destruction.ts';

export interface Supervised {
  readonly tenant: TenantRef;
  readonly stage: DestructionStage;
  /** Code of what failed. */
  readonly failed?: string;
  /** A person has to look: it should have gone on by now, and neither a hold nor the key service is why it does not. */
  readonly late?: true;
}

/** What is looked after: the keys up to the certificate, or what is left after it. On AWS no function may do both. */
export type SupervisedPart = 'keys' | 'remains';

const BY = 'holdfast';

interface Recorder {
  readonly record: RecordEvent;
}

type StopDeps = Parameters<typeof cancelDestruction>[0] & Pick<SupervisionDeps, 'notifier'>;

/** Nobody asks for it: what it does was approved when it was ordered. */
const SCHEDULE: Principal = { name: BY, proof: 'schedule', roles: [], tenants: [] };

export async function superviseDestructions(deps: SupervisionDeps & Recorder): Promise<Supervised[]> {
  const done: Supervised[] = [];
  for (const tenant of await destroyedTenants(deps)) {
    const one = await superviseTenant(deps, tenant, 'keys');
    const isCertified = one.failed === undefined && one.stage === 'certified';
    done.push(isCertified ? await superviseTenant(deps, tenant, 'remains') : one);
  }
  return done;
}

/** One part for one tenant, as often as it is called. Reports what failed; throws only what no code names. */
export async function superviseTenant(
  deps: SupervisionDeps & Recorder,
  tenant: TenantRef,
  part: SupervisedPart,
): Promise<Supervised> {
  const work = part === 'keys' ? superviseKey : superviseRemains;
  const failed = await work(deps, tenant).then(() => undefined, codeOf);
  // One whose documents were altered has no stage; that is what failed.
  const status = await destructionStatus(deps, tenant).catch(error => void codeOf(error));
  const late = await isLate(deps, status, failed);
  return {
    ...{ tenant, stage: status?.stage ?? 'interrupted' },
    ...(failed !== undefined && { failed }),
    ...(late && { late }),
  };
}

/** What a cancellation or a hold waits for, at once: throws what failed. ConflictError `under-hold` where it rests. */
export async function superviseKey(deps: SupervisionDeps & Recorder, tenant: TenantRef): Promise<void> {
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
      // Also of a hold that came while it was being finished.
      await stopIfHeld(deps, tenant);
      await finishRecorded(deps, tenant);
      return;
    default:
  }
}

async function superviseRemains(deps: SupervisionDeps & Recorder, tenant: TenantRef): Promise<void> {
  if ((await destructionStatus(deps, tenant))?.stage === 'certified') await clearDestroyed(deps, tenant);
}

/** KMS deletes a key up to a day after its date, and the run is daily. */
const LATE_MS = 3 * 24 * 3600 * 1000;

async function isLate(
  deps: SupervisionDeps,
  status: DestructionStatus | undefined,
  failed: string | undefined,
): Promise<boolean> {
  // A destruction rests while a hold stands.
  if (failed === 'under-hold') return false;
  if (failed !== undefined && failed !== 'key-remains') return true;
  const since = status && (await waitingSince(deps, status));
  return since !== undefined && deps.clock.now().getTime() - Date.parse(since) > LATE_MS;
}

/** Undefined where nothing has to go on. */
async function waitingSince(
  deps: SupervisionDeps,
  { tenant, stage, orderedAt, deletionDate }: DestructionStatus,
): Promise<string | undefined> {
  if (stage === 'interrupted') return orderedAt;
  if (stage !== 'due') return undefined;
  // Once it is final, nothing counts down any more.
  return deletionDate ?? (await standingDestruction(deps, tenant))?.outcome?.at;
}

/** Destroys the key. */
async function finishRecorded(deps: SupervisionDeps & Recorder, tenant: TenantRef): Promise<void> {
  const last = (await standingDestruction(deps, tenant))?.order.responsible;
  const attempt: Attempt = {
    ...{ principal: SCHEDULE, tenant, permission: 'destroy' },
    ...(last && { request: last.request, planHash: last.planHash }),
  };
  await deps.requireNoHold(tenant);
  await deps.record(tenant, draftOf(attempt, 'started'));
  const { key } = await certifyDestruction(deps, tenant, BY);
  const sha256 = (await deps.vault.head(key))?.sha256;
  await deps.record(tenant, draftOf(attempt, 'done', { ...(sha256 && { records: { [key]: sha256 } }) }));
}

/**
 * Stops the countdown where a hold stands: to be called by whoever places one, after its record is durable. KMS deletes a
 * key on its own day whatever Holdfast decides, so the countdown itself must end. Nothing where none runs.
 */
export async function stopIfHeld(deps: SupervisionDeps, tenant: TenantRef): Promise<void> {
  try {
    await deps.requireNoHold(tenant);
  } catch (error) {
    if (codeOf(error) !== 'under-hold') throw error;
    await stopForHold(deps, tenant);
  }
}

/**
 * The same where the hold is known. One that is final, with a key that is still there, only rests: the key works until the
 * hold is released, and then the destruction is finished. False where there is nothing to stop.
 */
export async function stopForHold(deps: StopDeps, tenant: TenantRef): Promise<boolean> {
  const last = await standingDestruction(deps, tenant);
  if (last === undefined || last.certificate !== undefined) return false;
  if (last.outcome === undefined)
    await cancelDestruction(deps, tenant, { by: BY, reason: 'A legal hold stands on this tenant.' });
  else {
    const { state, keys } = await deps.keyring.destructionState(tenant);
    // KMS has deleted it: nobody may take what is left for readable.
    if (state !== 'pending' || keys.length === 0) return false;
    await deps.keyring.cancelDestruction(tenant);
  }
  await deps.notifier.notify({
    severity: 'alarm',
    code: 'destruction-stopped',
    message: 'The destruction of a tenant was stopped: a legal hold stands on it.',
    details: { tenant, number: last.number, orderedAt: last.order.at },
  });
  return true;
}

async function cancelAgain(deps: SupervisionDeps, tenant: TenantRef): Promise<void> {
  await cancelDestruction(deps, tenant, { by: BY, reason: 'Continued after an interruption.' });
}

function codeOf(error: unknown): string {
  if (error instanceof HoldfastError) return error.code;
  throw error;
}
