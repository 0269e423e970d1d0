/**
 * A vault in which every new object of a tenant under legal hold is stored with its hold. It wraps the vault of every
 * process that writes, so that no caller of `put` has to think of holds.
 *
 * Invariant: an object that was put while a hold was being placed is held. Who places a hold writes its record, then the
 * catalog's index, then walks over what exists; `put` asks the index again once the object is durable. So the walk meets
 * the object, or `put` meets the index.
 */
import { holdableOwner } from '../../domain/object-key.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps, PutOptions, StoredObject, Vault } from '../../ports.ts';
import { isUnderHold } from '../storage/standing-holds.ts';
import { holdItems } from './hold-items.ts';

type HoldingDeps = Pick<Deps, 'vault' | 'signer' | 'catalog'>;

/** `records`: the vault that has the records of holds, if it is not this one. */
export function holdingVault(deps: HoldingDeps, records: Vault = deps.vault): Vault {
  const { vault, catalog, signer } = deps;
  /** Tenants that the records showed without a hold: later ones are found through the index. */
  const free = new Set<TenantRef>();

  async function isHeld(tenant: TenantRef): Promise<boolean> {
    if (!free.has(tenant)) {
      if (await isUnderHold({ vault: records, signer }, tenant)) return true;
      free.add(tenant);
    }
    return isIndexed(tenant);
  }

  async function isIndexed(tenant: TenantRef): Promise<boolean> {
    if ((await holdItems.get(catalog, tenant)) === undefined) return false;
    free.delete(tenant);
    return true;
  }

  async function put(key: string, body: Parameters<Vault['put']>[1], options: PutOptions): Promise<StoredObject> {
    const tenant = options.hold ? undefined : holdableOwner(key);
    if (tenant === undefined) return vault.put(key, body, options);
    if (await isHeld(tenant)) return vault.put(key, body, { ...options, hold: true });
    const stored = await vault.put(key, body, options);
    if (!(await isIndexed(tenant))) return stored;
    await vault.setHold(key, true);
    return { ...stored, hold: true };
  }

  return {
    put,
    get: (key, range) => vault.get(key, range),
    head: key => vault.head(key),
    list: (prefix, after) => vault.list(prefix, after),
    keys: (prefix, after) => vault.keys(prefix, after),
    extendRetention: (key, until) => vault.extendRetention(key, until),
    setHold: (key, hold) => vault.setHold(key, hold),
    delete: key => vault.delete(key),
  };
}
