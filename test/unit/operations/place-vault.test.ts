/**
 * Two vaults that are replicated whole, both ways, as S3 does it: what is a region's own never meets that of the other.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OWN_TRAIL_PREFIXES } from '../../../lib/domain/governance-key.ts';
import { REGION_STATES_PREFIX } from '../../../lib/domain/object-key.ts';
import { SYSTEM } from '../../../lib/domain/tenant.ts';
import { placeVault, trailCatalog, trailVault } from '../../../lib/operations/failover/place-vault.ts';
import { appendEvent } from '../../../lib/operations/governance/audit-trail.ts';
import type { Vault } from '../../../lib/ports.ts';
import { AUDITOR, auditWorld } from '../../support/audit-world.ts';
import { memoryVault } from '../../support/memory-vault.ts';

const clock = { now: () => new Date('2026-01-01T00:00:00Z') };
const retainUntil = new Date('2030-01-01T00:00:00Z');
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Every object that the other lacks; S3 would put a version over one that it has. */
async function replicate(from: Vault, to: Vault): Promise<string[]> {
  const over: string[] = [];
  for await (const key of from.keys('')) {
    const bytes = await from.get(key);
    if (await to.head(key)) {
      if (text(await to.get(key)) !== text(bytes)) over.push(key);
    } else await to.put(key, bytes, { retainUntil });
  }
  return over;
}

const OWN = [REGION_STATES_PREFIX, ...OWN_TRAIL_PREFIXES];
const written = fc.record({ at: fc.constantFrom('a', 'b'), prefix: fc.constantFrom(...OWN), n: fc.nat(5) });

it('whatever each region writes, and whenever it is replicated, each reads its own and nothing is overwritten', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(written, fc.constant('replicate' as const)), { maxLength: 30 }), async acts => {
      const buckets = { a: memoryVault(clock), b: memoryVault(clock) };
      const seen = (at: 'a' | 'b') => placeVault(trailVault(buckets[at], at, 'a'), at);
      const model = { a: new Map<string, string>(), b: new Map<string, string>() };
      for (const act of [...acts, 'replicate' as const]) {
        if (act === 'replicate') {
          expect(await replicate(buckets.a, buckets.b)).toEqual([]);
          expect(await replicate(buckets.b, buckets.a)).toEqual([]);
          continue;
        }
        const at = act.at as 'a' | 'b';
        const key = `${act.prefix}${act.n}`;
        const put = seen(at).put(key, new TextEncoder().encode(`of ${at}`), { retainUntil });
        if (model[at].has(key)) await expect(put).rejects.toMatchObject({ code: 'object-exists' });
        else expect((await put).key).toBe(key);
        model[at].set(key, `of ${at}`);
      }
      for (const at of ['a', 'b'] as const)
        for (const prefix of OWN) {
          const expected = [...model[at].keys()].filter(key => key.startsWith(prefix)).sort();
          expect(await all(seen(at).keys(prefix))).toEqual(expected);
          const listed = await all(seen(at).list(prefix, expected[0]));
          expect(listed.map(({ key }) => key)).toEqual(expected.slice(1));
          for (const key of expected) expect(text(await seen(at).get(key))).toBe(`of ${at}`);
        }
    }),
    { numRuns: 60 },
  );
});

it('the audit trails of two regions over one catalog are two chains, and neither looks cut off', async () => {
  const world = auditWorld();
  const alarms: string[] = [];
  const notifier = { notify: async ({ code }: { code: string }) => void alarms.push(code) };
  const trail = (region: string) => ({
    ...{ ...world, notifier, vault: trailVault(world.vault, region, 'a') },
    catalog: trailCatalog(world.catalog, region, 'a'),
  });
  const draft = { who: AUDITOR, action: 'restore', outcome: 'requested' as const, request: 'r' };
  const append = async (region: string) => (await appendEvent(trail(region), SYSTEM, draft)).event.sequence;
  for (let n = 1; n <= 5; n++) expect(await append('a')).toBe(n);
  for (let n = 1; n <= 3; n++) expect(await append('b')).toBe(n);
  expect(await append('a')).toBe(6);
  expect(alarms).toEqual([]);
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
