/**
 * A tenant's digest key: 32 random bytes, sealed under the tenant's own key and kept in the vault. Keyed digests make
 * equal bytes of two tenants look different, and become useless when the tenant's key is destroyed.
 */
import { type DigestKey, toDigestKey } from '../../codec/digest.ts';
import { HoldfastError } from '../../domain/errors.ts';
import { digestKeyKey } from '../../domain/object-key.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps, MemoryPart } from '../../ports.ts';
import { openObject } from './sealed-document.ts';

type KeyDeps = Pick<Deps, 'vault' | 'keyring' | 'memory'>;
type NewKeyDeps = KeyDeps & Pick<Deps, 'clock' | 'random'>;

/** A digest key must outlive every backup that it authenticated: one year more than the longest retention. */
const RETENTION_MS = 8 * 366 * 24 * 3600 * 1000;

const DIGEST_KEYS: MemoryPart<Map<TenantRef, Promise<DigestKey>>> = { make: () => new Map() };

/** The digest key of a tenant that has one. IntegrityError `object-missing` where there is none. */
export function digestKey(deps: KeyDeps, tenant: TenantRef): Promise<DigestKey> {
  return remembered(deps, tenant, () => load(deps, tenant));
}

/**
 * The digest key, created together with the tenant's key on first use. No key is ever created for a tenant that has a
 * digest key in the vault: if its key is not in the keyring, that is StorageError `no-key`, and the keyring is the
 * wrong one.
 */
export function ensureDigestKey(deps: NewKeyDeps, tenant: TenantRef): Promise<DigestKey> {
  return remembered(deps, tenant, async () => {
    if (await deps.vault.head(digestKeyKey(tenant))) return load(deps, tenant);
    await deps.keyring.ensureKey(tenant);
    const key = deps.random.bytes(32);
    const retainUntil = new Date(deps.clock.now().getTime() + RETENTION_MS);
    try {
      await deps.vault.put(digestKeyKey(tenant), await deps.keyring.seal(tenant, key), { retainUntil });
      return toDigestKey(key);
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'object-exists') return load(deps, tenant);
      throw error;
    }
  });
}

async function load(deps: KeyDeps, tenant: TenantRef): Promise<DigestKey> {
  const object = digestKeyKey(tenant);
  const sealed = await deps.vault.get(object);
  return toDigestKey(await openObject(object, () => deps.keyring.open(tenant, sealed)));
}

function remembered(deps: KeyDeps, tenant: TenantRef, make: () => Promise<DigestKey>): Promise<DigestKey> {
  const byTenant = deps.memory.of(DIGEST_KEYS);
  const known = byTenant.get(tenant);
  if (known) return known;
  const key = make();
  byTenant.set(tenant, key);
  key.catch(() => byTenant.delete(tenant));
  return key;
}
