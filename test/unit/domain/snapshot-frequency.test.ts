/** Who is due: every tenant about as often as its tier says, however early or late each run begins, and never too seldom. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TIERS, type Tier } from '../../../lib/domain/objectives.ts';
import { isSnapshotDue, SnapshotHours, startsOftenEnough } from '../../../lib/domain/snapshot-frequency.ts';

const HOUR = 3600 * 1000;

it('a tenant without a usable snapshot is due at every run, whatever its tier', () => {
  for (const tier of TIERS)
    expect(isSnapshotDue(undefined, tier, SnapshotHours.parse({ [tier]: 168 }), Date.now())).toBe(true);
});

it('runs that begin and end late by less than a quarter of the interval keep the frequency of every tier', () => {
  const late = fc.double({ min: 0, max: 0.24, noNaN: true });
  fc.assert(
    fc.property(
      fc.constantFrom(1, 2, 6, 12, 24),
      fc.constantFrom(1, 2, 4, 7),
      fc.constantFrom<Tier>('standard', 'historical', 'archive'),
      fc.array(late, { minLength: 60, maxLength: 60 }),
      (shortest, times, tier, lateness) => {
        const hours = Math.min(168, shortest * times);
        const every = SnapshotHours.parse({
          ...Object.fromEntries(TIERS.map(each => [each, 168])),
          critical: shortest,
          [tier]: hours,
        });
        let newest: number | undefined;
        const taken: number[] = [];
        for (const [run, share] of lateness.entries()) {
          const now = (run + share) * shortest * HOUR;
          if (!isSnapshotDue(newest, tier, every, now)) continue;
          taken.push(run);
          newest = now;
        }
        const gaps = taken.slice(1).map((run, index) => (run - taken[index]!) * shortest);
        expect(new Set(gaps)).toEqual(new Set([Math.floor(hours / shortest) * shortest]));
      },
    ),
  );
});

it('a schedule must start as often as the tier with the shortest interval', () => {
  const every = SnapshotHours.parse({ critical: 6 });
  expect(startsOftenEnough('rate(6 hours)', every)).toBe(true);
  expect(startsOftenEnough('cron(0 */6 * * ? *)', every)).toBe(true);
  expect(startsOftenEnough('rate(7 hours)', every)).toBe(false);
  expect(startsOftenEnough('cron(0 1 * * ? *)', every)).toBe(false);
});
