/** What the application says about a transaction is read as it was meant, whatever it is; filters select exactly what they say. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseContext, parseContextFilter } from '../../../lib/domain/transaction-context.ts';

const field = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean());

describe('the context of a transaction', () => {
  it('is a JSON object of scalars field by field, without what is null', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.option(field)), context => {
        const told = Object.entries(context).filter(([, value]) => value !== null);
        const written = told.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]);
        expect(parseContext(JSON.stringify(context))).toEqual(Object.fromEntries(written));
      }),
    );
  });

  it('keeps a number as it was written', () => {
    expect(parseContext('{"request": 9223372036854775807, "share": 1.50}')).toEqual({
      request: '9223372036854775807',
      share: '1.50',
    });
  });

  it.each(['nightly cleanup', '', '{"user": {"id": 1}}', '["a"]', '7', 'null', '{"user":'])(
    'is one text where it is anything else: %j',
    text => expect(parseContext(text)).toEqual({ text }),
  );
});

describe('a filter by context', () => {
  const context = { job: 'nightly-cleanup', user: 'ana', 'odd = key': 'x', note: "it's", empty: '' };

  it.each([
    ['job = nightly-cleanup', true],
    ['job=nightly-cleanup', true],
    ["job = 'nightly-cleanup'", true],
    ['job = nightly', false],
    ['job = nightly-*', true],
    ['job = *-cleanup', true],
    ['job = n*-*p', true],
    ['job = nightly-cleanup*nightly-cleanup', false],
    ["job = 'nightly-*'", false],
    ['"odd = key" = x', true],
    ['note = "it\'s"', true],
    ["empty = ''", true],
    ['user = bob', false],
    ['request = 1', false],
    ['toString = *', false],
    ['__proto__ = *', false],
  ])('%s: %s', (filter, found) => expect(parseContextFilter(filter)(context)).toBe(found));

  it('matches no transaction without a context', () => {
    expect(parseContextFilter('job = *')(undefined)).toBe(false);
  });

  it('finds a value by any pattern that is made from it', () => {
    const plain = fc.string().filter(text => !/['"*]/.test(text) && text.trim() === text);
    fc.assert(
      fc.property(fc.array(plain, { minLength: 2, maxLength: 5 }), fc.array(plain, { maxLength: 4 }), (parts, fill) => {
        const value = parts.map((part, index) => `${part}${fill[index] ?? ''}`).join('');
        const last = fill[parts.length - 1] ?? '';
        const pattern = `${parts.join('*')}*${last}`;
        fc.pre(pattern.trim() === pattern);
        expect(parseContextFilter(`job = ${pattern}`)({ job: value })).toBe(true);
      }),
    );
  });

  it.each(['', 'job', '= x', 'job =', 'job = "x', "job = 'x' y", 'a = b = "c"'])('refuses %j, and says how', text => {
    expect(() => parseContextFilter(text)).toThrow(
      expect.objectContaining({ code: 'bad-context-filter', hint: expect.stringContaining('job = nightly-cleanup') }),
    );
  });
});
