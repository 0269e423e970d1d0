/**
 * Two vaults: the primary, and a region that has copies of everything with their locks. Expiry in the primary announces what
 * it removes; the region removes exactly that.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packKey, REMOVALS_PREFIX } from '../../../lib/domain/object-key.ts';
import { type TenantRef, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { runs } from '../../../lib/operations/catalog/catalog-index.ts';
import { announceRemoval } from '../../../lib/operations/retention/announce-removal.ts';
import { expireReplicas, replicaExpiryAge } from '../../../lib/operations/retention/expire-replicas.ts';
import { timeBudget } from '../../../lib/operations/time-budget.ts';
import { verifyReplicas } from '../../../lib/operations/verify/verify-replicas.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';

const DAY_MS = 24 * 3600 * 1000;
const acme = tenantRef('replicas', tenantId('acme'));
const globex = tenantRef('replicas', tenantId('globex'));
const REGION = 'eu-west-1';

let primary: LocalDeps;
let region: LocalDeps;

beforeEach(async () => {
  primary = await localDeps({ now: '2026-03-01T00:00:00Z' });
  region = await localDeps({ now: '2026-03-01T00:00:00Z' });
});
afterEach(() => Promise.all([primary.dispose(), region.dispose()]));

const later = (milliseconds: number) => {
  for (const each of [primary, region]) each.clock.advance(milliseconds);
};
const inDays = (days: number) => new Date(primary.clock.now().getTime() + days * DAY_MS);

/** In both vaults, as replication leaves it. */
async function stored(key: string, days: number, hold = false): Promise<void> {
  for (const { vault } of [primary, region])
    await vault.put(key, Buffer.from(key), { retainUntil: inDays(days), hold });
}

/** What S3 replicates: everything new, never a deletion. */
async function replicate(): Promise<void> {
  for await (const object of primary.vault.list(REMOVALS_PREFIX)) {
    if (await region.vault.head(object.key)) continue;
    const { retainUntil } = object;
    await region.vault.put(object.key, await primary.vault.get(object.key), { retainUntil });
  }
}

async function announce(owner: TenantRef, keys: readonly string[]): Promise<void> {
  await announceRemoval({ ...primary, announce: primary.random }, owner, keys);
  await replicate();
}

const there = {
  get deps() {
    return {
      ...region,
      signer: primary.signer,
      catalog: primary.catalog,
      region: REGION,
      isInPrimary: async (key: string) => (await primary.vault.head(key)) !== undefined,
    };
  },
};
const expire = () => expireReplicas(there.deps);

async function keysOf({ vault }: LocalDeps): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of vault.keys('tenants/')) keys.push(key);
  return keys;
}

describe('Expiry in another region', () => {
  it('removes exactly what was announced and is gone from the primary, unless it is locked or held there', async () => {
    const state = fc.record({
      announced: fc.boolean(),
      removed: fc.boolean(),
      locked: fc.boolean(),
      held: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(state, { minLength: 1, maxLength: 6 }), async states => {
        const keys = states.map((_, n) => packKey(acme, `b${n}-${primary.random.bytes(4).join('')}`, 0));
        for (const [n, { locked }] of states.entries()) await stored(keys[n]!, locked ? 30 : 1);
        later(2 * DAY_MS);
        for (const [n, { held }] of states.entries()) if (held) await region.vault.setHold(keys[n]!, true);
        await announce(
          acme,
          keys.filter((_, n) => states[n]!.announced),
        );
        for (const [n, { removed, locked }] of states.entries())
          if (removed && !locked) await primary.vault.delete(keys[n]!);
        later(2 * DAY_MS);
        await expire();
        const left = new Set(await keysOf(region));
        for (const [n, { announced, removed, locked, held }] of states.entries())
          expect(left.has(keys[n]!)).toBe(!(announced && removed && !locked && !held));
        expect((await expire()).lists).toBe(0);
      }),
      { numRuns: 15 },
    );
  });

  it('waits a day after the announcement: the primary announces before it removes', async () => {
    const key = packKey(acme, 'b', 0);
    await stored(key, 1);
    later(3 * DAY_MS);
    await announce(acme, [key]);
    await primary.vault.delete(key);
    expect(await expire()).toMatchObject({ lists: 0, removed: 0, caughtUp: true });
    later(DAY_MS + 1);
    expect(await expire()).toMatchObject({ lists: 1, removed: 1, kept: 0, refused: 0 });
  });

  it('removes nothing while the primary does not answer, and goes on afterwards', async () => {
    const key = packKey(acme, 'b', 0);
    await stored(key, 1);
    later(3 * DAY_MS);
    await announce(acme, [key]);
    await primary.vault.delete(key);
    later(2 * DAY_MS);
    await expect(
      expireReplicas({ ...there.deps, isInPrimary: () => Promise.reject(new Error('no answer')) }),
    ).rejects.toThrow('no answer');
    expect(await keysOf(region)).toEqual([key]);
    expect(await expire()).toMatchObject({ removed: 1 });
  });

  it('refuses a list that this installation did not sign, and keys of another owner, and takes the lists after them', async () => {
    const [own, foreign, log] = [packKey(acme, 'b', 0), packKey(globex, 'b', 0), 'log/packs/1'];
    for (const key of [own, foreign, log]) await stored(key, 1);
    later(3 * DAY_MS);
    const forged = { ...primary, signer: region.signer, announce: primary.random };
    await announceRemoval(forged, acme, [own]);
    primary.clock.advance(1);
    await announce(acme, [own, foreign, log]);
    for (const key of [own, foreign, log]) await primary.vault.delete(key);
    later(2 * DAY_MS);
    expect(await expire()).toMatchObject({ lists: 2, removed: 1, refused: 3 });
    expect(await region.vault.head(foreign)).toBeDefined();
    expect(await region.vault.head(log)).toBeDefined();
  });

  it('continues after the last list when its budget is used up, and reports how far it is behind', async () => {
    const run = { from: '0/1', to: '0/2', fromTime: primary.clock.now().toISOString(), toTime: '2026-03-01T00:01:00Z' };
    await primary.catalog.write([
      runs.put({
        ...{ ...run, id: 'r', key: 'log/manifests/r', sha256: '', previous: null, transactions: 0, changes: 0 },
        ...{ storedBytes: 0, tenants: 0, xmin: '1' },
      } as Parameters<typeof runs.put>[0]),
    ]);
    const keys = ['a', 'b', 'c'].map(name => packKey(acme, name, 0));
    for (const key of keys) await stored(key, 1);
    later(3 * DAY_MS);
    for (const key of keys) {
      later(1);
      await announce(acme, [key]);
      await primary.vault.delete(key);
    }
    later(2 * DAY_MS);
    expect(await replicaExpiryAge(primary, [REGION])).toBeGreaterThan(4 * 24 * 3600);
    for (const caughtUp of [false, false, true])
      expect(await expireReplicas(there.deps, timeBudget(0))).toMatchObject({ lists: 1, removed: 1, caughtUp });
    expect(await replicaExpiryAge(primary, [REGION])).toBe(0);
    later(DAY_MS);
    expect(await replicaExpiryAge(primary, [REGION])).toBe(24 * 3600);
  });
});

describe('The proof of replicas', () => {
  const prove = (budget = timeBudget(60_000)) =>
    verifyReplicas({ ...primary, regions: new Map([[REGION, region.vault]]) }, budget);

  it('counts an object without a copy, with a shorter lock or without its hold until that is mended', async () => {
    const [missing, shorter, free, fine] = ['m', 's', 'f', 'x'].map(id => packKey(acme, id, 0));
    await stored(fine!, 30);
    await primary.vault.put(missing!, Buffer.from('x'), { retainUntil: inDays(30) });
    await stored(shorter!, 30);
    await primary.vault.extendRetention(shorter!, inDays(60));
    await stored(free!, 30);
    await primary.vault.setHold(free!, true);
    // Too young to be expected in the other region.
    expect(await prove()).toMatchObject({ checked: 4, withoutReplica: 0 });
    later(8 * DAY_MS);
    expect(await prove()).toMatchObject({ withoutReplica: 3 });
    await region.vault.put(missing!, Buffer.from('x'), { retainUntil: inDays(60) });
    expect(await prove()).toMatchObject({ withoutReplica: 2 });
    await region.vault.extendRetention(shorter!, inDays(90));
    await region.vault.setHold(free!, true);
    expect(await prove()).toMatchObject({ withoutReplica: 0 });
  });

  it('does a part of the work in each run, finds everything in one round, and begins again', async () => {
    const keys = Array.from({ length: 200 }, (_, n) =>
      packKey(n % 2 === 0 ? acme : globex, String(n).padStart(4, '0'), 0),
    );
    for (const [n, key] of keys.entries()) {
      if (n % 10 === 3) await primary.vault.put(key, Buffer.from(key), { retainUntil: inDays(9) });
      else await stored(key, 9);
    }
    await stored('log/packs/1', 9);
    await stored('system/digest-key', 9);
    later(2 * DAY_MS);
    const rounds = [await prove(timeBudget(0)), await prove(timeBudget(0)), await prove(timeBudget(0))];
    expect(rounds.map(round => round.checked)).toEqual([64, 64, 64]);
    expect(rounds.every(round => round.provedSince === null)).toBe(true);
    expect(await prove(timeBudget(0))).toMatchObject({ checked: 10, withoutReplica: 20 });
    expect(await prove(timeBudget(0))).toMatchObject({ checked: 0, withoutReplica: 20 });
    later(7 * DAY_MS);
    expect((await prove(timeBudget(0))).checked).toBe(64);
  });

  it('forgets an object that the primary itself has removed', async () => {
    const key = packKey(acme, 'gone', 0);
    await primary.vault.put(key, Buffer.from('x'), { retainUntil: inDays(1) });
    later(2 * DAY_MS);
    expect(await prove()).toMatchObject({ withoutReplica: 1 });
    await primary.vault.delete(key);
    expect(await prove()).toMatchObject({ withoutReplica: 0 });
  });
});
