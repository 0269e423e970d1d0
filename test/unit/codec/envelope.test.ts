import { buildDecrypt } from '@aws-crypto/decrypt-node';
import { buildEncrypt } from '@aws-crypto/encrypt-node';
import { AlgorithmSuiteIdentifier, CommitmentPolicy } from '@aws-crypto/material-management-node';
import { RawAesKeyringNode, RawAesWrappingSuiteIdentifier } from '@aws-crypto/raw-aes-keyring-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeEnvelope } from '../../../lib/codec/envelope.ts';
import { IntegrityError } from '../../../lib/domain/errors.ts';

const { encrypt } = buildEncrypt(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
const { decrypt } = buildDecrypt(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
const FRAME_BYTES = 1 << 20;
const OPTIONS = {
  suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
  frameLength: FRAME_BYTES,
  encryptionContext: { 'holdfast:owner': 'ä' },
};
/** Around the ends of frames. */
const lengths = fc
  .tuple(fc.nat(2), fc.integer({ min: -2, max: 2 }))
  .map(([frames, more]) => Math.max(0, frames * FRAME_BYTES + more));

function keyring(byte: number, name = 'k') {
  return new RawAesKeyringNode({
    keyName: name,
    keyNamespace: 'test',
    unencryptedMasterKey: new Uint8Array(32).fill(byte),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });
}

describe('a sealed payload', () => {
  it('opens to the original bytes, also if they are empty or larger than a frame', async () => {
    const envelope = makeEnvelope(keyring(1));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async bytes => {
        expect(Buffer.from(await envelope.open('a', await envelope.seal('a', bytes)))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 25 },
    );
    const large = Buffer.alloc(3 * 1024 * 1024 + 17, 'holdfast');
    expect(Buffer.compare(await envelope.open('a', await envelope.seal('a', large)), large)).toBe(0);
  });

  it('does not open for another owner, even under the same key', async () => {
    const envelope = makeEnvelope(keyring(1));
    const sealed = await envelope.seal('a', Buffer.from('rows'));
    await expect(envelope.open('b', sealed)).rejects.toThrow(IntegrityError);
  });

  it('does not open under another key', async () => {
    const sealed = await makeEnvelope(keyring(1)).seal('a', Buffer.from('rows'));
    await expect(makeEnvelope(keyring(2)).open('a', sealed)).rejects.toMatchObject({ code: 'cannot-open' });
  });

  it('does not open if any bit is flipped or it is truncated', async () => {
    const envelope = makeEnvelope(keyring(1));
    const sealed = await envelope.seal('a', Buffer.from('rows of one tenant'));
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.byteLength * 8 - 1), async bit => {
        const bad = Buffer.from(sealed);
        bad[bit >> 3]! ^= 1 << (bit & 7);
        await expect(envelope.open('a', bad)).rejects.toThrow(IntegrityError);
      }),
      { numRuns: 60 },
    );
    await expect(envelope.open('a', sealed.subarray(0, sealed.byteLength - 1))).rejects.toThrow(IntegrityError);
    await expect(envelope.open('a', new Uint8Array())).rejects.toThrow(IntegrityError);
  });

  it('does not show its plaintext', async () => {
    const sealed = await makeEnvelope(keyring(1)).seal('a', Buffer.from('a very recognisable sentence'));
    expect(Buffer.from(sealed).includes('recognisable')).toBe(false);
  });

  it('is a message that the AWS Encryption SDK opens, with the header that the SDK itself writes', async () => {
    await fc.assert(
      fc.asyncProperty(lengths, async length => {
        const plain = Buffer.alloc(length, 'rows');
        const ours = await makeEnvelope(keyring(1)).seal('ä', plain);
        const theirs = await encrypt(keyring(1), plain, OPTIONS);
        const opened = await decrypt(keyring(1), Buffer.from(ours));
        expect(Buffer.compare(opened.plaintext, plain)).toBe(0);
        expect(shape(opened.messageHeader)).toEqual(shape(theirs.messageHeader));
        expect(ours.byteLength).toBe(theirs.result.byteLength);
      }),
      { numRuns: 12 },
    );
  });

  it('opens if the AWS Encryption SDK wrote it', async () => {
    await fc.assert(
      fc.asyncProperty(lengths, async length => {
        const plain = Buffer.alloc(length, 'rows');
        const { result } = await encrypt(keyring(1), plain, OPTIONS);
        expect(Buffer.compare(await makeEnvelope(keyring(1)).open('ä', result), plain)).toBe(0);
      }),
      { numRuns: 8 },
    );
  });

  it('has an id and a key of its own, also if the data key is a cached one', async () => {
    const envelope = makeEnvelope(keyring(1));
    const headers = [];
    for (let message = 0; message < 5; message++) {
      const sealed = await envelope.seal('a', Buffer.from('the same rows'));
      headers.push((await decrypt(keyring(1), Buffer.from(sealed))).messageHeader);
    }
    const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');
    expect(new Set(headers.map(header => hex(header.messageId))).size).toBe(5);
    expect(new Set(headers.map(header => hex('suiteData' in header ? header.suiteData : undefined))).size).toBe(5);
    expect(new Set(headers.map(header => hex(header.encryptedDataKeys[0]?.encryptedDataKey))).size).toBe(1);
  });
});

/** The header without what differs from message to message, but with its length. */
function shape(header: Awaited<ReturnType<typeof decrypt>>['messageHeader']) {
  const { messageId, encryptedDataKeys, ...rest } = header;
  const keys = encryptedDataKeys.map(key => ({
    provider: key.providerId,
    info: key.rawInfo?.byteLength,
    bytes: key.encryptedDataKey.byteLength,
  }));
  const { suiteData, ...same } = { suiteData: undefined, ...rest };
  return {
    ...same,
    encryptionContext: { ...header.encryptionContext },
    id: messageId.byteLength,
    commitment: (suiteData as Uint8Array | undefined)?.byteLength,
    keys,
  };
}
