/** What became of every tenant's destruction: from the signed documents and the keyring, not from the catalog. */
import { destructionOf, governanceKindPrefix, governancePrefix } from '../../../domain/governance-key.ts';
import { parseTenantRef, type TenantRef } from '../../../domain/tenant.ts';
import { discardedOf } from '../../log/discarded-changes.ts';
import { type Destruction, destructionsOf } from '../../storage/destruction-documents.ts';
import type { DestructionDeps } from './destruction-deps.ts';

/**
 * `interrupted`: ordered, and the key still works. `counting`: can be cancelled. `due`: to be finished. `certified`: objects
 * are left. `complete`: nothing is left.
 */
export type DestructionStage = 'interrupted' | 'counting' | 'due' | 'certified' | 'complete' | 'cancelled';

export interface DestructionStatus {
  readonly tenant: TenantRef;
  readonly number: number;
  readonly stage: DestructionStage;
  readonly orderedAt: string;
  readonly requestedBy: string;
  /** Of a countdown. */
  readonly deletionDate: string | null;
  /** Changes that the application wrote and that were not stored. */
  readonly discarded: number;
}

type StatusDeps = Pick<DestructionDeps, 'vault' | 'signer' | 'keyring' | 'catalog' | 'clock'>;

/** Every tenant that was ever ordered to be destroyed, by reference. */
export async function destroyedTenants({ vault }: Pick<StatusDeps, 'vault'>): Promise<TenantRef[]> {
  const found: TenantRef[] = [];
  let after: string | undefined;
  for (;;) {
    const key = await firstKey(vault, after);
    if (key === undefined) return found;
    const tenant = parseTenantRef(destructionOf(key)?.tenant ?? '');
    if (tenant !== undefined) found.push(tenant);
    // After everything of that tenant: `~` sorts after all characters of our keys.
    after = tenant === undefined ? key : `${governancePrefix('destructions', tenant)}~`;
  }
}

async function firstKey(vault: StatusDeps['vault'], after: string | undefined): Promise<string | undefined> {
  for await (const key of vault.keys(governanceKindPrefix('destructions'), after)) return key;
  return undefined;
}

/** The tenant's last destruction; undefined if there never was one. */
export async function destructionStatus(deps: StatusDeps, tenant: TenantRef): Promise<DestructionStatus | undefined> {
  const last = (await destructionsOf(deps, tenant)).at(-1);
  if (last === undefined) return undefined;
  const key = await deps.keyring.destructionState(tenant);
  const { number, order } = last;
  return {
    ...{ tenant, number, stage: stageOf(last, key, deps.clock.now()), orderedAt: order.at },
    requestedBy: order.responsible.requestedBy,
    deletionDate: key.deletionDate ?? null,
    discarded: (await discardedOf(deps, tenant))?.changes ?? 0,
  };
}

function stageOf(
  { outcome, certificate, appendix }: Destruction,
  key: { state: string; deletionDate?: string },
  now: Date,
): DestructionStage {
  if (outcome?.outcome === 'cancelled') return 'cancelled';
  if (appendix) return 'complete';
  if (certificate) return 'certified';
  if (outcome || key.state === 'destroyed') return 'due';
  if (key.state !== 'pending') return 'interrupted';
  return Date.parse(key.deletionDate ?? '') <= now.getTime() ? 'due' : 'counting';
}
