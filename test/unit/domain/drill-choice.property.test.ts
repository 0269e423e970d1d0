/** Every tenant comes round, however many join and leave; every moment of a window can be chosen. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chance, lastDrilled, momentOf, sampled, waitingLongest } from '../../../lib/domain/drill-choice.ts';
import type { TenantRef } from '../../../lib/domain/tenant.ts';

const DAY = 24 * 3600 * 1000;
const day = (number: number) => new Date(Date.UTC(2026, 0, 1) + number * DAY).toISOString();

/** What happens between two drills: how many join, and which of those present leaves. */
const month = fc.record({
  joining: fc.nat({ max: 3 }),
  leaving: fc.option(fc.nat({ max: 50 }), { nil: undefined }),
  atOnce: fc.integer({ min: 1, max: 3 }),
});

describe('the choice of tenants', () => {
  it('lets nobody wait for more drills than there were tenants when the wait began', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(month, { maxLength: 60 }), (start, months) => {
        let number = 0;
        let present = Array.from({ length: start }, () => ({ ref: `t${number++}`, since: day(0) }));
        /** Drills that each may still wait for. */
        const patience = new Map(present.map(({ ref }) => [ref, start]));
        const records: { startedAt: string; tenants: { tenant: TenantRef }[] }[] = [];
        months.forEach(({ joining, leaving, atOnce }, index) => {
          if (leaving !== undefined) present = present.filter((_, place) => place !== leaving);
          for (let each = 0; each < joining; each++) {
            const joined = { ref: `t${number++}`, since: day(index + 1) };
            present.push(joined);
            patience.set(joined.ref, present.length);
          }
          if (present.length === 0) return;
          const chosen = waitingLongest(present, lastDrilled(records as never), atOnce).map(({ ref }) => ref);
          expect(new Set(chosen).size).toBe(Math.min(atOnce, present.length));
          records.push({ startedAt: day(index + 1.5), tenants: chosen.map(ref => ({ tenant: ref as TenantRef })) });
          for (const { ref } of present) {
            if (chosen.includes(ref)) patience.set(ref, present.length);
            else patience.set(ref, patience.get(ref)! - 1);
            expect(patience.get(ref), ref).toBeGreaterThanOrEqual(0);
          }
        });
      }),
    );
  });

  it('takes a sample that the seed alone decides, in the order of the fleet', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.uniqueArray(fc.string(), { maxLength: 40 }),
        fc.nat({ max: 50 }),
        (seed, ids, count) => {
          const chosen = sampled(seed, ids, count, id => id);
          expect(chosen).toHaveLength(Math.min(count, ids.length));
          expect(ids.filter(id => chosen.includes(id))).toEqual(chosen);
          expect(sampled(seed, ids.toReversed(), count, id => id).toReversed()).toEqual(chosen);
        },
      ),
    );
  });
});

describe('the choice of a moment', () => {
  const micro = fc.integer({ min: 0, max: 2_000_000_000 });
  const iso = (micros: number) =>
    `${new Date(Date.UTC(2026, 4, 1) + Math.floor(micros / 1000)).toISOString().slice(0, 23)}${String(micros % 1000).padStart(3, '0')}Z`;
  const windowOf = (bounds: readonly number[]) => {
    const sorted = [...bounds].sort((a, b) => a - b);
    return Array.from({ length: Math.floor(sorted.length / 2) }, (_, index) => ({
      from: { time: iso(sorted[2 * index]!) },
      to: { time: iso(sorted[2 * index + 1]!) },
    }));
  };

  it('is within the window, or the latest where the window has no length', () => {
    fc.assert(
      fc.property(
        fc.array(micro, { maxLength: 9 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (bounds, place) => {
          const window = windowOf(bounds);
          const moment = momentOf(window, place);
          const hasLength = window.some(({ from, to }) => from.time < to.time);
          if (hasLength) expect(window.some(({ from, to }) => from.time <= moment && moment < to.time)).toBe(true);
          else expect(moment).toBe('latest');
        },
      ),
    );
  });

  it('reaches every part of the window as often as its length says', () => {
    const window = [
      { from: { time: '2026-05-01T00:00:00.000000Z' }, to: { time: '2026-05-02T00:00:00.000000Z' } },
      { from: { time: '2026-05-10T00:00:00.000000Z' }, to: { time: '2026-05-13T00:00:00.000000Z' } },
    ];
    const moments = Array.from({ length: 2000 }, (_, index) => momentOf(window, chance('seed', `${index}`)));
    const late = moments.filter(moment => moment > '2026-05-05').length;
    expect(late / moments.length).toBeGreaterThan(0.7);
    expect(late / moments.length).toBeLessThan(0.8);
  });
});
