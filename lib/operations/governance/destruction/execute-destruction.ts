/**
 * Orders a destruction and begins its countdown: from then on the key opens nothing and nothing new of the tenant is
 * stored, until the countdown ends (finish-destruction.ts) or is cancelled (cancel-destruction.ts).
 *
 * Write order: signed order → catalog → key. A crash in between leaves an order that the same request continues. Holds are
 * checked before the key is touched and again after it: one that is placed in between brings the key back.
 */
import type { DestructionOrder, DestructionPlan, TriedObject } from '../../../domain/destruction.ts';
import { ConflictError } from '../../../domain/errors.ts';
import type { Responsible } from '../../../domain/governed-action.ts';
import { requireDestructible } from '../../../domain/key-destruction.ts';
import { canonicalJson } from '../../../domain/preview.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { KeyState } from '../../../ports.ts';
import { tenants } from '../../catalog/catalog-index.ts';
import { destructionsOf, partDigest, putPart } from '../../storage/destruction-documents.ts';
import { cancelDestruction } from './cancel-destruction.ts';
import { type DestructionDeps, placesOf } from './destruction-deps.ts';
import { proveUnreadable } from './prove-unreadable.ts';

export interface BegunDestruction {
  readonly number: number;
  /** ISO 8601: until then it can be cancelled, and afterwards be finished. */
  readonly deletionDate: string;
  readonly keys: KeyState['keys'];
  /** What was tried and did not open. */
  readonly tried: readonly TriedObject[];
  /** SHA-256 by vault key. */
  readonly records: Readonly<Record<string, string>>;
}

/**
 * Idempotent by `responsible.request`. InputError `not-a-tenant`; ConflictError `under-hold`, `destruction-running`,
 * `destruction-cancelled`, `keys-changed`; IntegrityError `still-opens`.
 */
export async function executeDestruction(
  deps: DestructionDeps,
  tenant: TenantRef,
  plan: DestructionPlan,
  responsible: Responsible,
): Promise<BegunDestruction> {
  requireDestructible(tenant);
  await deps.requireNoHold(tenant);
  const order = await orderOf(deps, tenant, plan, responsible);
  await deps.crash?.('destroy.after-order');
  await markTenant(deps, tenant);
  await deps.crash?.('destroy.after-catalog');
  // Without the order the tenant is backed up again.
  await undoIfHeld(deps, tenant);
  const key = await deps.keyring.scheduleDestruction(tenant, plan.days);
  await deps.crash?.('destroy.after-schedule');
  await undoIfHeld(deps, tenant);
  const tried = await proveUnreadable(deps, tenant, placesOf(deps));
  const { key: object, sha256 } = await partDigest(deps, order, 'order');
  return {
    number: order.number,
    deletionDate: key.deletionDate ?? deps.clock.now().toISOString(),
    keys: key.keys,
    tried,
    records: { [object]: sha256 },
  };
}

/** The order of this request: kept before, or written now. */
async function orderOf(
  deps: DestructionDeps,
  tenant: TenantRef,
  plan: DestructionPlan,
  responsible: Responsible,
): Promise<DestructionOrder> {
  const before = await destructionsOf(deps, tenant);
  const own = before.find(({ order }) => order.responsible.request === responsible.request);
  if (own?.outcome?.outcome === 'cancelled') throw cancelled();
  if (own) return own.order;
  const last = before.at(-1);
  if (last !== undefined && last.outcome?.outcome !== 'cancelled') throw running();
  const { keys } = await deps.keyring.destructionState(tenant);
  if (canonicalJson(keys) !== canonicalJson(plan.keys)) throw keysChanged();
  const stored = await putPart(deps, 'order', {
    ...{ format: 'holdfast.destruction-order/1', tenant, number: (last?.number ?? 0) + 1 },
    ...{ at: deps.clock.now().toISOString(), responsible, plan },
  });
  // Another request was first.
  if (stored.responsible.request !== responsible.request) throw running();
  return stored;
}

/** Out of the schedules. Its name stays until the end: a cancelled destruction needs it. */
async function markTenant({ catalog, clock }: DestructionDeps, ref: TenantRef): Promise<void> {
  const item = await tenants.get(catalog, ref);
  const known = item ?? { ref, tenantId: null, firstSeen: clock.now().toISOString() };
  if (known.destruction === undefined) await catalog.write([tenants.put({ ...known, destruction: 'pending' })]);
}

async function undoIfHeld(deps: DestructionDeps, tenant: TenantRef): Promise<void> {
  try {
    await deps.requireNoHold(tenant);
  } catch (error) {
    await cancelDestruction(deps, tenant, { by: 'holdfast', reason: 'It is not known that no legal hold stands.' });
    throw error;
  }
}

function running(): ConflictError {
  return new ConflictError('destruction-running', 'Another request is destroying this tenant, or did.', {
    hint: 'Nothing was done. Show it: `holdfast destroy status TENANT`.',
  });
}

function cancelled(): ConflictError {
  return new ConflictError('destruction-cancelled', 'The destruction that this request ordered was cancelled.', {
    hint: 'Nothing was done. An approval counts once: request it again if it is still needed.',
  });
}

function keysChanged(): ConflictError {
  return new ConflictError('keys-changed', 'The tenant has other keys than when its destruction was planned.', {
    hint: 'Nothing was done. Request it again, and have the new plan approved.',
  });
}
