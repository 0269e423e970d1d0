import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLsn, lsn } from '../../../lib/domain/lsn.ts';
import { formatTarget, markerTarget, parseTarget, type RecoveryTarget } from '../../../lib/domain/recovery-target.ts';
import { positionIn, walLsn } from '../../../lib/domain/source-epoch.ts';
import { isoMicroseconds } from '../../../lib/domain/wall-time.ts';

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

  it('accepts a transaction or a position with a side, and tells them from restores', () => {
    expect(parseTarget('before:4711', clock)).toEqual({ kind: 'before-transaction', xid: 4711 });
    expect(parseTarget('after:4294967295', clock)).toEqual({ kind: 'after-transaction', xid: 4_294_967_295 });
    expect(parseTarget('before:16/B374D848', clock)).toEqual({ kind: 'before-lsn', lsn: 0x16b374d848n });
    expect(parseTarget('after:1:16/b374', clock)).toMatchObject({ kind: 'after-lsn', named: true });
    expect(parseTarget('before:123456789-12345678', clock).kind).toBe('before-restore');
    expect(refusal('before:4294967296').hint).toContain('before:0');
    expect(refusal('after:0mabc-1')).toMatchObject({ code: 'bad-target' });
  });

  it('reads noon, a named zone and counts since 1970', () => {
    expect(time('today noon')).toBe('2026-03-10T11:00:00.000000Z');
    expect(time('yesterday at noon')).toBe('2026-03-09T11:00:00.000000Z');
    expect(time('2026-03-01 noon UTC')).toBe('2026-03-01T12:00:00.000000Z');
    expect(time('2026-03-01 10:04 America/New_York')).toBe('2026-03-01T15:04:00.000000Z');
    expect(time('2026-03-01T10:04:59.5 Asia/Tokyo')).toBe('2026-03-01T01:04:59.500000Z');
    expect(time('yesterday 23:30 Asia/Tokyo')).toBe('2026-03-09T14:30:00.000000Z');
    expect(time('yesterday 14:00Z')).toBe('2026-03-09T14:00:00.000000Z');
    expect(time('@1772359499')).toBe('2026-03-01T10:04:59.000000Z');
    expect(time('epoch:1772359499.25')).toBe('2026-03-01T10:04:59.250000Z');
    expect(time('@1772359499123')).toBe('2026-03-01T10:04:59.123000Z');
    expect(time('@1772359499123456')).toBe('2026-03-01T10:04:59.123456Z');
    expect(refusal('2026-03-01 10:04 Europe/Atlantis').code).toBe('bad-time-zone');
    for (const wrong of ['@17', '@1772359499123.5', 'epoch:soon', '2026-03-01T10:04:59+01:00 Europe/Berlin'])
      expect(refusal(wrong).code).toBe('bad-target');
  });

  it('takes midnight only where one of the two has been', () => {
    expect(time('today midnight')).toBe('2026-03-09T23:00:00.000000Z');
    expect(refusal('yesterday midnight').hint).toContain('2026-03-08T23:00:00.000000Z or 2026-03-09T23:00:00.000000Z');
    expect(refusal('midnight').hint).toContain('"today 00:00" or "yesterday 00:00"');
    expect(refusal('noon').hint).toContain('"today noon" or "yesterday noon"');
  });

  it('refuses what has not come yet, without advice that cannot help', () => {
    for (const future of ['tomorrow', 'tomorrow 10:00', 'in 2 hours', '2 hours from now', 'next week'])
      expect(refusal(future)).toMatchObject({ code: 'future-target', hint: expect.not.stringContaining('ship') });
    // 14:00 has not been today.
    expect(refusal('14:00').hint).not.toContain('today');
  });

  it('refuses bare digits with what they may mean', () => {
    expect(refusal('4711')).toMatchObject({ code: 'ambiguous-target' });
    expect(refusal('4711').hint).toBe('Write before:4711 or after:4711 (a transaction), mark:4711 (a marker).');
    expect(refusal('1772359499').hint).toContain('@1772359499 (the time 2026-03-01T10:04:59.000000Z)');
    expect(refusal('1772359499123').hint).not.toContain('before:');
  });

  it('knows which names of markers can be written as they are', () => {
    for (const name of ['before-import', 'before the migration', 'today-import', 'v1.2', 'next release'])
      expect(markerTarget(name, clock)).toBe(name);
    expect(markerTarget('2026-release', clock)).toBe('mark:2026-release');
    for (const name of [
      'latest',
      '4711',
      'before:4711',
      '16/B3',
      'tomorrow',
      'yesterday 14:00',
      'noon',
      ' x',
      'mark:x',
      '',
    ])
      expect(markerTarget(name, clock)).toBeUndefined();
  });

  it('formats every target so that it parses to the same target', () => {
    const position = fc.record({
      epoch: fc.integer({ min: 0, max: 255 }),
      wal: fc.bigInt({ min: 0n, max: (1n << 56n) - 1n }),
    });
    const positions = fc
      .tuple(fc.constantFrom('lsn' as const, 'before-lsn' as const, 'after-lsn' as const), position, fc.boolean())
      .map(([kind, { epoch, wal }, named]): RecoveryTarget => {
        const at = positionIn(epoch, walLsn(wal));
        // A position of a later epoch names it by itself.
        return { kind, lsn: at, ...(named && epoch === 0 && { named: true as const }) };
      });
    const transactions = fc
      .tuple(
        fc.constantFrom('before-transaction' as const, 'after-transaction' as const),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      )
      .map(([kind, xid]): RecoveryTarget => ({ kind, xid }));
    const others = fc.constantFrom<RecoveryTarget>(
      { kind: 'latest' },
      { kind: 'marker', name: 'before:4711' },
      { kind: 'before-restore', restore: '0mabc1234-0123abcd' },
      { kind: 'snapshot', backup: '0mabc1234-0123abcd' },
    );
    fc.assert(
      fc.property(fc.oneof(positions, transactions, others), target => {
        expect(parseTarget(formatTarget(target), clock)).toEqual(target);
      }),
    );
    expect(formatTarget({ kind: 'before-lsn', lsn: lsn(0x10n) })).toBe(`before:${formatLsn(lsn(0x10n))}`);
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
