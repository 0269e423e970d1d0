/**
 * Signs manifests with a key pair in a file: ECDSA P-256 over SHA-256, DER, as AWS KMS does. The key id is the digest of
 * the public key, so that a public key proves its own id; the public keys of earlier key pairs are kept, so that their
 * signatures still verify.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256Hex } from '../codec/digest.ts';
import { StorageError } from '../domain/errors.ts';
import { noSigningKey } from '../domain/object-errors.ts';
import type { Signer } from '../ports.ts';
import { createDurably, makeDirectory } from './durable-file.ts';

type Callback<T> = (error: Error | null, result: T) => void;
const signAsync = promisify((message: Uint8Array, key: KeyObject, done: Callback<Buffer>) =>
  sign('sha256', message, { key, dsaEncoding: 'der' }, done),
);
const verifyAsync = promisify((message: Uint8Array, key: KeyObject, signature: Uint8Array, done: Callback<boolean>) =>
  verify('sha256', message, { key, dsaEncoding: 'der' }, signature, done),
);

/** Opens the signer in this directory; creates a key pair if missing. StorageError `signer-damaged`. */
export async function openLocalSigner(directory: string): Promise<Signer> {
  await makeDirectory(directory, 0o700);
  const privateKey = await loadOrMake(join(directory, 'signing-key.pem'));
  const publicKey = createPublicKey(privateKey);
  const keyId = idOf(publicKey);
  await publish(publicFile(directory, keyId), publicKey);
  const known = new Map<string, KeyObject>([[keyId, publicKey]]);

  async function keyOf(id: string): Promise<KeyObject | undefined> {
    const cached = known.get(id);
    if (cached || !/^[0-9a-f]{64}$/.test(id)) return cached;
    const pem = await readFile(publicFile(directory, id)).catch(() => undefined);
    const key = pem === undefined ? undefined : createPublicKey(pem);
    if (key === undefined || idOf(key) !== id) return undefined;
    known.set(id, key);
    return key;
  }

  return {
    keyId,
    knows: async id => (await keyOf(id)) !== undefined,
    async publicKey(id = keyId) {
      const key = await keyOf(id);
      if (key === undefined) throw noSigningKey(id);
      return String(key.export({ type: 'spki', format: 'pem' }));
    },
    sign: message => signAsync(message, privateKey),
    async verify(message, signature, id) {
      const key = await keyOf(id);
      return key !== undefined && (await verifyAsync(message, key, signature).catch(() => false));
    },
  };
}

/** Every command opens the signer: what is there already is not written, and waited for, again. */
async function publish(path: string, key: KeyObject): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) await createDurably(path, key.export({ type: 'spki', format: 'pem' }), 0o444).catch(ignoreExisting);
}

async function loadOrMake(path: string): Promise<KeyObject> {
  const pem = await readFile(path).catch(async error => {
    if (error.code !== 'ENOENT') throw damaged(error);
    const made = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    await createDurably(path, made.export({ type: 'pkcs8', format: 'pem' }), 0o600).catch(ignoreExisting);
    // If two processes create the first key pair at once, both use the one that was stored.
    return readFile(path);
  });
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw damaged(cause);
  }
}

function idOf(key: KeyObject): string {
  return sha256Hex(key.export({ type: 'spki', format: 'der' }));
}

function publicFile(directory: string, id: string): string {
  return join(directory, `public-${id}.pem`);
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

function damaged(cause: unknown): StorageError {
  return new StorageError('signer-damaged', 'The signing key cannot be read.', {
    hint: 'Restore signing-key.pem from your copy of the keys directory, or remove it to start with a new key pair; earlier manifests still verify.',
    cause,
  });
}
