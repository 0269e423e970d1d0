import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseField, parseFields } from '../../../lib/codec/copy-text.ts';
import { encodeRow, parseRow, splitRows } from '../../support/copy-rows.ts';

const field = fc.option(
  fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\\N', '\\.', '\\', '\t', 'a\nb', '\r\n', '\v\f\b')),
);
const row = fc.array(field, { minLength: 1, maxLength: 8 });

describe('COPY text rows', () => {
  test('all values survive encoding and parsing, and no value splits a row', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), rows => {
        const bytes = Buffer.from(rows.map(encodeRow).join(''));
        expect([...splitRows(bytes)].map(parseRow)).toEqual(rows);
      }),
    );
  });

  test('selected fields equal those of the complete row', () => {
    fc.assert(
      fc.property(row, fc.array(fc.nat(7), { minLength: 1, maxLength: 4 }), (values, wanted) => {
        const positions = wanted.map(position => position % values.length);
        expect(parseFields(Buffer.from(encodeRow(values)), positions)).toEqual(
          positions.map(position => values[position]),
        );
      }),
    );
  });

  test('the spelling of the server for NULL, backslash-N as text and control characters is parsed', () => {
    expect(parseRow(Buffer.from('\\N\t\\\\N\ta\\tb\\nc\\rd\\be\\ff\\vg\t\n'))).toEqual([
      null,
      '\\N',
      'a\tb\nc\rd\be\ff\vg',
      '',
    ]);
    expect(parseField('plain')).toBe('plain');
  });

  test('a missing field is an error, not an empty value', () => {
    expect(() => parseFields(Buffer.from('a\tb\n'), [2])).toThrow(RangeError);
  });
});
