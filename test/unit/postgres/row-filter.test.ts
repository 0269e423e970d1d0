/** A row predicate can only compare columns of its row. */
import { describe, expect, it } from 'vitest';
import { parsePredicate } from '../../../lib/postgres/diff/row-filter.ts';

const COLUMNS = ['id', 'total', 'status', 'Due "Day', 'data', 'tags', 'select', 'pg_sleep', 'e', 'x'];
const sql = (text: string) => parsePredicate('public.t', text, COLUMNS)('s');

describe('a predicate that is allowed', () => {
  it.each([
    [`status = 'open' AND total > 100`, `(s."status" = 'open' AND s."total" > 100)`],
    [`STATUS IS NOT NULL`, `(s."status" IS NOT NULL)`],
    [`"Due ""Day" < date '2026-01-01'`, `(s."Due ""Day" < date '2026-01-01')`],
    [`data->>'a' = 'it''s; -- fine'`, `(s."data" ->> 'a' = 'it''s; -- fine')`],
    [`tags @> ARRAY['a']::text[]`, `(s."tags" @> ARRAY [ 'a' ] ::text[])`],
    [`lower(status) IN ('a', 'b')`, `(pg_catalog."lower" ( s."status" ) IN ( 'a' , 'b' ))`],
    [`status = 'back\\slash'`, `(s."status" =  E'back\\\\slash')`],
    [`"select" = 1`, `(s."select" = 1)`],
  ])('%s', (text, expected) => {
    expect(sql(text)).toBe(expected);
  });
});

describe('an injection attempt is refused', () => {
  it.each([
    ['a second statement', `true; DELETE FROM users`],
    ['a line comment', `true -- and so on`],
    ['a block comment', `true /* hidden */`],
    ['closing the parenthesis', `true) OR (true`],
    ['an open parenthesis', `(true`],
    ['a subquery', `id IN (SELECT id FROM users)`],
    ['EXISTS', `EXISTS (SELECT 1)`],
    ['a sleeping function', `pg_sleep(10) IS NULL`],
    ['a column called like a function', `pg_sleep (10) IS NULL`],
    ['a schema-qualified function', `pg_catalog.pg_sleep(1) IS NULL`],
    ['reading a file', `pg_read_file('/etc/passwd') = ''`],
    ['a dollar-quoted string', `status = $$x$$`],
    ['a parameter', `id = $1`],
    ['an escape string', `status = E'\\''`],
    ['a column before a constant', `e'x' = 'x'`],
    ['a unicode identifier', `U&"id" = 1`],
    ['a cast to a type that is not allowed', `status::regclass IS NULL`],
    ['a cast to a user type', `status::public.evil IS NULL`],
    ['COLLATE', `status COLLATE "C" = 'a'`],
    ['an operator of the application', `id === 1`],
    ['OPERATOR()', `id OPERATOR(pg_catalog.=) 1`],
    ['another table', `users.id = 1`],
    ['a quoted other column', `"password" = 'x'`],
    ['a set-returning function', `generate_series(1, 10) = 1`],
    ['a volatile function', `random() < 0.5`],
    ['changing a setting', `set_config('a', 'b', false) = ''`],
    ['COPY', `COPY users TO PROGRAM 'id'`],
    ['an empty text', `  `],
    ['an unterminated string', `status = 'open`],
    ['deep nesting', `${'('.repeat(60)}true${')'.repeat(60)}`],
    ['a number glued to a name', `id = 1OR`],
    ['a back-tick', 'id = `1`'],
    ['a string with NUL', `status = 'a\0b'`],
  ])('%s', (_what, text) => {
    expect(() => sql(text)).toThrowError(expect.objectContaining({ code: 'bad-predicate' }));
  });

  it('never repeats the text in the error', () => {
    try {
      sql(`secret_value = 'hunter2'; DROP TABLE t`);
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain('hunter2');
      expect(String(error)).not.toContain('secret_value');
    }
  });
});
