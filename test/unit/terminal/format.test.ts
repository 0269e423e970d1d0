/** Numbers, sizes, durations and moments for people. */
import { describe, expect, it } from 'vitest';
import { count, duration, moment, momentAgo, plural, printable, relative, size } from '../../../bin/terminal/format.ts';
import { makeStyle, padEnd, padStart, width } from '../../../bin/terminal/style.ts';
import { renderFacts, renderTable } from '../../../bin/terminal/table.ts';
import { parseTarget } from '../../../lib/domain/recovery-target.ts';

const now = new Date('2026-03-01T10:17:11Z');

describe('numbers', () => {
  it('have thousands separators', () => {
    expect([count(0), count(1234567), count(12345678901234567890n)]).toEqual([
      '0',
      '1,234,567',
      '12,345,678,901,234,567,890',
    ]);
    expect([plural(1, 'row'), plural(2000, 'row'), plural(2, 'copy', 'copies')]).toEqual([
      '1 row',
      '2,000 rows',
      '2 copies',
    ]);
  });

  it('are sizes in steps of a thousand', () => {
    const sizes = [0, 999, 1000, 1536, 12_345, 999_499, 999_999, 1_060_000_000, 3e15].map(size);
    expect(sizes).toEqual(['0 B', '999 B', '1.0 kB', '1.5 kB', '12.3 kB', '999 kB', '1.0 MB', '1.1 GB', '3.0 PB']);
  });

  it('are durations in at most two units', () => {
    const durations = [0, 340, 999, 4200, 59_949, 60_000, 192_000, 3_600_000, 7_500_000, 273_600_000].map(duration);
    expect(durations).toEqual([
      '0 ms',
      '340 ms',
      '999 ms',
      '4.2 s',
      '59.9 s',
      '1 min',
      '3 min 12 s',
      '1 h',
      '2 h 5 min',
      '3 d 4 h',
    ]);
  });
});

describe('moments', () => {
  it('include their offset, so that they can be used as a target', () => {
    const time = '2026-03-01T10:04:59.250Z';
    expect(moment(time, 'UTC')).toBe('2026-03-01 10:04:59Z');
    expect(moment(time, 'Asia/Kolkata')).toBe('2026-03-01 15:34:59+05:30');
    for (const zone of ['UTC', 'Asia/Kolkata', 'America/New_York']) {
      expect(parseTarget(moment(time, zone), { now, timeZone: 'Europe/Berlin' })).toEqual({
        kind: 'time',
        time: '2026-03-01T10:04:59.000000Z',
      });
    }
  });

  it('are relative to now', () => {
    expect(relative('2026-03-01T10:17:11Z', now)).toBe('just now');
    expect(relative('2026-03-01T10:16:59Z', now)).toBe('12 s ago');
    expect(relative('2026-03-01T10:20:11Z', now)).toBe('in 3 min');
    expect(momentAgo('2026-03-01T10:04:59Z', 'UTC', now)).toBe('2026-03-01 10:04:59Z (12 min 12 s ago)');
  });
});

describe('text from the database', () => {
  it('cannot control the terminal', () => {
    expect(printable('a\u001b[2Jb\r\n\tc\u202ed')).toBe('a\\u001b[2Jb\\u000d\\n\\tc\\u202ed');
    expect(printable('x'.repeat(50), 10)).toBe(`${'x'.repeat(9)}…`);
  });
});

describe('tables', () => {
  it('align numbers right and text left, by display width', () => {
    const style = makeStyle(true);
    const text = renderTable(
      [{ head: 'table' }, { head: 'rows', right: true }, { head: 'about' }],
      [
        ['日本', style.good('1,000'), 'x'],
        ['orders', '7', ''],
      ],
      {
        total: ['2 tables', '1,007', ''],
      },
    );
    expect(text).toBe(
      [
        '  table      rows  about',
        `  日本      ${style.good('1,000')}  x`,
        '  orders        7',
        '  ──────────────────────',
        '  2 tables  1,007',
        '',
      ].join('\n'),
    );
  });

  it('align the values of facts', () => {
    expect(
      renderFacts([
        ['vault', '/a'],
        ['key', '/b'],
      ]),
    ).toBe('  vault  /a\n  key    /b\n');
  });

  it('measure combining marks, wide characters and colours', () => {
    expect([width('é'), width('e\u0301'), width('日本'), width('✅'), width(makeStyle(true).bad('ab'))]).toEqual([
      1, 1, 4, 2, 2,
    ]);
    expect(padEnd('日', 4)).toBe('日  ');
    expect(padStart('日', 4)).toBe('  日');
  });
});
