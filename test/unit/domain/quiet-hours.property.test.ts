/**
 * Quiet hours end at the first minute outside them, as somebody finds who looks at the clock on the wall every minute: also
 * where the clocks are put forward or back, by an hour or by half of one.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuietHours, quietUntil } from '../../../lib/domain/quiet-hours.ts';

const MINUTE_MS = 60_000;
/** Each near a change of its clocks. */
const CHANGES = [
  ['Europe/Berlin', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00:00Z'],
  ['America/New_York', '2026-03-08T07:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
  ['Asia/Kolkata', '2026-06-01T00:00:00Z'],
] as const;

const time = fc.integer({ min: 0, max: 1439 }).map(minute => {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
});

/** The clock on the wall, read another way: as text. */
function quietByText({ zone, from, to }: QuietHours): (at: number) => boolean {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, timeStyle: 'short' });
  return at => {
    const shown = clock.format(at);
    return from < to ? shown >= from && shown < to : shown >= from || shown < to;
  };
}

describe('quiet hours', () => {
  it('end when the clock on the wall says so, whatever the clocks do', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CHANGES),
        time,
        time,
        fc.integer({ min: -20 * 60, max: 20 * 60 }),
        ([zone, change], from, to, minutes) => {
          fc.pre(from !== to);
          const quiet = { zone, from, to };
          const now = new Date(Date.parse(change) + minutes * MINUTE_MS);
          let at = now.getTime();
          const isQuiet = quietByText(quiet);
          while (isQuiet(at)) at += MINUTE_MS;
          expect(quietUntil(quiet, now)?.getTime() ?? now.getTime()).toBe(at);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    [{ zone: 'Europe/Nowhere', from: '22:00', to: '07:00' }],
    [{ zone: 'UTC', from: '22:00', to: '22:00' }],
    [{ zone: 'UTC', from: '24:00', to: '07:00' }],
  ])('that mean nothing are refused: %j', given => {
    expect(QuietHours.safeParse(given).success).toBe(false);
  });
});
