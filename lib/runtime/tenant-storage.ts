/**
 * Vault and keyring of a function that works for one tenant. It reaches the tenant's own objects and key with a session
 * for that tenant. The log, which all tenants share, and the tenant's audit trail and records of governance, which outlive
 * its key, it reaches with the function's own role, which has no key of a tenant.
 * Invariant: requests for another tenant are refused here, whatever the policies allow. See
 * docs/decisions/0011-a-session-per-tenant.md.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { clientOptions } from '../aws/clients.ts';
import type { SessionCredentials } from '../aws/role-session.ts';
import { openS3Vault } from '../aws/s3-vault.ts';
import { badReference } from '../aws/session-policy.ts';
import { tenantSession } from '../aws/tenant-session.ts';
import { InputError, StorageError } from '../domain/errors.ts';
import type { FunctionConfig } from '../domain/function-config.ts';
import { auditPrefix, GOVERNANCE_KINDS, governancePrefix } from '../domain/governance-key.ts';
import { GLASS_PREFIX } from '../domain/governed-request.ts';
import { LOG_PREFIX, prefixesOf, REMOVALS_PREFIX, tenantPrefix } from '../domain/object-key.ts';
import { AUDITORS, parseTenantRef, SYSTEM, type TenantRef } from '../domain/tenant.ts';
import { processMemory } from '../local/process-memory.ts';
import { systemClock } from '../local/system-clock.ts';
import { holdingVault } from '../operations/catalog/holding-vault.ts';
import type { Deps, Keyring, Vault } from '../ports.ts';
import { openKeyring } from './open-keyring.ts';

export type TenantStorage = Pick<Deps, 'vault' | 'keyring' | 'memory'>;
type OwnStorage = Omit<TenantStorage, 'memory'>;
type SharedStorage = OwnStorage & Pick<Deps, 'signer' | 'catalog'>;

/** Number of tenants whose sessions and clients a container keeps: it serves one after another, often the same again. */
const REMEMBERED = 8;

/**
 * Opens the storage of one tenant after another, by reference. Resolves once the session exists. InputError
 * `bad-tenant-reference`, `no-session-role`; StorageError `session-refused`, `session-unreachable`.
 */
export function tenantStorages(config: FunctionConfig, shared: SharedStorage) {
  const { region, sessionRole, bucket, keysTable, keys } = config;
  const known = new Map<TenantRef, { storage: TenantStorage; credentials: SessionCredentials }>();
  const sts = new STSClient(clientOptions({ region }));
  // One connection pool for all tenants: each request carries its credentials, the connection none.
  const { requestHandler } = new S3Client(clientOptions({ region })).config;

  function open(tenant: TenantRef, role: string) {
    const scope = { role, region, bucket, keysTable, mode: keys.mode };
    const credentials = tenantSession({ sts, scope, clock: systemClock }, tenant);
    const client = new S3Client({ ...clientOptions({ region, credentials }), requestHandler });
    const keyring = openKeyring(config, { credentials, requestHandler });
    // The records of holds are among the shared objects.
    const vault = holdingVault({ ...shared, vault: openS3Vault({ client, bucket }) }, shared.vault);
    const own = { vault, keyring };
    return { storage: tenantStorage(tenant, own, shared), credentials };
  }

  return async (text: string): Promise<TenantStorage> => {
    const tenant = parseTenantRef(text);
    if (tenant === undefined) throw badReference();
    if (sessionRole === undefined) throw withoutRole();
    const entry = known.get(tenant) ?? open(tenant, sessionRole);
    known.delete(tenant);
    known.set(tenant, entry);
    if (known.size > REMEMBERED) known.delete(known.keys().next().value!);
    await entry.credentials();
    return entry.storage;
  };
}

/** Combines the tenant's own vault and keyring with those of the shared objects. */
export function tenantStorage(tenant: TenantRef, own: OwnStorage, shared: OwnStorage): TenantStorage {
  const ofAuditors = [auditPrefix(tenant), ...GOVERNANCE_KINDS.map(kind => governancePrefix(kind, tenant))];
  const sharedPrefixes = [LOG_PREFIX, tenantPrefix(SYSTEM), REMOVALS_PREFIX, GLASS_PREFIX, ...ofAuditors];

  function vaultOf(key: string): Vault {
    if (prefixesOf(tenant).some(prefix => key.startsWith(prefix))) return own.vault;
    if (sharedPrefixes.some(prefix => key.startsWith(prefix))) return shared.vault;
    throw foreign(tenant);
  }

  function keyringOf(owner: TenantRef): Keyring {
    if (owner === tenant) return own.keyring;
    if (owner === SYSTEM || owner === AUDITORS) return shared.keyring;
    throw foreign(tenant);
  }

  return {
    // Its own memory: nothing that was read for another tenant or by the function itself is visible here.
    memory: processMemory(),
    vault: {
      put: async (key, body, options) => vaultOf(key).put(key, body, options),
      get: async (key, range) => vaultOf(key).get(key, range),
      head: async key => vaultOf(key).head(key),
      async *list(prefix, after) {
        yield* vaultOf(prefix).list(prefix, after);
      },
      async *keys(prefix, after) {
        yield* vaultOf(prefix).keys(prefix, after);
      },
      extendRetention: async (key, until) => vaultOf(key).extendRetention(key, until),
      setHold: async (key, hold) => vaultOf(key).setHold(key, hold),
      delete: async key => vaultOf(key).delete(key),
    },
    keyring: {
      ensureKey: async owner => keyringOf(owner).ensureKey(owner),
      seal: async (owner, plaintext) => keyringOf(owner).seal(owner, plaintext),
      open: async (owner, sealed) => keyringOf(owner).open(owner, sealed),
      sealStream: async (owner, plaintext) => keyringOf(owner).sealStream(owner, plaintext),
      openStream: async (owner, sealed) => keyringOf(owner).openStream(owner, sealed),
      destroyKey: async (owner, lastLook) => keyringOf(owner).destroyKey(owner, lastLook),
      scheduleDestruction: async (owner, days) => keyringOf(owner).scheduleDestruction(owner, days),
      cancelDestruction: async owner => keyringOf(owner).cancelDestruction(owner),
      destructionState: async owner => keyringOf(owner).destructionState(owner),
      get calls() {
        const [mine, all] = [own.keyring.calls, shared.keyring.calls];
        return { generate: mine.generate + all.generate, decrypt: mine.decrypt + all.decrypt };
      },
    },
  };
}

function foreign(tenant: TenantRef): StorageError {
  return new StorageError('not-this-tenant', `A function that works for ${tenant} requested data of another owner.`, {
    hint: 'Nothing was read or written. This is a bug in Holdfast: report it.',
    details: { owner: tenant },
  });
}

function withoutRole(): InputError {
  return new InputError('no-session-role', 'This function works for one tenant, but no session role is configured.', {
    hint: 'Deploy the stacks again: they create the role and configure it.',
  });
}
