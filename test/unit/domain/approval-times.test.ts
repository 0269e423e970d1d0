import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askedUntil, previewKeptMs, restoreTimeoutHours } from '../../../lib/domain/approval-times.ts';

const hours = fc.integer({ min: 1, max: 24 * 365 });
const asked = new Date('2026-03-01T10:00:00Z');
const HOUR_MS = 3600 * 1000;

describe('times derived from the approval timeout', () => {
  it('keep a preview longer than the wait for its approval', () => {
    fc.assert(
      fc.property(hours, given => {
        expect(previewKeptMs(given)).toBeGreaterThan(askedUntil(given, asked).getTime() - asked.getTime());
      }),
    );
  });

  it('keep an execution longer than staging, the wait and a day of batches', () => {
    fc.assert(
      fc.property(hours, given => {
        expect(restoreTimeoutHours(given) * HOUR_MS).toBeGreaterThan(previewKeptMs(given));
        expect(restoreTimeoutHours(given)).toBeGreaterThanOrEqual(given + 24);
      }),
    );
  });

  it('end at that hour', () => {
    expect(askedUntil(24, asked).toISOString()).toBe('2026-03-02T10:00:00.000Z');
  });
});
