import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../lib/domain/errors.ts';
import {
  formatLsn,
  isLsnText,
  LsnText,
  lsn,
  parseLsn,
  parseSortableLsn,
  sortableLsn,
} from '../../../lib/domain/lsn.ts';

const anyLsn = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(lsn);

describe('a WAL position', () => {
  it('is formatted as in PostgreSQL', () => {
    expect(formatLsn(parseLsn('16/B374D848'))).toBe('16/B374D848');
    expect(formatLsn(lsn(0n))).toBe('0/0');
    expect(parseLsn('1/0')).toBe(1n << 32n);
    expect(parseLsn('16/b374d848')).toBe(parseLsn('16/B374D848'));
  });

  it('survives formatting and parsing', () => {
    fc.assert(
      fc.property(
        anyLsn,
        value => parseLsn(formatLsn(value)) === value && parseSortableLsn(sortableLsn(value)) === value,
      ),
    );
  });

  it('has one text in documents, whichever spelling it was parsed from', () => {
    fc.assert(
      fc.property(anyLsn, value => {
        const text = formatLsn(value);
        expect(LsnText.parse(text)).toBe(text);
        expect(formatLsn(parseLsn(text.toLowerCase()))).toBe(text);
      }),
    );
    for (const other of ['16/b374d848', '16', '16/B374D848 ', '', '123456789/0'])
      expect(LsnText.safeParse(other).success).toBe(false);
  });

  it('sorts as text in log order', () => {
    fc.assert(fc.property(anyLsn, anyLsn, (a, b) => a < b === sortableLsn(a) < sortableLsn(b)));
  });

  it.each(['', '16', '16/', '/1', '16/B374D848X', '123456789/0', '16/B374 D848', '-1/0'])(
    'refuses %j with a hint',
    text => {
      expect(isLsnText(text)).toBe(false);
      expect(() => parseLsn(text)).toThrow(InputError);
      expect(() => parseLsn(text)).toThrow(/not a WAL position/);
    },
  );
});
