/** When a range of the log is closed, which shard a tenant is in, and which correctly signed shards are refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  closedStretches,
  covers,
  follows,
  INDEX_SEGMENTS,
  isAfter,
  shardBits,
  shardOf,
  shardOfRun,
  wrongShard,
} from '../../../lib/domain/log-index.ts';
import type { IndexedRun, LogIndexBody } from '../../../lib/domain/log-manifest.ts';
import { LsnText, lsn } from '../../../lib/domain/lsn.ts';
import { SYSTEM, type TenantRef, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';

const HOURLY = { minutes: 60, runs: 240 };
const START = Date.parse('2026-03-01T00:00:00Z');

/** One run a minute, each after the other. */
function minutely(count: number, change: (at: number) => Partial<Run> = () => ({})): Run[] {
  return Array.from({ length: count }, (_, at) => ({
    from: `0/${(at + 1).toString(16).toUpperCase()}`,
    to: `0/${(at + 2).toString(16).toUpperCase()}`,
    toTime: new Date(START + (at + 1) * 60_000).toISOString(),
    sha256: `sha-${at}`,
    previous: at === 0 ? null : { sha256: `sha-${at - 1}` },
    tenants: 3,
    ...change(at),
  }));
}
type Run = Parameters<typeof closedStretches>[0][number];

describe('a range of the log is closed', () => {
  it('at the end of the hour, and not before', () => {
    const sizes = (count: number) => closedStretches(minutely(count), HOURLY).map(stretch => stretch.length);
    expect(sizes(59)).toEqual([]);
    // The run that ends at the full hour is the first of the next.
    expect(sizes(60)).toEqual([59]);
    expect(sizes(119)).toEqual([59]);
    expect(sizes(1440)).toEqual([59, ...Array(23).fill(60)]);
  });

  it('at a missing run, at a gap, and around an empty run', () => {
    const sizes = (runs: readonly Run[]) => closedStretches(runs, { minutes: 60, runs: 5 }).map(s => s.length);
    expect(sizes(minutely(10))).toEqual([5, 5]);
    expect(sizes(minutely(10).toSpliced(3, 1))).toEqual([3, 5]);
    expect(sizes(minutely(10, at => (at === 3 ? { from: '0/FF' } : {})))).toEqual([3, 5]);
    const empty: Run = { ...minutely(1)[0]!, from: '0/4', to: '0/4', sha256: 'empty', previous: { sha256: 'sha-2' } };
    const around = minutely(10, at => (at === 3 ? { previous: { sha256: 'empty' } } : {})).toSpliced(3, 0, empty);
    expect(sizes(around)).toEqual([3, 5]);
  });

  it('before it has more segments than a writer keeps in memory', () => {
    const large = closedStretches(
      minutely(10, () => ({ tenants: INDEX_SEGMENTS / 4 })),
      HOURLY,
    );
    expect(large.map(stretch => stretch.length)).toEqual([4, 4]);
  });

  it('at the same positions whatever runs follow, with each run in at most one range', () => {
    const shapes = fc.array(
      fc.record({ gap: fc.boolean(), minutes: fc.integer({ min: 0, max: 40 }), tenants: fc.nat(60_000) }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(shapes, fc.nat(60), fc.integer({ min: 2, max: 7 }), (shape, cut, runs) => {
        let time = START;
        const log = minutely(shape.length, at => {
          time += shape[at]!.minutes * 60_000;
          return {
            toTime: new Date(time).toISOString(),
            tenants: shape[at]!.tenants,
            ...(shape[at]!.gap && { previous: null }),
          };
        });
        const limits = { minutes: 60, runs };
        const all = closedStretches(log, limits);
        const early = closedStretches(log.slice(0, cut), limits);
        expect(all.slice(0, early.length)).toEqual(early);
        const placed = all.flat();
        expect(new Set(placed).size).toBe(placed.length);
        for (const stretch of all) {
          expect(stretch.length).toBeGreaterThan(1);
          expect(stretch.length).toBeLessThanOrEqual(runs);
          expect(stretch.every((run, at) => at === 0 || follows(stretch[at - 1]!, run))).toBe(true);
        }
      }),
    );
  });
});

describe('shards', () => {
  it('are as many as the segments need', () => {
    expect([0, 1, 1000, 1001, 60_000, 10_000_000].map(segments => shardBits(segments, 1000))).toEqual([
      0, 0, 0, 1, 6, 10,
    ]);
  });

  it('contain each tenant exactly once, evenly, and the unrouted log in all of them', () => {
    const refs = Array.from({ length: 4000 }, (_, n) => tenantRef('test', tenantId(String(n))));
    for (const bits of [0, 1, 4, 6, 10]) {
      const sizes = new Map<number, number>();
      for (const ref of refs) sizes.set(shardOf(ref, bits), (sizes.get(shardOf(ref, bits)) ?? 0) + 1);
      expect([...sizes.keys()].every(number => number >= 0 && number < 2 ** bits)).toBe(true);
      expect(Math.max(...sizes.values())).toBeLessThan((3 * refs.length) / 2 ** bits + 12);
    }
    const [a, b] = ['a', 'b'].map(name => tenantRef('test', tenantId(name))) as [TenantRef, TenantRef];
    const shard = { bits: 10, number: shardOf(a, 10) };
    expect(shardOf(b, 10)).not.toBe(shard.number);
    expect(shardOfRun(run(1, [a, b, SYSTEM]), shard).segments.map(entry => entry.tenant)).toEqual([a, SYSTEM]);
  });
});

function run(at: number, owners: readonly string[] = []): IndexedRun {
  const [from, to, sha] = [
    LsnText.parse(`0/${at}`),
    LsnText.parse(`0/${at + 1}`),
    (n: number) => String(n).padStart(64, '0'),
  ];
  const previous = at === 1 ? null : { id: `r${at - 1}`, key: 'k', sha256: sha(at - 1) };
  const segments = owners.map(tenant => ({ tenant }) as IndexedRun['segments'][number]);
  const times = { fromTime: '2026-03-01T00:00:00Z', toTime: '2026-03-01T00:01:00Z' };
  return { id: `r${at}`, key: 'k', sha256: sha(at), from, to, ...times, previous, packs: [], relations: [], segments };
}

describe('a signed shard is refused', () => {
  const tenant = tenantRef('test', tenantId('a'));
  const asked = { id: 'r3', from: '0/1', to: '0/4', bits: 4 };
  const header = { from: LsnText.parse('0/1'), to: LsnText.parse('0/4') };
  const body: LogIndexBody = {
    format: 'holdfast.log-index/1',
    index: 'r3',
    shard: { bits: 4, number: shardOf(tenant, 4) },
    runs: [run(1), run(2), run(3)],
  };
  it('unless it is the requested one', () => {
    expect(wrongShard(header, body, asked, tenant)).toBeUndefined();
    const { shard, runs } = body;
    const wrong = (change: Partial<LogIndexBody>, head = header) =>
      wrongShard(head, { ...body, ...change }, asked, tenant);
    expect(wrong({ index: 'r9' })).toMatch(/another index/);
    expect(wrong({ shard: { ...shard, bits: 3 } })).toMatch(/another index/);
    expect(wrong({ shard: { ...shard, number: (shard.number + 1) % 16 } })).toMatch(/other tenants/);
    expect(wrong({}, { ...header, from: LsnText.parse('0/0') })).toMatch(/another range/);
    expect(wrong({ runs: runs.slice(1) })).toMatch(/does not cover/);
    expect(wrong({ runs: runs.slice(0, 2) })).toMatch(/does not cover/);
    expect(wrong({ runs: [runs[0]!, runs[2]!] })).toMatch(/hole/);
    expect(wrong({ runs: [runs[0]!, { ...runs[1]!, previous: null }, runs[2]!] })).toMatch(/hole/);
  });
});

describe('positions', () => {
  it('belong to one side of the end of an index, except those of empty runs', () => {
    const index = { from: '0/10', to: '0/20' };
    expect(covers(index, { from: '0/10', to: '0/20' })).toBe(true);
    for (const [from, to] of [
      ['0/9', '0/11'],
      ['0/19', '0/21'],
      ['0/20', '0/20'],
    ] as const)
      expect(covers(index, { from, to })).toBe(false);
    const beyond = isAfter(lsn(0x20n));
    expect([beyond({ from: '0/19', to: '0/20' }), beyond({ from: '0/20', to: '0/21' })]).toEqual([false, true]);
    expect(beyond({ from: '0/20', to: '0/20' })).toBe(true);
  });
});
