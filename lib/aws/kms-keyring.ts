/**
 * The keyring on AWS KMS. The source of a tenant's wrapping key differs (dedicated-keys.ts, pooled-keys.ts); the rest is
 * here: one envelope for all tenants, which requests a tenant's data key from KMS only with that tenant in the encryption
 * context, and the guarantee that a destroyed key is not used again.
 *
 * Another process detects a destruction within `recheckMs`; until then it may still use data keys cached in its memory.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type EncryptedDataKey,
  KeyringNode,
  type NodeDecryptionMaterial,
  type NodeEncryptionMaterial,
} from '@aws-crypto/material-management-node';
import type { KMS } from '@aws-sdk/client-kms';
import { type Envelope, makeEnvelope, OWNER_CONTEXT_KEY } from '../codec/envelope.ts';
import { StorageError } from '../domain/errors.ts';
import { countdownEnd, keyDestroyed, requireDestructible } from '../domain/key-destruction.ts';
import type { TenantRef } from '../domain/tenant.ts';
import type { Clock, Keyring, KeyState } from '../ports.ts';
import { type KeyRequest, type KeyRequests, keyFailure, keyServiceFailure, watchKeyRequests } from './key-requests.ts';
import {
  isDestroyed,
  type KeyTable,
  markDestroyed,
  markPending,
  putBack,
  readTombstone,
  removePending,
} from './key-tombstones.ts';
import { faultName } from './transient.ts';

export interface KeyringOptions extends KeyTable {
  /** Used by this keyring only, like `dynamo`: it counts their requests. */
  readonly kms: KMS;
  readonly clock: Clock;
  /** Milliseconds after which a tenant's key is looked up again before use. */
  readonly recheckMs?: number;
  /** Number of tenants whose keys are cached. */
  readonly tenants?: number;
  /** Never creates a key: for a region with replicas of keys, where a new key would be a different one with the same alias. */
  readonly existingOnly?: boolean;
}

/** The store of tenants' wrapping keys. Each method can be called again after a crash at any point. */
export interface WrappingKeys {
  /** Undefined if the tenant has no key. */
  find(tenant: TenantRef): Promise<KeyringNode | undefined>;
  make(tenant: TenantRef): Promise<void>;
  destroy(tenant: TenantRef): Promise<void>;
  readonly mode: KeyState['mode'];
  /** The key and its replicas. */
  keysOf(tenant: TenantRef): Promise<KeyState['keys']>;
  /** Begins KMS's own countdown; the date on which the last copy is gone. Undefined: `destroy` is the end. */
  schedule(tenant: TenantRef, days: number): Promise<Date | undefined>;
  cancel(tenant: TenantRef): Promise<void>;
}

const RECHECK_MS = 5_000;
const TENANTS = 512;

export function openKmsKeyring(options: KeyringOptions, wrapping: WrappingKeys): Keyring {
  const calls = { generate: 0, decrypt: 0 };
  const requests: KeyRequests = new AsyncLocalStorage();
  watchKeyRequests(options, requests, calls);
  const keys = new KnownKeys(options, wrapping, requests);
  const making = new Map<TenantRef, Promise<void>>();

  async function asked<T>(tenant: TenantRef, work: () => Promise<T>): Promise<T> {
    const request: KeyRequest = { owner: tenant, faults: [] };
    return requests.run(request, async () => {
      try {
        await keys.beUsable(tenant);
        return await work();
      } catch (error) {
        throw keyFailure(error, request);
      }
    });
  }

  return {
    calls,
    async ensureKey(tenant) {
      const running =
        making.get(tenant) ?? makeKey(options, wrapping, keys, tenant).finally(() => making.delete(tenant));
      making.set(tenant, running);
      await running.catch(fault => {
        throw keyServiceFailure(fault, tenant);
      });
    },
    seal: (tenant, plaintext) => asked(tenant, () => keys.envelope.seal(tenant, plaintext)),
    open: (tenant, sealed) => asked(tenant, () => keys.envelope.open(tenant, sealed)),
    sealStream: (tenant, plaintext) => asked(tenant, () => keys.envelope.sealStream(tenant, plaintext)),
    openStream: (tenant, sealed) => asked(tenant, () => keys.envelope.openStream(tenant, sealed)),
    destroyKey: (tenant, lastLook) => destroying(tenant, () => endKey(options, wrapping, keys, tenant, lastLook)),
    scheduleDestruction: (tenant, days) =>
      destroying(tenant, async () => {
        await beginCountdown(options, wrapping, keys, tenant, days);
        return stateOf(options, wrapping, tenant);
      }),
    cancelDestruction: tenant =>
      destroying(tenant, async () => {
        const tombstone = await readTombstone(options, tenant);
        if (tombstone === undefined) return;
        if (tombstone.until === undefined) throw keyDestroyed(tenant);
        // The key first: until the tombstone is gone, no process uses it.
        await wrapping.cancel(tenant);
        await removePending(options, tenant);
      }),
    destructionState: tenant => destroying(tenant, () => stateOf(options, wrapping, tenant), false),
  };
}

async function destroying<T>(tenant: TenantRef, work: () => Promise<T>, guarded = true): Promise<T> {
  if (guarded) requireDestructible(tenant);
  try {
    return await work();
  } catch (fault) {
    throw keyServiceFailure(fault, tenant);
  }
}

/** After the tombstone is final nobody brings the key back; where the last look says so, it becomes what it was. */
async function endKey(
  options: KeyringOptions,
  wrapping: WrappingKeys,
  keys: KnownKeys,
  tenant: TenantRef,
  lastLook: (() => Promise<void>) | undefined,
): Promise<void> {
  const before = await readTombstone(options, tenant);
  await markDestroyed(options, tenant, options.clock.now());
  keys.forget(tenant);
  try {
    await lastLook?.();
  } catch (error) {
    await putBack(options, tenant, before);
    throw error;
  }
  await wrapping.destroy(tenant);
}

/** The tombstone comes first: it stops every process, whatever happens to the key after it. */
async function beginCountdown(
  options: KeyringOptions,
  wrapping: WrappingKeys,
  keys: KnownKeys,
  tenant: TenantRef,
  days: number,
): Promise<void> {
  const now = options.clock.now();
  const end = countdownEnd(now, days);
  const before = (await readTombstone(options, tenant))?.until;
  const until = before === undefined ? end : new Date(before);
  await markPending(options, tenant, { at: now, until });
  keys.forget(tenant);
  const last = await wrapping.schedule(tenant, days);
  if (last !== undefined && last > until) await markPending(options, tenant, { at: now, until: last });
}

async function stateOf(options: KeyringOptions, wrapping: WrappingKeys, tenant: TenantRef): Promise<KeyState> {
  const [tombstone, keys] = [await readTombstone(options, tenant), await wrapping.keysOf(tenant)];
  const { mode } = wrapping;
  if (tombstone === undefined) return { state: keys.length === 0 ? 'none' : 'usable', mode, keys };
  if (tombstone.until === undefined) return { state: 'destroyed', mode, keys };
  return { state: 'pending', mode, deletionDate: tombstone.until, keys };
}

async function makeKey(
  options: KeyringOptions,
  wrapping: WrappingKeys,
  keys: KnownKeys,
  tenant: TenantRef,
): Promise<void> {
  await keys.refuseDestroyed(tenant);
  if (keys.has(tenant)) return;
  if (options.existingOnly) {
    await keys.keyringOf(tenant);
    return;
  }
  await wrapping.make(tenant);
  // Destroyed by another process while this one created it: destroy this key too.
  if (!(await isDestroyed(options, tenant))) return;
  // If this role cannot destroy keys, the key remains unused: nothing is sealed for a tenant whose key was destroyed.
  await wrapping.destroy(tenant).catch(fault => {
    if (faultName(fault) !== 'AccessDeniedException') throw fault;
  });
  await keys.refuseDestroyed(tenant);
}

/** Cache of the most recently used tenants' keys, each looked up again after `recheckMs`, and the data keys sealed under them. */
class KnownKeys {
  readonly #options: KeyringOptions;
  readonly #wrapping: WrappingKeys;
  readonly #requests: KeyRequests;
  readonly #tenants: number;
  readonly #known = new Map<TenantRef, { keyring: KeyringNode; checkedAt: number }>();
  #envelope: Envelope;

  constructor(options: KeyringOptions, wrapping: WrappingKeys, requests: KeyRequests) {
    this.#options = options;
    this.#wrapping = wrapping;
    this.#requests = requests;
    this.#tenants = options.tenants ?? TENANTS;
    this.#envelope = this.#newEnvelope();
  }

  get envelope(): Envelope {
    return this.#envelope;
  }

  has(tenant: TenantRef): boolean {
    return this.#known.has(tenant);
  }

  /** StorageError `no-key`. */
  async keyringOf(tenant: TenantRef): Promise<KeyringNode> {
    const found = this.#known.get(tenant)?.keyring ?? (await this.#wrapping.find(tenant));
    if (found !== undefined) return found;
    throw new StorageError('no-key', `There is no key for ${tenant}.`, {
      hint: 'Check that region, account and key mode match those that these backups were made with.',
    });
  }

  /** StorageError `key-destroyed`. */
  async refuseDestroyed(tenant: TenantRef): Promise<void> {
    const tombstone = await readTombstone(this.#options, tenant);
    if (tombstone === undefined) return;
    this.forget(tenant);
    throw keyDestroyed(tenant, tombstone.until);
  }

  /** Drops the envelope's cached data keys together with the wrapping key. */
  forget(tenant: TenantRef): void {
    if (this.#known.delete(tenant)) this.#envelope = this.#newEnvelope();
  }

  async beUsable(tenant: TenantRef): Promise<void> {
    const entry = this.#known.get(tenant);
    if (entry && performance.now() - entry.checkedAt < (this.#options.recheckMs ?? RECHECK_MS)) return;
    const checkedAt = performance.now();
    await this.refuseDestroyed(tenant);
    const keyring = await this.keyringOf(tenant);
    this.#known.delete(tenant);
    this.#known.set(tenant, { keyring, checkedAt });
    if (this.#known.size > this.#tenants) this.#known.delete(this.#known.keys().next().value!);
  }

  #newEnvelope(): Envelope {
    return makeEnvelope(new KeyringOfOwners(owner => this.keyringOf(owner), this.#requests), this.#tenants);
  }
}

/** Wraps and unwraps with the key of the owner of the current seal or open, and refuses messages of any other owner. */
class KeyringOfOwners extends KeyringNode {
  readonly #keyringOf: (owner: TenantRef) => Promise<KeyringNode>;
  readonly #requests: KeyRequests;

  constructor(keyringOf: (owner: TenantRef) => Promise<KeyringNode>, requests: KeyRequests) {
    super();
    this.#keyringOf = keyringOf;
    this.#requests = requests;
  }

  override async _onEncrypt(material: NodeEncryptionMaterial): Promise<NodeEncryptionMaterial> {
    const keyring = await this.#keyring('generate', material.encryptionContext[OWNER_CONTEXT_KEY]);
    return keyring._onEncrypt(material);
  }

  override async _onDecrypt(
    material: NodeDecryptionMaterial,
    keys: EncryptedDataKey[],
  ): Promise<NodeDecryptionMaterial> {
    const keyring = await this.#keyring('decrypt', material.encryptionContext[OWNER_CONTEXT_KEY]);
    return keyring._onDecrypt(material, keys);
  }

  async #keyring(purpose: 'generate' | 'decrypt', owner: string | undefined): Promise<KeyringNode> {
    const request = this.#requests.getStore();
    if (request === undefined || owner !== request.owner)
      throw new Error('The message belongs to another owner than the one requested.');
    request.purpose = purpose;
    return this.#keyringOf(request.owner);
  }
}
