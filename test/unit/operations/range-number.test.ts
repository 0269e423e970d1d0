/** The number that begins a row is read whatever pieces the row comes in, and the row begins right behind it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RangeNumber } from '../../../lib/operations/storage/range-number.ts';

test('is read from any pieces', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.string())), fc.array(fc.nat(20)), (rows, cuts) => {
      const number = new RangeNumber();
      let cut = 0;
      for (const [value, rest] of rows) {
        const row = Buffer.from(`${value}\t${rest}`);
        number.forget();
        let seen = '';
        for (let at = 0; at < row.length; ) {
          const end = Math.min(row.length, at + 1 + (cuts[cut++ % Math.max(1, cuts.length)] ?? row.length));
          const start = number.isKnown ? at : number.read(row, at, end);
          seen += row.toString('latin1', start, end);
          at = end;
        }
        expect(number.isKnown).toBe(true);
        expect(number.value).toBe(value);
        expect(seen).toBe(Buffer.from(rest).toString('latin1'));
      }
    }),
  );
  expect(() => new RangeNumber().read(Buffer.from('x\t'), 0, 2)).toThrow();
});
