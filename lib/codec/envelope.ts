/**
 * Sealing: one AWS Encryption SDK message (format 2.0, committing unsigned suite, AES-256-GCM) per payload, with the
 * owner in the encryption context. The context is checked on opening, so that another owner's message never passes.
 * One data key serves many messages of the same owner (caching materials manager), within the limits below.
 *
 * Source: https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
 */
import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  getLocalCryptographicMaterialsCache,
  NodeCachingMaterialsManager,
} from '@aws-crypto/caching-materials-manager-node';
import { buildDecrypt } from '@aws-crypto/decrypt-node';
import {
  AlgorithmSuiteIdentifier,
  CommitmentPolicy,
  type EncryptionContext,
  type KeyringNode,
  NodeAlgorithmSuite,
} from '@aws-crypto/material-management-node';
import { HoldfastError, IntegrityError } from '../domain/errors.ts';
import { streamMessage, writeMessage } from './sealed-message.ts';

// Not from client-node, which loads the KMS client and the key store: they double the start of a local command.
const COMMITMENT = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT;
const { decrypt, decryptStream } = buildDecrypt(COMMITMENT);
const SUITE = new NodeAlgorithmSuite(AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY);
/** Few large frames: from 64 KiB the cost per frame cannot be measured. */
const FRAME_BYTES = 1 << 20;
const MAX_AGE_MS = 15 * 60 * 1000;
const MAX_MESSAGES = 100_000;

/** Key of the owner in the encryption context. */
export const OWNER_CONTEXT_KEY = 'holdfast:owner';

export interface Envelope {
  seal(owner: string, plaintext: Uint8Array): Promise<Uint8Array>;
  open(owner: string, sealed: Uint8Array): Promise<Uint8Array>;
  /** One message of any length. Its data key is its own, and is there when the promise resolves. */
  sealStream(owner: string, plaintext: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>>;
  /** Resolves once the header is proved to be the owner's. Every frame is proved before its bytes are given. */
  openStream(owner: string, sealed: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>>;
}

/** An envelope over one keyring; `owners` bounds how many owners' data keys are cached at once. */
export function makeEnvelope(keyring: KeyringNode, owners = 64): Envelope {
  const materials = new NodeCachingMaterialsManager({
    backingMaterials: keyring,
    cache: getLocalCryptographicMaterialsCache(owners * 2),
    maxAge: MAX_AGE_MS,
    maxMessagesEncrypted: MAX_MESSAGES,
  });
  return {
    async seal(owner, plaintext) {
      const material = await materials.getEncryptionMaterials({
        suite: SUITE,
        encryptionContext: { [OWNER_CONTEXT_KEY]: owner },
        plaintextLength: plaintext.byteLength,
        commitmentPolicy: COMMITMENT,
      });
      return writeMessage(material, plaintext, FRAME_BYTES);
    },
    async open(owner, sealed) {
      let opened: Awaited<ReturnType<typeof decrypt>>;
      try {
        opened = await decrypt(materials, Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength));
      } catch (cause) {
        throw cannotOpen(cause);
      }
      if (opened.messageHeader.encryptionContext[OWNER_CONTEXT_KEY] !== owner) throw cannotOpen(undefined);
      return opened.plaintext;
    },
    async sealStream(owner, plaintext) {
      const material = await materials.getEncryptionMaterials({
        suite: SUITE,
        encryptionContext: { [OWNER_CONTEXT_KEY]: owner },
        commitmentPolicy: COMMITMENT,
      });
      return streamMessage(material, plaintext, FRAME_BYTES);
    },
    async openStream(owner, sealed) {
      const opening = decryptStream(materials);
      const context = new Promise<EncryptionContext>((resolve, reject) => {
        opening.once('MessageHeader', header => resolve(header.encryptionContext));
        opening.once('error', reject);
      });
      // An error of the source reaches the reader through the stream.
      const fed = pipeline(Readable.from(sealed), opening);
      fed.catch(() => {});
      try {
        const found = await Promise.race([context, fed.then(() => context)]);
        if (found[OWNER_CONTEXT_KEY] !== owner) throw new Error('The message belongs to another owner.');
      } catch (cause) {
        opening.destroy();
        throw cannotOpen(cause);
      }
      return provedPlaintext(opening, fed);
    },
  };
}

async function* provedPlaintext(opening: Duplex, fed: Promise<void>): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of opening) yield piece as Uint8Array;
    await fed;
  } catch (cause) {
    throw cause instanceof HoldfastError ? cause : cannotOpen(cause);
  } finally {
    opening.destroy();
  }
}

function cannotOpen(cause: unknown): IntegrityError {
  return new IntegrityError(
    'cannot-open',
    'A sealed payload cannot be opened: it was altered, or belongs to another owner or key.',
    {
      hint: 'Nothing was written. Choose a target that another backup reaches, or restore the object from a replica.',
      cause,
    },
  );
}
