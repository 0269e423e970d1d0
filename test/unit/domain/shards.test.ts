import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutShards, MAX_NAMED, MAX_SHARDS, membersOf, type Shard } from '../../../lib/domain/shards.ts';
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
});
