/** The contract of every signer; see Signer in lib/ports.ts. Runs against each adapter. */
import { verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Signer } from '../../lib/ports.ts';
import { type KnownWrong, promises } from './promise.ts';

export interface SignerUnderTest {
  readonly signer: Signer;
  /** The same key as another process would open it. */
  readonly again: () => Promise<Signer>;
  /** A later signer of the same installation with a new key; absent if keys do not rotate. */
  readonly rotated?: () => Promise<Signer>;
  readonly dispose: () => Promise<void>;
}

export function signerContract(name: string, make: () => Promise<SignerUnderTest>, known: KnownWrong = {}): void {
  describe(`${name} keeps the promises of a signer`, () => {
    const promise = promises(known);
    let under: SignerUnderTest;
    let signer: Signer;
    beforeAll(async () => {
      under = await make();
      signer = under.signer;
    });
    afterAll(() => under.dispose());
    const message = Buffer.from('{"format":"holdfast.manifest/1"}');

    promise('verifies what it signed, in this process and in another', async () => {
      const signature = await signer.sign(message);
      expect(await signer.verify(message, signature, signer.keyId)).toBe(true);
      const other = await under.again();
      expect(other.keyId).toBe(signer.keyId);
      expect(await other.verify(message, signature, signer.keyId)).toBe(true);
    });

    promise('gives the public key with which others verify, of earlier keys too', async () => {
      const signature = await signer.sign(message);
      const pem = await signer.publicKey();
      expect(pem).toContain('-----BEGIN PUBLIC KEY-----');
      expect(verify('sha256', message, pem, signature)).toBe(true);
      const later = (await under.rotated?.()) ?? (await under.again());
      expect(await later.publicKey(signer.keyId)).toBe(pem);
      await expect(signer.publicKey('0'.repeat(64))).rejects.toMatchObject({ code: 'no-signing-key' });
    });

    promise('signs in DER form', async () => {
      const signature = await signer.sign(message);
      expect(signature[0]).toBe(0x30);
      expect(signature[1]).toBe(signature.length - 2);
    });

    promise('rejects an altered message, an altered or truncated signature, and an unknown key', async () => {
      const signature = Buffer.from(await signer.sign(message));
      const altered = Buffer.from(signature);
      altered[altered.length - 1]! ^= 1;
      expect(await signer.verify(Buffer.from('another message'), signature, signer.keyId)).toBe(false);
      expect(await signer.verify(message, altered, signer.keyId)).toBe(false);
      expect(await signer.verify(message, signature.subarray(0, 10), signer.keyId)).toBe(false);
      expect(await signer.verify(message, new Uint8Array(), signer.keyId)).toBe(false);
      for (const id of ['', 'unknown', '0'.repeat(64), '../signing-key'])
        expect(await signer.verify(message, signature, id)).toBe(false);
    });

    promise('signs messages larger than a key service accepts in one call', async () => {
      const large = Buffer.alloc(5 * 1024 * 1024, 7);
      expect(await signer.verify(large, await signer.sign(large), signer.keyId)).toBe(true);
    });

    promise('still verifies signatures of the earlier key after rotation', async () => {
      const signature = await signer.sign(message);
      const later = (await under.rotated?.()) ?? (await under.again());
      expect(await later.verify(message, signature, signer.keyId)).toBe(true);
      const newer = await later.sign(message);
      expect(await later.verify(message, newer, later.keyId)).toBe(true);
      expect(await later.verify(message, newer, signer.keyId)).toBe(later.keyId === signer.keyId);
    });
  });
}
