import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ChainMaterial,
  chooseChain,
  isReachable,
  type LogGap,
  locateTime,
  nearestMoments,
  recoveryWindow,
  type StoredRange,
} from '../../../lib/domain/backup-chain.ts';
import { type Lsn, lsn } from '../../../lib/domain/lsn.ts';

const at = (n: number) => new Date(n * 1000).toISOString().replace('.000Z', '.000000Z');
const range = (id: string, from: number, to: number): StoredRange => ({
  ...{ id, from: lsn(BigInt(from)), to: lsn(BigInt(to)) },
  ...{ fromTime: at(from), toTime: at(to) },
});
const gap = (id: string, from: number, end: number | null): LogGap => ({
  ...{ id, from: lsn(BigInt(from)), fromTime: at(from), reason: 'slot-lost' },
  end: end === null ? null : lsn(BigInt(end)),
});
const position = (n: number): Lsn => lsn(BigInt(n));

describe('the recovery window', () => {
  const material: ChainMaterial = {
    snapshots: [range('s1', 10, 12), range('s2', 50, 53)],
    incrementals: [range('i1', 10, 20), range('i2', 20, 30)],
    runs: [range('r1', 10, 15), range('r2', 15, 20), range('r3', 20, 30), range('r4', 30, 35), range('r5', 45, 60)],
    gaps: [gap('g', 35, 45)],
  };

  it('extends from the first snapshot to the end of the log, and starts again after a gap', () => {
    const window = recoveryWindow(material);
    expect(window.stretches.map(stretch => [stretch.from.lsn, stretch.to.lsn])).toEqual([
      [12n, 35n],
      [53n, 60n],
    ]);
    expect(window.gaps).toMatchObject([{ from: { lsn: 35n }, to: { lsn: 53n }, reason: 'slot-lost' }]);
  });

  it('names the nearest moments around a gap', () => {
    const window = recoveryWindow(material);
    expect(nearestMoments(window, position(40))).toMatchObject({ before: { lsn: 35n }, after: { lsn: 53n } });
    expect(locateTime(window, at(40))).toMatchObject({ outside: 'gap', before: { lsn: 35n }, after: { lsn: 53n } });
    expect(locateTime(window, at(5))).toMatchObject({ outside: 'before', after: { lsn: 12n } });
    expect(locateTime(window, at(61))).toMatchObject({ outside: 'after', before: { lsn: 60n } });
    expect(locateTime(window, at(53))).toMatchObject({ in: { from: { lsn: 53n } } });
  });

  it('prefers incrementals to segments and stops at the target', () => {
    const chain = chooseChain(material, position(33));
    expect(chain?.snapshot.id).toBe('s1');
    expect(chain?.incrementals.map(part => part.id)).toEqual(['i1', 'i2']);
    expect(chain?.runs.map(part => part.id)).toEqual(['r4']);
    expect(chooseChain(material, position(29))?.incrementals.map(part => part.id)).toEqual(['i1']);
  });

  it('does not start at a snapshot that began before the gap was detected', () => {
    const early = { ...material, snapshots: [range('s1', 10, 12), range('s2', 40, 53)] };
    expect(recoveryWindow(early).stretches).toHaveLength(1);
    expect(chooseChain(early, position(55))).toBeUndefined();
  });
});

/** Positions 0…30. Runs mostly contiguous, sometimes with holes and overlaps. */
const materials = fc.record({
  snapshots: fc.array(fc.tuple(fc.nat(28), fc.integer({ min: 1, max: 4 })), { maxLength: 4 }),
  cuts: fc.uniqueArray(fc.nat(30), { minLength: 2, maxLength: 10 }),
  lost: fc.array(fc.nat(9), { maxLength: 2 }),
  overlap: fc.option(fc.tuple(fc.nat(25), fc.integer({ min: 1, max: 5 })), { nil: undefined }),
  gaps: fc.array(fc.tuple(fc.nat(28), fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined })), { maxLength: 2 }),
});

function build(shape: typeof materials extends fc.Arbitrary<infer T> ? T : never): ChainMaterial {
  const cuts = [...shape.cuts].sort((a, b) => a - b);
  const runs = cuts.slice(1).map((to, index) => range(`r${index}`, cuts[index]!, to));
  const kept = runs.filter((_, index) => !shape.lost.includes(index));
  if (shape.overlap) kept.push(range('r-again', shape.overlap[0], shape.overlap[0] + shape.overlap[1]));
  return {
    snapshots: shape.snapshots.map(([from, length], index) => range(`s${index}`, from, from + length)),
    incrementals: kept.slice(0, -1).map((run, index) => range(`i${index}`, Number(run.from), Number(run.to))),
    runs: kept,
    gaps: shape.gaps.map(([from, length], index) =>
      gap(`g${index}`, from, length === undefined ? null : from + length),
    ),
  };
}

/** The definition, position by position: step p → p+1 needs a run that has it and no gap that lies over it. */
function reachable(material: ChainMaterial, target: number): boolean {
  const step = (p: number) => material.runs.some(run => Number(run.from) <= p && p + 1 <= Number(run.to));
  const broken = (p: number) => material.gaps.some(g => Number(g.from) <= p && (g.end === null || p < Number(g.end)));
  return material.snapshots.some(snapshot => {
    if (Number(snapshot.to) > target) return false;
    for (let p = Number(snapshot.from); p < target; p += 1) if (!step(p) || broken(p)) return false;
    return true;
  });
}

describe('for any backups, log runs and gaps', () => {
  it('the window is exactly what a snapshot and an unbroken log reach', () => {
    fc.assert(
      fc.property(materials, shape => {
        const material = build(shape);
        const window = recoveryWindow(material);
        for (let p = 0; p <= 36; p += 1) {
          expect(isReachable(window, position(p)), `position ${p}`).toBe(reachable(material, p));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a chain exists exactly in the window, and covers everything from its snapshot to the target', () => {
    fc.assert(
      fc.property(materials, fc.nat(34), (shape, p) => {
        const material = build(shape);
        const chain = chooseChain(material, position(p));
        expect(chain !== undefined).toBe(reachable(material, p));
        if (!chain) return;
        let covered = Number(chain.snapshot.from);
        for (const part of [...chain.incrementals, ...chain.runs]) {
          expect(Number(part.from)).toBeLessThanOrEqual(covered);
          covered = Math.max(covered, Number(part.to));
        }
        expect(covered).toBeGreaterThanOrEqual(p);
        for (const part of chain.incrementals) expect(Number(part.to)).toBeLessThanOrEqual(p);
      }),
      { numRuns: 500 },
    );
  });

  it('the nearest moments are recoverable, and no nearer ones are', () => {
    fc.assert(
      fc.property(materials, fc.nat(34), (shape, p) => {
        const material = build(shape);
        const window = recoveryWindow(material);
        if (isReachable(window, position(p))) return;
        const { before, after } = nearestMoments(window, position(p));
        for (let q = p; q >= Number(before?.lsn ?? 0); q -= 1) {
          expect(reachable(material, q)).toBe(before !== undefined && q === Number(before.lsn));
        }
        for (let q = p; q <= Number(after?.lsn ?? 36n); q += 1) {
          expect(reachable(material, q)).toBe(after !== undefined && q === Number(after.lsn));
        }
      }),
      { numRuns: 500 },
    );
  });
});
