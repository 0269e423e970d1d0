/** The contract of every vault; see Vault in lib/ports.ts. Runs against each adapter. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Vault } from '../../lib/ports.ts';
import { type KnownWrong, promises } from './promise.ts';

export interface VaultUnderTest {
  readonly vault: Vault;
  /** The vault's current time, which the test can move; absent if the server's clock cannot be moved. */
  readonly advance?: (milliseconds: number) => void;
  readonly now: () => Date;
  readonly dispose: () => Promise<void>;
}

/** Must still be in the future when the request arrives at the server. */
const BRIEFLY_MS = 3000;
const HOUR = 3600 * 1000;
const bytesOf = (text: string) => Buffer.from(text);

async function keysOf(vault: Vault, prefix: string, after?: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const object of vault.list(prefix, after)) keys.push(object.key);
  const alone: string[] = [];
  for await (const key of vault.keys(prefix, after)) alone.push(key);
  expect(alone).toEqual(keys);
  return keys;
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

export function vaultContract(name: string, make: () => Promise<VaultUnderTest>, known: KnownWrong = {}): void {
  describe(`${name} keeps the promises of a vault`, () => {
    const promise = promises(known);
    let under: VaultUnderTest;
    let vault: Vault;
    let run = '';
    const later = (hours: number) => new Date(under.now().getTime() + hours * HOUR);
    const put = (key: string, text = 'content') => vault.put(run + key, bytesOf(text), { retainUntil: later(1) });

    beforeAll(async () => {
      under = await make();
      vault = under.vault;
      run = `contract-${randomBytes(4).toString('hex')}/`;
    });
    afterAll(() => under.dispose());

    promise('returns the stored bytes, with their digest', async () => {
      const stored = await put('plain', 'the bytes');
      expect(Buffer.from(await vault.get(`${run}plain`)).toString()).toBe('the bytes');
      expect(stored).toMatchObject({ key: `${run}plain`, bytes: 9, hold: false });
      expect(stored.sha256).toBe(createHash('sha256').update('the bytes').digest('hex'));
      expect(stored.retainUntil).toEqual(later(1));
      expect(await vault.head(`${run}plain`)).toEqual(stored);
    });

    promise('stores a stream of unknown length', async () => {
      const bytes = randomBytes(6 * 1024 * 1024 + 17);
      const stored = await vault.put(`${run}stream`, inPieces(bytes, 70_001), { retainUntil: later(1) });
      expect(stored.bytes).toBe(bytes.length);
      expect(stored.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(Buffer.compare(await vault.get(`${run}stream`), bytes)).toBe(0);
    });

    promise('stores an empty object', async () => {
      await vault.put(`${run}empty`, new Uint8Array(), { retainUntil: later(1) });
      expect(await vault.get(`${run}empty`)).toHaveLength(0);
      expect((await vault.head(`${run}empty`))?.bytes).toBe(0);
    });

    promise('reads a range, including the last byte', async () => {
      await put('range', '0123456789');
      const range = async (offset: number, length: number) =>
        Buffer.from(await vault.get(`${run}range`, { offset, length })).toString();
      expect(await range(3, 4)).toBe('3456');
      expect(await range(9, 1)).toBe('9');
      expect(await range(0, 10)).toBe('0123456789');
    });

    promise('refuses a range beyond the end', async () => {
      await put('short', '0123456789');
      for (const offset of [8, 10, 500]) {
        await expect(vault.get(`${run}short`, { offset, length: 5 })).rejects.toMatchObject({
          code: 'object-truncated',
        });
      }
    });

    promise('reports a missing object', async () => {
      await expect(vault.get(`${run}nothing`)).rejects.toMatchObject({ code: 'object-missing' });
      await expect(vault.get(`${run}nothing`, { offset: 0, length: 1 })).rejects.toMatchObject({
        code: 'object-missing',
      });
      expect(await vault.head(`${run}nothing`)).toBeUndefined();
    });

    promise('never overwrites', async () => {
      await put('once', 'first');
      await expect(put('once', 'second')).rejects.toMatchObject({ code: 'object-exists' });
      expect(Buffer.from(await vault.get(`${run}once`)).toString()).toBe('first');
    });

    promise('lets exactly one of several writers of a key succeed', async () => {
      const writers = Array.from({ length: 8 }, (_, n) => `writer ${n} `.repeat(1000));
      const outcomes = await Promise.allSettled(writers.map(text => put('raced', text)));
      const won = outcomes.flatMap((outcome, n) => (outcome.status === 'fulfilled' ? [n] : []));
      expect(won).toHaveLength(1);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason.code).toBe('object-exists');
      expect(Buffer.from(await vault.get(`${run}raced`)).toString()).toBe(writers[won[0]!]);
    });

    promise('keeps nothing of a stream that failed', async () => {
      async function* failing() {
        yield bytesOf('begun');
        throw new Error('the source broke');
      }
      await expect(vault.put(`${run}failed`, failing(), { retainUntil: later(1) })).rejects.toThrow('the source broke');
      expect(await vault.head(`${run}failed`)).toBeUndefined();
      expect(await keysOf(vault, `${run}failed`)).toEqual([]);
      await put('failed', 'the second try');
      expect(Buffer.from(await vault.get(`${run}failed`)).toString()).toBe('the second try');
    });

    promise('lists by prefix in key order', async () => {
      const names = ['a', 'a/b', 'a-b', 'a/b/c', 'a0', 'aa', 'b/1', 'b/10', 'b/2', 'é', 'z'];
      for (const key of names) await put(`list/${key}`);
      const inOrder = names.map(key => `${run}list/${key}`).sort((a, b) => Buffer.compare(bytesOf(a), bytesOf(b)));
      expect(await keysOf(vault, `${run}list/`)).toEqual(inOrder);
      expect(await keysOf(vault, `${run}list/a/`)).toEqual([`${run}list/a/b`, `${run}list/a/b/c`]);
      expect(await keysOf(vault, `${run}list/b/1`)).toEqual([`${run}list/b/1`, `${run}list/b/10`]);
      expect(await keysOf(vault, `${run}list/nothing`)).toEqual([]);
      const from = (after: string) => keysOf(vault, `${run}list/`, `${run}list/${after}`);
      expect(await from('a/b')).toEqual(inOrder.slice(inOrder.indexOf(`${run}list/a/b`) + 1));
      expect(await from('a/zzz')).toEqual(inOrder.filter(key => bytesOf(key).compare(bytesOf(`${run}list/a/zzz`)) > 0));
    });

    promise('lists keys after a given key, whether or not it exists', async () => {
      const names = ['a', 'a-b', 'a0', 'aa', 'b', 'é', 'z'];
      for (const key of names) await put(`after/${key}`);
      const following = (key: string) => keysOf(vault, `${run}after/`, `${run}after/${key}`);
      const named = (keys: string[]) => keys.map(key => `${run}after/${key}`);
      expect(await following('')).toEqual(named(names.slice().sort((a, b) => Buffer.compare(bytesOf(a), bytesOf(b)))));
      expect(await following('a')).toEqual(named(['a-b', 'a0', 'aa', 'b', 'z', 'é']));
      expect(await following('a1')).toEqual(named(['aa', 'b', 'z', 'é']));
      expect(await following('é')).toEqual([]);
      expect(await keysOf(vault, `${run}after/a`, `${run}after/a0`)).toEqual(named(['aa']));
    });

    promise(
      'lists more objects than fit into one page of any store',
      async () => {
        const names = Array.from({ length: 1100 }, (_, n) => `pages/${String(n).padStart(5, '0')}`);
        for (let start = 0; start < names.length; start += 50)
          await Promise.all(names.slice(start, start + 50).map(key => put(key, '.')));
        expect(await keysOf(vault, `${run}pages/`)).toEqual(names.map(key => run + key));
        expect(await keysOf(vault, `${run}pages/`, `${run}pages/00049`)).toEqual(names.slice(50).map(key => run + key));
      },
      60_000,
    );

    promise('distinguishes keys with unusual characters', async () => {
      const odd = [
        '..',
        '../..',
        '../outside',
        './x',
        'x/../y',
        'x//y',
        '.hidden',
        'A',
        'a',
        '%41',
        '%2e%2e',
        'sp ace',
        'q?*&=#',
        'ü',
        'back\\slash',
        'new\nline',
      ];
      for (const key of odd) await put(`odd/${key}`, `of ${key}`);
      for (const key of odd) expect(Buffer.from(await vault.get(`${run}odd/${key}`)).toString()).toBe(`of ${key}`);
      expect((await keysOf(vault, `${run}odd/`)).sort()).toEqual(odd.map(key => `${run}odd/${key}`).sort());
    });

    /** Locked until a moment within this test. */
    async function putBriefly(key: string, hold = false): Promise<void> {
      const retainUntil = under.advance ? later(2) : new Date(Math.ceil(Date.now() / 1000) * 1000 + BRIEFLY_MS);
      await vault.put(run + key, bytesOf('old'), { retainUntil, hold });
    }

    /** Deletes it once its lock has ended. If the server's clock cannot be moved, retries until the server agrees. */
    async function endLock(key: string): Promise<void> {
      under.advance?.(3 * HOUR);
      for (;;) {
        const refused = await vault.delete(run + key).catch(error => error);
        if (refused === undefined) return;
        if (refused.code !== 'object-locked' || under.advance) throw refused;
      }
    }

    async function deletesInTime(): Promise<void> {
      await putBriefly('ends', true);
      await expect(vault.delete(`${run}ends`)).rejects.toMatchObject({ code: 'object-locked' });
      await vault.setHold(`${run}ends`, false);
      await endLock('ends');
      expect(await vault.head(`${run}ends`)).toBeUndefined();
      expect(await keysOf(vault, `${run}ends`)).toEqual([]);
    }

    promise('refuses to delete during retention', async () => {
      await put('retained');
      await expect(vault.delete(`${run}retained`)).rejects.toMatchObject({ code: 'object-locked' });
      expect(await vault.head(`${run}retained`)).toBeDefined();
    });

    promise('refuses to delete under a hold, also one set when the object was stored', async () => {
      await vault.put(`${run}held`, bytesOf('x'), { retainUntil: later(1), hold: true });
      expect((await vault.head(`${run}held`))?.hold).toBe(true);
      await put('held-later');
      await vault.setHold(`${run}held-later`, true);
      expect((await vault.head(`${run}held-later`))?.hold).toBe(true);
      for (const key of ['held', 'held-later']) {
        await expect(vault.delete(run + key)).rejects.toMatchObject({ code: 'object-locked' });
        await vault.setHold(run + key, false);
        expect((await vault.head(run + key))?.hold).toBe(false);
      }
    });

    promise('extends retention and never shortens it', async () => {
      await put('longer');
      await vault.extendRetention(`${run}longer`, later(5));
      expect((await vault.head(`${run}longer`))?.retainUntil).toEqual(later(5));
      await vault.extendRetention(`${run}longer`, later(2));
      expect((await vault.head(`${run}longer`))?.retainUntil).toEqual(later(5));
    });

    promise('loses neither a hold nor a longer retention that are set concurrently', async () => {
      await put('both');
      await Promise.all([vault.setHold(`${run}both`, true), vault.extendRetention(`${run}both`, later(9))]);
      expect(await vault.head(`${run}both`)).toMatchObject({ hold: true, retainUntil: later(9) });
      await vault.setHold(`${run}both`, false);
    });

    promise('keeps the longest of several retentions that are set concurrently', async () => {
      await put('longest');
      await Promise.all([3, 9, 4, 7].map(hours => vault.extendRetention(`${run}longest`, later(hours))));
      expect((await vault.head(`${run}longest`))?.retainUntil).toEqual(later(9));
    });

    promise('reports a missing object when its lock is changed', async () => {
      await expect(vault.extendRetention(`${run}nothing`, later(1))).rejects.toMatchObject({ code: 'object-missing' });
      await expect(vault.setHold(`${run}nothing`, true)).rejects.toMatchObject({ code: 'object-missing' });
    });

    promise('deletes after the retention and without a hold', async () => {
      if (!under.advance) return deletesInTime();
      await put('ends');
      await vault.extendRetention(`${run}ends`, later(2));
      await vault.setHold(`${run}ends`, true);
      under.advance(1.5 * HOUR);
      await vault.setHold(`${run}ends`, false);
      await expect(vault.delete(`${run}ends`)).rejects.toMatchObject({ code: 'object-locked' });
      under.advance(HOUR);
      await vault.delete(`${run}ends`);
      expect(await vault.head(`${run}ends`)).toBeUndefined();
      expect(await keysOf(vault, `${run}ends`)).toEqual([]);
    });

    promise('treats the deletion of a missing object as success', async () => {
      await expect(vault.delete(`${run}never-there`)).resolves.toBeUndefined();
    });

    promise('gives a new object under a deleted key its own retention and hold', async () => {
      await putBriefly('again');
      await endLock('again');
      const stored = await vault.put(`${run}again`, bytesOf('new'), { retainUntil: later(1), hold: true });
      expect(await vault.head(`${run}again`)).toEqual(stored);
      expect(stored.hold).toBe(true);
    });
  });
}
