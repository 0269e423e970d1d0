/**
 * Signs with an asymmetric KMS key (ECC_NIST_P256, ECDSA_SHA_256); the private key never leaves KMS. Verification works
 * without KMS: the public keys are fetched once, and only those of the configured keys. A manifest that names any other
 * key does not verify, even if that key's public key is readable.
 *
 * Source: https://docs.aws.amazon.com/kms/latest/developerguide/offline-operations.html
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { promisify } from 'node:util';
import type { KMS } from '@aws-sdk/client-kms';
import { StorageError } from '../domain/errors.ts';
import { noSigningKey } from '../domain/object-errors.ts';
import type { Signer } from '../ports.ts';
import { faultName, isDenial, serviceFailure } from './transient.ts';

export interface KmsSignerOptions {
  readonly kms: KMS;
  /** Key id, ARN or alias of the current signing key. */
  readonly key: string;
  /** Keys that signed earlier manifests. `publicKey` (PEM) for one that is no longer in KMS. */
  readonly former?: readonly { readonly key: string; readonly publicKey?: string }[];
}

type Done = (error: Error | null, result: boolean) => void;
const verifyAsync = promisify((message: Uint8Array, key: KeyObject, signature: Uint8Array, done: Done) =>
  verify('sha256', message, { key, dsaEncoding: 'der' }, signature, done),
);

/** Fetches the public keys. StorageError `signer-unreachable`, `bad-signing-key`. */
export async function openKmsSigner({ kms, key, former = [] }: KmsSignerOptions): Promise<Signer> {
  const trusted = new Map<string, KeyObject>();

  async function trust(id: string, pem?: string): Promise<string> {
    if (pem !== undefined) {
      trusted.set(identity(id), createPublicKey(pem));
      return id;
    }
    const found = await kms.getPublicKey({ KeyId: id }).catch(cause => {
      // The stacks make the key and its alias, and a new alias is not known everywhere at once.
      const settles = isDenial(cause) || faultName(cause) === 'NotFoundException';
      throw serviceFailure('signer-unreachable', 'The signing key', cause, settles);
    });
    const publicKey = createPublicKey({ key: Buffer.from(found.PublicKey!), format: 'der', type: 'spki' });
    if (publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1' || found.KeyUsage !== 'SIGN_VERIFY')
      throw badKey(id);
    trusted.set(identity(found.KeyId!), publicKey);
    return found.KeyId!;
  }

  const keyId = await trust(key);
  await Promise.all(former.map(each => trust(each.key, each.publicKey)));

  return {
    keyId,
    async publicKey(id = keyId) {
      const publicKey = trusted.get(identity(id));
      if (publicKey === undefined) throw noSigningKey(id);
      return String(publicKey.export({ type: 'spki', format: 'pem' }));
    },
    async sign(message) {
      // KMS accepts messages up to 4 KiB, or the digest of any message.
      const Message = createHash('sha256').update(message).digest();
      try {
        const signed = await kms.sign({
          KeyId: keyId,
          Message,
          MessageType: 'DIGEST',
          SigningAlgorithm: 'ECDSA_SHA_256',
        });
        return signed.Signature!;
      } catch (cause) {
        throw serviceFailure('signer-unreachable', 'The signing key', cause);
      }
    },
    async verify(message, signature, id) {
      const publicKey = trusted.get(identity(id));
      return publicKey !== undefined && (await verifyAsync(message, publicKey, signature).catch(() => false));
    },
  };
}

/** A multi-region key is the same key in every region: compare its ARN without the region. */
function identity(id: string): string {
  const mrk = /^arn:([^:]+):kms:[^:]+:(\d+):key\/(mrk-[0-9a-f]+)$/.exec(id);
  return mrk ? `${mrk[1]}:${mrk[2]}:${mrk[3]}` : id;
}

function badKey(id: string): StorageError {
  return new StorageError('bad-signing-key', `The KMS key ${id} is not an ECC_NIST_P256 key for signing.`, {
    hint: 'Use the signing key of the vault stack.',
  });
}
