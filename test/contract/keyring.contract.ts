/** The contract of every keyring; see Keyring in lib/ports.ts. Runs against each adapter. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { ConflictError } from '../../lib/domain/errors.ts';
import { AUDITORS, SYSTEM, type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import type { Keyring, KeyState } from '../../lib/ports.ts';
import { type KnownWrong, promises } from './promise.ts';

export interface KeyringUnderTest {
  readonly keyring: Keyring;
  /** The same keys as another process would open them: nothing cached. */
  readonly again: () => Promise<Keyring>;
  readonly mode: KeyState['mode'];
  readonly dispose: () => Promise<void>;
}

export function keyringContract(name: string, make: () => Promise<KeyringUnderTest>, known: KnownWrong = {}): void {
  describe(`${name} keeps the promises of a keyring`, () => {
    const promise = promises(known);
    let under: KeyringUnderTest;
    let keyring: Keyring;
    beforeAll(async () => {
      under = await make();
      keyring = under.keyring;
    });
    afterAll(() => under.dispose());

    const stranger = () => tenantRef(randomBytes(8).toString('hex'), tenantId('1'));
    async function tenant(): Promise<TenantRef> {
      const ref = stranger();
      await keyring.ensureKey(ref);
      return ref;
    }
    const secret = Buffer.from('a tenant row');

    promise('opens what it sealed, in this process and in another', async () => {
      const ref = await tenant();
      for (const plain of [secret, Buffer.alloc(0), randomBytes(3 * 1024 * 1024 + 5)]) {
        const sealed = await keyring.seal(ref, plain);
        expect(Buffer.compare(await keyring.open(ref, sealed), plain)).toBe(0);
        expect(Buffer.compare(await (await under.again()).open(ref, sealed), plain)).toBe(0);
      }
    });

    promise('a message of any length, sealed and opened piece by piece, is the same as a whole one', async () => {
      const ref = await tenant();
      for (const length of [0, 1, 1 << 20, 3 * 1024 * 1024 + 5]) {
        const plain = randomBytes(length);
        const streamed = await joined(await keyring.sealStream(ref, piecesOf(plain, 70_001)));
        expect(Buffer.compare(await (await under.again()).open(ref, streamed), plain)).toBe(0);
        const whole = Buffer.from(await keyring.seal(ref, plain));
        expect(Buffer.compare(await joined(await keyring.openStream(ref, piecesOf(whole, 99_991))), plain)).toBe(0);
      }
    });

    promise('a stream that is altered, cut off or of another tenant never ends as if it were whole', async () => {
      const [ref, other] = [await tenant(), await tenant()];
      const sealed = Buffer.from(await keyring.seal(ref, randomBytes(2 * 1024 * 1024 + 9)));
      const altered = [40, sealed.length >> 1, sealed.length - 1].map(at => flipped(sealed, at));
      const cut = [10, sealed.length >> 1, sealed.length - 1].map(end => sealed.subarray(0, end));
      const opened = async (owner: TenantRef, bytes: Uint8Array) =>
        joined(await keyring.openStream(owner, piecesOf(bytes, 65_536)));
      for (const bytes of [...altered, ...cut])
        await expect(opened(ref, bytes)).rejects.toMatchObject({ code: 'cannot-open' });
      await expect(opened(other, sealed)).rejects.toMatchObject({ code: 'cannot-open' });
    });

    promise('reveals nothing of the plaintext, and never seals to the same message twice', async () => {
      const ref = await tenant();
      const [one, two] = [await keyring.seal(ref, secret), await keyring.seal(ref, secret)];
      expect(Buffer.from(one).includes(secret)).toBe(false);
      expect(Buffer.compare(one, two)).not.toBe(0);
    });

    promise("does not open another tenant's message", async () => {
      const [mine, theirs] = [await tenant(), await tenant()];
      const sealed = await keyring.seal(theirs, secret);
      await expect(keyring.open(mine, sealed)).rejects.toMatchObject({ code: 'cannot-open' });
    });

    promise('does not open an altered or truncated message', async () => {
      const ref = await tenant();
      const sealed = Buffer.from(await keyring.seal(ref, randomBytes(500)));
      for (const at of [0, 40, sealed.length >> 1, sealed.length - 1]) {
        const altered = Buffer.from(sealed);
        altered[at]! ^= 1;
        await expect(keyring.open(ref, altered)).rejects.toMatchObject({ code: 'cannot-open' });
      }
      await expect(keyring.open(ref, sealed.subarray(0, sealed.length - 1))).rejects.toMatchObject({
        code: 'cannot-open',
      });
      await expect(keyring.open(ref, Buffer.alloc(0))).rejects.toMatchObject({ code: 'cannot-open' });
    });

    promise('reports that a tenant has no key', async () => {
      await expect(keyring.seal(stranger(), secret)).rejects.toMatchObject({ code: 'no-key' });
      const ref = await tenant();
      await expect(keyring.open(stranger(), await keyring.seal(ref, secret))).rejects.toMatchObject({ code: 'no-key' });
    });

    promise('creates one key when several callers request it at once', async () => {
      const ref = stranger();
      const other = await under.again();
      await Promise.all([keyring, other, keyring, other].map(each => each.ensureKey(ref)));
      expect(Buffer.compare(await other.open(ref, await keyring.seal(ref, secret)), secret)).toBe(0);
      await keyring.ensureKey(ref);
      expect(Buffer.compare(await keyring.open(ref, await other.seal(ref, secret)), secret)).toBe(0);
    });

    promise('calls the key service once for many messages of a tenant', async () => {
      const ref = await tenant();
      const before = keyring.calls.generate;
      for (let n = 0; n < 20; n++) await keyring.seal(ref, secret);
      expect(keyring.calls.generate - before).toBe(1);
    });

    promise(
      'makes everything permanently unreadable when the key is destroyed, also in a process that had it open',
      async () => {
        const [ref, bystander] = [await tenant(), await tenant()];
        const other = await under.again();
        const sealed = await keyring.seal(ref, secret);
        const kept = await keyring.seal(bystander, secret);
        await other.open(ref, sealed);
        await keyring.destroyKey(ref);
        for (const each of [keyring, other, await under.again()]) {
          await expect(each.open(ref, sealed)).rejects.toMatchObject({ code: 'key-destroyed' });
          await expect(each.seal(ref, secret)).rejects.toMatchObject({ code: 'key-destroyed' });
          await expect(each.ensureKey(ref)).rejects.toMatchObject({ code: 'key-destroyed' });
          expect(Buffer.compare(await each.open(bystander, kept), secret)).toBe(0);
        }
        await expect(keyring.destroyKey(ref)).resolves.toBeUndefined();
      },
    );

    promise(
      'opens and seals nothing while a countdown runs, and everything as before once it is cancelled',
      async () => {
        const ref = await tenant();
        const other = await under.again();
        const sealed = await keyring.seal(ref, secret);
        await other.open(ref, sealed);
        expect(await keyring.destructionState(ref)).toMatchObject({ state: 'usable' });
        const begun = await keyring.scheduleDestruction(ref, 7);
        expect(begun).toMatchObject({ state: 'pending', mode: under.mode });
        expect(begun.keys.length).toBeGreaterThan(0);
        // The first date stands.
        expect(await keyring.scheduleDestruction(ref, 30)).toEqual(begun);
        for (const each of [keyring, other, await under.again()]) {
          await expect(each.open(ref, sealed)).rejects.toMatchObject({ code: 'key-destroyed' });
          await expect(each.seal(ref, secret)).rejects.toMatchObject({ code: 'key-destroyed' });
          await expect(each.ensureKey(ref)).rejects.toMatchObject({ code: 'key-destroyed' });
          expect(await each.destructionState(ref)).toEqual(begun);
        }
        await other.cancelDestruction(ref);
        await other.cancelDestruction(ref);
        for (const each of [keyring, other, await under.again()]) {
          expect(Buffer.compare(await each.open(ref, sealed), secret)).toBe(0);
          await expect(each.ensureKey(ref)).resolves.toBeUndefined();
          expect(await each.destructionState(ref)).toMatchObject({ state: 'usable', keys: begun.keys });
        }
      },
    );

    promise('cannot bring back a key that was destroyed, with or without a countdown', async () => {
      for (const days of [undefined, 7]) {
        const ref = await tenant();
        const sealed = await keyring.seal(ref, secret);
        if (days !== undefined) await keyring.scheduleDestruction(ref, days);
        await keyring.destroyKey(ref);
        for (const each of [keyring, await under.again()]) {
          await expect(each.cancelDestruction(ref)).rejects.toMatchObject({ code: 'key-destroyed' });
          await expect(each.scheduleDestruction(ref, 7)).rejects.toMatchObject({ code: 'key-destroyed' });
          await expect(each.open(ref, sealed)).rejects.toMatchObject({ code: 'key-destroyed' });
          expect(await each.destructionState(ref)).toMatchObject({ state: 'destroyed' });
        }
      }
    });

    promise(
      'removes nothing of a key where the last look finds a reason not to, with or without a countdown',
      async () => {
        for (const days of [undefined, 7]) {
          const ref = await tenant();
          const sealed = await keyring.seal(ref, secret);
          if (days !== undefined) await keyring.scheduleDestruction(ref, days);
          const before = await keyring.destructionState(ref);
          const found = keyring.destroyKey(ref, async () => {
            // From here on nobody brings it back, and nothing of it is gone.
            await expect((await under.again()).cancelDestruction(ref)).rejects.toMatchObject({ code: 'key-destroyed' });
            expect(await keyring.destructionState(ref)).toMatchObject({ state: 'destroyed', keys: before.keys });
            throw new ConflictError('under-hold', 'A hold stands.', { hint: 'None.' });
          });
          await expect(found).rejects.toMatchObject({ code: 'under-hold' });
          expect(await keyring.destructionState(ref)).toEqual(before);
          await keyring.cancelDestruction(ref);
          expect(Buffer.compare(await (await under.again()).open(ref, sealed), secret)).toBe(0);
        }
      },
    );

    promise('never makes a key for a tenant that was destroyed before it had one', async () => {
      const ref = stranger();
      expect(await keyring.destructionState(ref)).toMatchObject({ state: 'none', keys: [] });
      await keyring.scheduleDestruction(ref, 7);
      await expect(keyring.ensureKey(ref)).rejects.toMatchObject({ code: 'key-destroyed' });
      await keyring.destroyKey(ref);
      await expect((await under.again()).ensureKey(ref)).rejects.toMatchObject({ code: 'key-destroyed' });
    });

    promise('never destroys the keys of the log and of the audit trail', async () => {
      for (const owner of [SYSTEM, AUDITORS]) {
        await keyring.ensureKey(owner);
        const sealed = await keyring.seal(owner, secret);
        await expect(keyring.destroyKey(owner)).rejects.toMatchObject({ code: 'not-a-tenant' });
        await expect(keyring.scheduleDestruction(owner, 7)).rejects.toMatchObject({ code: 'not-a-tenant' });
        expect(Buffer.compare(await (await under.again()).open(owner, sealed), secret)).toBe(0);
      }
    });

    promise('refuses countdowns that KMS does not have', async () => {
      const ref = await tenant();
      for (const days of [0, 6, 31, 7.5, Number.NaN])
        await expect(keyring.scheduleDestruction(ref, days)).rejects.toMatchObject({ code: 'bad-countdown' });
      await expect(keyring.seal(ref, secret)).resolves.toBeInstanceOf(Uint8Array);
    });
  });
}

async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = copy[at]! ^ 1;
  return copy;
}
