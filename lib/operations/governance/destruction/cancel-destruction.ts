/**
 * Cancels a destruction while its countdown runs: the key works as before, and the tenant is shipped and backed up again.
 * What the application wrote in between is missing from the tenant's log, and a gap says so until its next snapshot.
 *
 * Write order: signed outcome → key → catalog. Invariant: of a cancellation and the end of the countdown one wins, whoever
 * writes the outcome first. A crash in between leaves a key that opens nothing; the same call continues.
 */
import { ConflictError, InputError } from '../../../domain/errors.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { CatalogWrite, KeyState } from '../../../ports.ts';
import { gaps, type TenantItem, tenants } from '../../catalog/catalog-index.ts';
import { type Destruction, destructionsOf, putPart } from '../../storage/destruction-documents.ts';
import type { DestructionDeps } from './destruction-deps.ts';

type CancelDeps = Pick<DestructionDeps, 'vault' | 'signer' | 'keyring' | 'catalog' | 'clock' | 'crash'>;

export interface Cancellation {
  /** A person, or `holdfast`. */
  readonly by: string;
  readonly reason: string;
}

/** Repeatable. InputError `no-destruction`; ConflictError `destruction-final`; StorageError `key-destroyed`. */
export async function cancelDestruction(
  deps: CancelDeps,
  tenant: TenantRef,
  { by, reason }: Cancellation,
): Promise<Destruction> {
  const cancelled = await orderCancellation(deps, tenant, { by, reason });
  await deps.crash?.('destroy.after-cancel');
  await deps.keyring.cancelDestruction(tenant);
  await backInSchedules(deps, tenant);
  return cancelled;
}

/**
 * The signed outcome alone, for whoever may not bring back the key: supervision does that (supervise-destructions.ts).
 * Throws as `cancelDestruction`.
 */
export async function orderCancellation(
  deps: CancelDeps,
  tenant: TenantRef,
  { by, reason }: Cancellation,
): Promise<Destruction> {
  const last = (await destructionsOf(deps, tenant)).at(-1);
  if (last === undefined) throw noDestruction();
  const key = await deps.keyring.destructionState(tenant);
  if (last.outcome?.outcome !== 'cancelled' && isGone(key, deps.clock.now())) throw tooLate();
  const { number } = last;
  const at = deps.clock.now().toISOString();
  const outcome = await putPart(deps, 'outcome', {
    ...{ format: 'holdfast.destruction-outcome/1', tenant, number, outcome: 'cancelled', at, by, reason },
  });
  if (outcome.outcome === 'final') throw tooLate();
  return { ...last, outcome };
}

/** KMS deletes a key on its day; any other stays until the destruction is finished. */
function isGone({ state, mode, deletionDate }: KeyState, now: Date): boolean {
  const isOver = deletionDate !== undefined && Date.parse(deletionDate) <= now.getTime();
  return state === 'destroyed' || (mode === 'dedicated' && isOver);
}

/** Gaps of what was not stored wait for a snapshot again. */
async function backInSchedules({ catalog }: CancelDeps, tenant: TenantRef): Promise<void> {
  const item = await tenants.get(catalog, tenant);
  const own = (await gaps.list(catalog, tenant)).filter(gap => gap.reason === 'key-destroyed');
  await catalog.write([...own.map(gaps.putOpen), ...(item ? [asBefore(item)] : [])]);
}

/** One without a name was unknown before its destruction was ordered. */
function asBefore({ destruction: _, ...known }: TenantItem): CatalogWrite {
  return known.tenantId === null ? tenants.remove(known.ref) : tenants.put(known);
}

export function noDestruction(): InputError {
  return new InputError('no-destruction', 'This tenant is not being destroyed.', {
    hint: 'Check the tenant id: `holdfast destroy status` lists all destructions.',
  });
}

function tooLate(): ConflictError {
  return new ConflictError('destruction-final', 'The countdown has ended: the destruction cannot be cancelled.', {
    hint: 'A returning tenant needs a new tenant id. `holdfast destroy finish TENANT` makes the certificate.',
  });
}
