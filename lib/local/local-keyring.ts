/**
 * One key file per tenant, used through the AWS Encryption SDK's raw AES keyring: the same message format as with KMS,
 * opened by the same readers. Destroying a key first writes a tombstone and then overwrites the file; the tombstone, and the
 * mark of a countdown before it (key-marks.ts), are checked before every use, so that no process and no cache ever uses a
 * destroyed key again.
 */
import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import {
  type EncryptedDataKey,
  KeyringNode,
  type NodeDecryptionMaterial,
  type NodeEncryptionMaterial,
} from '@aws-crypto/material-management-node';
import { RawAesKeyringNode, RawAesWrappingSuiteIdentifier } from '@aws-crypto/raw-aes-keyring-node';
import { makeEnvelope, OWNER_CONTEXT_KEY } from '../codec/envelope.ts';
import { StorageError } from '../domain/errors.ts';
import { countdownEnd, keyDestroyed, requireDestructible } from '../domain/key-destruction.ts';
import type { TenantRef } from '../domain/tenant.ts';
import type { Clock, Keyring, KeyState } from '../ports.ts';
import { createDurably, makeDirectory, removeDurably } from './durable-file.ts';
import {
  fileExists,
  isMarkedDestroyed,
  keyFile,
  markDestroyedFile,
  markPendingFile,
  pendingUntil,
  unmarkDestroyed,
  unmarkPending,
  unreachable,
} from './key-marks.ts';
import { systemClock } from './system-clock.ts';

const KEY_BYTES = 32;

/** Opens the keyring in this directory; creates it if missing. Key files are readable by their owner only. */
export async function openLocalKeyring(directory: string, clock: Clock = systemClock): Promise<Keyring> {
  await makeDirectory(directory, 0o700);
  const keyrings = new Map<string, Promise<RawAesKeyringNode>>();
  const calls = { generate: 0, decrypt: 0 };
  let envelope = makeEnvelope(new KeyringOfOwners(keyringOf, calls));

  function keyringOf(owner: string): Promise<RawAesKeyringNode> {
    const known = keyrings.get(owner);
    if (known) return known;
    const loading = loadKey(directory, owner);
    keyrings.set(owner, loading);
    loading.catch(() => keyrings.delete(owner));
    return loading;
  }

  async function usable(tenant: TenantRef): Promise<void> {
    await refuseDestroyed(directory, tenant);
    await keyringOf(tenant);
  }

  /** Also drops the data keys that the old envelope cached. */
  function forget(tenant: TenantRef): void {
    keyrings.delete(tenant);
    envelope = makeEnvelope(new KeyringOfOwners(keyringOf, calls));
  }

  return {
    calls,
    async ensureKey(tenant) {
      await refuseDestroyed(directory, tenant);
      if (keyrings.has(tenant) || (await fileExists(keyFile(directory, tenant)))) return;
      await createDurably(keyFile(directory, tenant), `${randomBytes(KEY_BYTES).toString('hex')}\n`, 0o600).catch(
        error => {
          if (error.code !== 'EEXIST') throw unreachable(error);
        },
      );
    },
    async seal(tenant, plaintext) {
      await usable(tenant);
      return envelope.seal(tenant, plaintext);
    },
    async open(tenant, sealed) {
      await usable(tenant);
      return envelope.open(tenant, sealed);
    },
    async sealStream(tenant, plaintext) {
      await usable(tenant);
      return envelope.sealStream(tenant, plaintext);
    },
    async openStream(tenant, sealed) {
      await usable(tenant);
      return envelope.openStream(tenant, sealed);
    },
    ...destructionOfKeys(directory, clock, forget),
  };
}

/** `forget`: drops what this process has of a key. */
function destructionOfKeys(
  directory: string,
  clock: Clock,
  forget: (tenant: TenantRef) => void,
): Pick<Keyring, 'destroyKey' | 'scheduleDestruction' | 'cancelDestruction' | 'destructionState'> {
  return {
    async destroyKey(tenant, lastLook) {
      requireDestructible(tenant);
      const isNew = await markDestroyedFile(directory, tenant);
      try {
        await lastLook?.();
      } catch (error) {
        if (isNew) await unmarkDestroyed(directory, tenant);
        throw error;
      }
      await overwriteAndRemove(keyFile(directory, tenant));
      await unmarkPending(directory, tenant);
      forget(tenant);
    },
    async scheduleDestruction(tenant, days) {
      requireDestructible(tenant);
      const until = countdownEnd(clock.now(), days);
      if (await isMarkedDestroyed(directory, tenant)) throw keyDestroyed(tenant);
      await markPendingFile(directory, tenant, until);
      forget(tenant);
      return stateOf(directory, tenant);
    },
    async cancelDestruction(tenant) {
      if (await isMarkedDestroyed(directory, tenant)) throw keyDestroyed(tenant);
      await unmarkPending(directory, tenant);
      // Destroyed by another process in between: its tombstone came before it removed anything.
      if (await isMarkedDestroyed(directory, tenant)) throw keyDestroyed(tenant);
    },
    destructionState: tenant => stateOf(directory, tenant),
  };
}

/** Wraps and unwraps data keys with the key of the owner that the encryption context names. */
class KeyringOfOwners extends KeyringNode {
  readonly #keyringOf: (owner: string) => Promise<RawAesKeyringNode>;
  readonly #calls: { generate: number; decrypt: number };

  constructor(keyringOf: (owner: string) => Promise<RawAesKeyringNode>, calls: { generate: number; decrypt: number }) {
    super();
    this.#keyringOf = keyringOf;
    this.#calls = calls;
  }

  override async _onEncrypt(material: NodeEncryptionMaterial): Promise<NodeEncryptionMaterial> {
    this.#calls.generate++;
    const keyring = await this.#keyringOf(material.encryptionContext[OWNER_CONTEXT_KEY] ?? '');
    return keyring._onEncrypt(material);
  }

  override async _onDecrypt(
    material: NodeDecryptionMaterial,
    keys: EncryptedDataKey[],
  ): Promise<NodeDecryptionMaterial> {
    this.#calls.decrypt++;
    const keyring = await this.#keyringOf(material.encryptionContext[OWNER_CONTEXT_KEY] ?? '');
    return keyring._onDecrypt(material, keys);
  }
}

async function loadKey(directory: string, owner: string): Promise<RawAesKeyringNode> {
  let text: string;
  try {
    text = await readFile(keyFile(directory, owner), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw unreachable(cause);
    await refuseDestroyed(directory, owner);
    throw new StorageError('no-key', `There is no key for ${owner} in the keyring.`, {
      hint: 'Check that the configured keys directory is the one with which these backups were made.',
      retry: 'never',
    });
  }
  if (!/^[0-9a-f]{64}\n?$/.test(text)) {
    throw new StorageError('keyring-damaged', `The key file of ${owner} is damaged.`, {
      hint: 'Restore the key file from your copy of the keys directory.',
    });
  }
  // The SDK requires dedicated memory, not a slice of Node's buffer pool.
  const key = Buffer.allocUnsafeSlow(KEY_BYTES);
  key.write(text.trim(), 'hex');
  return new RawAesKeyringNode({
    keyNamespace: 'holdfast-local',
    keyName: owner,
    unencryptedMasterKey: key,
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });
}

async function overwriteAndRemove(path: string): Promise<void> {
  try {
    const file = await open(path, 'r+');
    try {
      await file.write(randomBytes(KEY_BYTES * 2 + 1), 0, KEY_BYTES * 2 + 1, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await removeDurably(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreachable(error);
  }
}

async function refuseDestroyed(directory: string, owner: string): Promise<void> {
  if (await isMarkedDestroyed(directory, owner)) throw keyDestroyed(owner);
  const until = await pendingUntil(directory, owner);
  if (until !== undefined) throw keyDestroyed(owner, until);
}

async function stateOf(directory: string, tenant: TenantRef): Promise<KeyState> {
  const isThere = await fileExists(keyFile(directory, tenant));
  const keys = isThere ? [{ id: `${tenant}.key` }] : [];
  if (await isMarkedDestroyed(directory, tenant)) return { state: 'destroyed', mode: 'file', keys };
  const deletionDate = await pendingUntil(directory, tenant);
  if (deletionDate !== undefined) return { state: 'pending', mode: 'file', deletionDate, keys };
  return { state: isThere ? 'usable' : 'none', mode: 'file', keys };
}
