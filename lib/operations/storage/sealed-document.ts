/**
 * Internal documents of Holdfast: JSON, compressed, sealed under their owner's key. Invariant: a document that does not
 * open to what was written is IntegrityError `object-altered` with the object's name; only failures of the key service
 * (no key, key destroyed, unreachable) are reported as such.
 */
import type * as z from 'zod';
import { compress, decompress } from '../../codec/compression.ts';
import { HoldfastError, IntegrityError } from '../../domain/errors.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps, Keyring, PutOptions } from '../../ports.ts';

type SealDeps = Pick<Deps, 'vault' | 'keyring'>;

/** Stores a document write-once, as the vault's `put` does. */
export async function putDocument(
  deps: SealDeps,
  owner: TenantRef,
  key: string,
  document: unknown,
  options: PutOptions,
): Promise<void> {
  await putText(deps, owner, key, JSON.stringify(document), options);
}

/**
 * The document stored under the key. IntegrityError `object-missing`, `object-altered` also where it does not match the
 * schema.
 */
export async function readDocument<S extends z.ZodType>(
  deps: SealDeps,
  owner: TenantRef,
  key: string,
  schema: S,
): Promise<z.infer<S>> {
  const sealed = await deps.vault.get(key);
  return openObject(key, async () => schema.parse(JSON.parse(await openText(deps.keyring, owner, sealed))));
}

/** The same for a document with a signed text, which must be read back byte for byte. */
export async function putText(
  deps: SealDeps,
  owner: TenantRef,
  key: string,
  text: string,
  options: PutOptions,
): Promise<void> {
  await deps.vault.put(key, await sealText(deps.keyring, owner, text), options);
}

export async function readText(deps: SealDeps, owner: TenantRef, key: string): Promise<string> {
  const sealed = await deps.vault.get(key);
  return openObject(key, () => openText(deps.keyring, owner, sealed));
}

/** Bytes of any kind, compressed and sealed. Write-once. */
export async function putSealed(
  deps: SealDeps,
  owner: TenantRef,
  key: string,
  bytes: Uint8Array,
  options: PutOptions,
): Promise<void> {
  await deps.vault.put(key, await deps.keyring.seal(owner, await compress(bytes)), options);
}

/** What `putSealed` stored. IntegrityError `object-missing`, `object-altered`. */
export async function readSealed(deps: SealDeps, owner: TenantRef, key: string): Promise<Uint8Array> {
  const sealed = await deps.vault.get(key);
  return openObject(key, async () => decompress(await deps.keyring.open(owner, sealed)));
}

/** `level`: of the compression, for documents that are written once and read often. */
export async function sealText(keyring: Keyring, owner: TenantRef, text: string, level?: number): Promise<Uint8Array> {
  return keyring.seal(owner, await compress(Buffer.from(text), level));
}

/** Throws as the keyring does, and the decompressor's error where the plaintext is not ours. */
export async function openText(keyring: Keyring, owner: TenantRef, sealed: Uint8Array): Promise<string> {
  return Buffer.from(await decompress(await keyring.open(owner, sealed))).toString('utf8');
}

/** Why the message does not open under the owner's key; undefined: it opens. */
export async function refusalOf(keyring: Keyring, owner: TenantRef, sealed: Uint8Array): Promise<unknown> {
  return keyring.open(owner, sealed).then(
    () => undefined,
    error => error,
  );
}

/**
 * Returns the result of `open`. Any error other than a failure of the key service becomes `object-altered` for this
 * object.
 */
export async function openObject<T>(object: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    if (cause instanceof HoldfastError && cause.code !== 'cannot-open') throw cause;
    throw altered(object, cause);
  }
}

export function altered(key: string, cause: unknown): IntegrityError {
  return new IntegrityError('object-altered', `The object ${key} does not hold what its manifest says.`, {
    hint: 'Nothing was written. Bring the object back from a replica, or choose a target that another backup reaches.',
    cause,
    details: { object: key },
  });
}
