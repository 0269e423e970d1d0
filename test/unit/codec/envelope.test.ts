import { RawAesKeyringNode, RawAesWrappingSuiteIdentifier } from '@aws-crypto/raw-aes-keyring-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeEnvelope } from '../../../lib/codec/envelope.ts';
import { IntegrityError } from '../../../lib/domain/errors.ts';

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
});
