import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTarget, isoMicroseconds, parseTarget } from '../../../lib/domain/recovery-target.ts';

const clock = { now: new Date('2026-03-10T12:00:00.000Z'), timeZone: 'Europe/Berlin' };
const time = (text: string, at = clock) => {
  const target = parseTarget(text, at);
  return target.kind === 'time' ? target.time : target;
};
const refusal = (text: string) => {
  try {
    parseTarget(text, clock);
  } catch (error) {
    return error as { code: string; hint: string; message: string };
  }
  throw new Error(`"${text}" was accepted`);
};

describe('a recovery target', () => {
  it('accepts ISO 8601 with a zone, to the microsecond', () => {
    expect(time('2026-03-01T10:04:59Z')).toBe('2026-03-01T10:04:59.000000Z');
    expect(time('2026-03-01T10:04:59.123456+02:00')).toBe('2026-03-01T08:04:59.123456Z');
    expect(time('2026-03-01 10:04 -0530')).toBe('2026-03-01T15:34:00.000000Z');
  });

  it('reads a time without a zone in the given zone', () => {
    expect(time('2026-03-01T10:04:59')).toBe('2026-03-01T09:04:59.000000Z');
    expect(time('2026-07-01T10:04:59')).toBe('2026-07-01T08:04:59.000000Z');
    expect(time('2026-03-01T10:04:59', { ...clock, timeZone: 'UTC' })).toBe('2026-03-01T10:04:59.000000Z');
  });

  it('accepts relative times', () => {
    expect(time('2 hours ago')).toBe('2026-03-10T10:00:00.000000Z');
    expect(time('an hour ago')).toBe('2026-03-10T11:00:00.000000Z');
    expect(time('90 seconds ago')).toBe('2026-03-10T11:58:30.000000Z');
    expect(time('1.5h ago')).toBe('2026-03-10T10:30:00.000000Z');
    expect(time('yesterday 14:00')).toBe('2026-03-09T13:00:00.000000Z');
    expect(time('today at 9:30:15')).toBe('2026-03-10T08:30:15.000000Z');
  });

  it('accepts LSNs, markers, snapshots, restores and the newest moment', () => {
    expect(parseTarget('16/B374D848', clock)).toEqual({ kind: 'lsn', lsn: 0x16b374d848n });
    expect(parseTarget('before the migration', clock)).toEqual({ kind: 'marker', name: 'before the migration' });
    expect(parseTarget('mark:2026-release', clock)).toEqual({ kind: 'marker', name: '2026-release' });
    expect(parseTarget('before:0mabc-1', clock)).toEqual({ kind: 'before-restore', restore: '0mabc-1' });
    expect(parseTarget('snapshot:0mabc-1', clock)).toEqual({ kind: 'snapshot', backup: '0mabc-1' });
    expect(parseTarget('latest', clock)).toEqual({ kind: 'latest' });
  });

  it('refuses ambiguous times and lists the possible meanings', () => {
    expect(refusal('14:00')).toMatchObject({ code: 'ambiguous-target' });
    expect(refusal('14:00').hint).toContain('yesterday 14:00');
    expect(refusal('2026-03-01')).toMatchObject({ code: 'ambiguous-target' });
    expect(refusal('yesterday')).toMatchObject({ code: 'ambiguous-target' });
    const twice = refusal('2025-10-26T02:30:00');
    expect(twice.code).toBe('ambiguous-target');
    expect(twice.hint).toContain('2025-10-26T00:30:00.000000Z or 2025-10-26T01:30:00.000000Z');
  });

  it('refuses times that do not exist', () => {
    expect(refusal('2026-02-30T10:00:00Z').code).toBe('impossible-target');
    expect(refusal('2026-02-03T25:00:00Z').code).toBe('impossible-target');
    expect(refusal('2026-03-29T02:30:00').code).toBe('impossible-target');
    expect(refusal('2 hurs ago').code).toBe('bad-target');
    expect(refusal('').code).toBe('bad-target');
    expect(refusal('2026-03-01T10:04:59 CEST').code).toBe('bad-target');
  });

  it('formats every time so that it parses to the same target', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 16n }), micros => {
        const text = isoMicroseconds(micros);
        expect(BigInt(Date.parse(text)) * 1000n + BigInt(text.slice(23, 26))).toBe(micros);
        expect(formatTarget(parseTarget(text, clock))).toBe(text);
      }),
    );
  });
});
