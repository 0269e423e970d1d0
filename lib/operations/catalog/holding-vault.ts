/**
 * A vault in which every new object of a tenant under legal hold is stored with its hold. It wraps the vault of every
 * process that writes, so that no caller of `put` has to think of holds.
 *
 * Invariant: an object that was put while a hold was being placed is held. Who places a hold writes its record, then the
 * catalog's index, then walks over what exists; `put` asks the index again once the object is durable. So the walk meets
 * the object, or `put` meets the index.
 */
import { holdableOwner } from '../../domain/object-key.ts';
import { AUDITORS, SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps, PutOptions, StoredObject, Vault } from '../../ports.ts';
import { isUnderHold } from '../storage/standing-holds.ts';
import { holdItems } from './hold-items.ts';

export type HoldingDeps = Pick<Deps, 'vault' | 'signer' | 'catalog'>;

/**
 * `records`: the vault that has the records of holds, if it is not this one. The records of a tenant are read once; the
 * index is asked once for each object: after it is stored, or before, where the tenant was held.
 */
export function holdingVault(deps: HoldingDeps, records: Vault = deps.vault): Vault {
  const { vault, catalog, signer } = deps;
  /** Whether a hold stood when the records were last read. What changed since is in the index. */
  const known = new Map<TenantRef, boolean>();

  async function isHeld(tenant: TenantRef): Promise<boolean> {
    const held = known.get(tenant);
    if (held === false || (held && (await isIndexed(tenant)))) return held;
    const now = await isUnderHold({ vault: records, signer }, tenant);
    known.set(tenant, now);
    return now;
  }

  async function isIndexed(tenant: TenantRef): Promise<boolean> {
    return (await holdItems.get(catalog, tenant)) !== undefined;
  }

  async function put(key: string, body: Parameters<Vault['put']>[1], options: PutOptions): Promise<StoredObject> {
    const tenant = options.hold ? undefined : holdableOwner(key);
    if (tenant === undefined || tenant === SYSTEM || tenant === AUDITORS) return vault.put(key, body, options);
    if (await isHeld(tenant)) return vault.put(key, body, { ...options, hold: true });
    const stored = await vault.put(key, body, options);
    if (!(await isIndexed(tenant))) return stored;
    known.delete(tenant);
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
