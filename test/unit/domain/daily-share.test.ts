import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shareOf } from '../../../lib/domain/daily-share.ts';

const DAY_MS = 24 * 3600 * 1000;
const refs = fc.stringMatching(/^[a-z2-7]{26}$/);

it('every tenant is due exactly once in any N consecutive days', () => {
  fc.assert(
    fc.property(refs, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 30_000 }), (ref, days, first) => {
      const due = Array.from({ length: days }, (_, day) => shareOf(days, new Date((first + day) * DAY_MS))(ref));
      expect(due.filter(Boolean)).toHaveLength(1);
    }),
  );
});

it('the parts have about the same size', () => {
  const fleet = fc.sample(refs, { numRuns: 7000, seed: 1 });
  for (let day = 0; day < 7; day++) {
    const due = fleet.filter(shareOf(7, new Date(day * DAY_MS)));
    expect(Math.abs(due.length - 1000)).toBeLessThan(200);
  }
});
