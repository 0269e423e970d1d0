import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cutShards,
  cutShardsInOrder,
  MAX_NAMED,
  MAX_SHARDS,
  membersOf,
  type Shard,
} from '../../../lib/domain/shards.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';

const fleetOf = (count: number) =>
  Array.from({ length: count }, (_, n) => tenantRef('shards-test', tenantId(String(n)))).sort();

/** What listShard answers when the catalog lists `present`. */
function listed(shard: Shard, present: readonly string[]): readonly string[] {
  if (shard.only) return shard.only;
  return membersOf(
    shard,
    present.filter(ref => ref >= shard.from && ref <= shard.to),
  );
}

describe('the shards of a fleet', () => {
  it('contain every selected tenant exactly once, for any selection of any fleet', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6000 }), fc.integer({ min: 1, max: 7 }), (size, every) => {
        const known = fleetOf(size);
        const chosen = known.filter((_, index) => index % every === 0);
        const shards = cutShards(known, chosen);
        expect(shards.flatMap(shard => listed(shard, known))).toEqual(chosen);
        expect(shards.length).toBeLessThanOrEqual(MAX_SHARDS);
      }),
      { numRuns: 25 },
    );
  });

  it('of 100,000 tenants fit in a state of Step Functions, all of them or every third', () => {
    const known = fleetOf(100_000);
    for (const chosen of [undefined, known.filter((_, index) => index % 3 === 0), known.slice(0, MAX_NAMED)]) {
      expect(JSON.stringify(cutShards(known, chosen)).length).toBeLessThan(256 * 1024);
    }
  });

  it('omit no tenant if the fleet changes between planning and listing: the entire range is then processed', () => {
    const known = fleetOf(5000);
    const chosen = known.filter((_, index) => index % 2 === 1);
    const shards = cutShards(known, chosen);
    const without = known.filter(ref => ref !== chosen[1]);
    const found = new Set(shards.flatMap(shard => listed(shard, without)));
    expect(chosen.filter(ref => ref !== chosen[1] && !found.has(ref))).toEqual([]);
  });

  it('of tiers contain every tenant once, the first tier first, and fit in a state for any fleet', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 500 }), fc.integer(), (tiers, others, seed) => {
        const all = fleetOf(tiers.reduce((sum, size) => sum + size, others));
        const mixed = fc.sample(fc.shuffledSubarray(all, { minLength: all.length }), { seed, numRuns: 1 })[0]!;
        const groups = tiers.map((size, at) => {
          const from = tiers.slice(0, at).reduce((sum, each) => sum + each, 0);
          return mixed.slice(from, from + size);
        });
        const shards = cutShardsInOrder(all, groups);
        const found = shards.flatMap(shard => listed(shard, all));
        const tierOf = new Map<string, number>(groups.flatMap((group, tier) => group.map(ref => [ref, tier] as const)));
        expect([...found].sort()).toEqual(groups.flat().sort());
        const order = found.map(ref => tierOf.get(ref)!);
        expect(order).toEqual([...order].sort((a, b) => a - b));
        // Whoever waits longest of a tier is in its first shard.
        for (const [tier, [first]] of groups.entries()) {
          const shard = shards.find(each => listed(each, all).some(ref => tierOf.get(ref) === tier))!;
          expect(listed(shard, all)).toContain(first);
        }
        if (found.length <= MAX_NAMED) expect(found).toEqual(groups.flat());
        expect(shards.length).toBeLessThanOrEqual(MAX_SHARDS);
      }),
      { numRuns: 8 },
    );
    const hundredThousand = fleetOf(100_000);
    const four = [0, 1, 2, 3].map(tier => hundredThousand.filter((_, index) => index % 4 === tier));
    expect(JSON.stringify(cutShardsInOrder(hundredThousand, four)).length).toBeLessThan(256 * 1024);
  });
});
