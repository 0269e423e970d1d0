/** The columns that tell a person which row it is. */
import { expect, it } from 'vitest';
import { tellingColumns } from '../../../lib/domain/telling-columns.ts';

const column = (name: string, type = 'text', typeKind = 'b') => ({ name, type, typeKind });

it.each([
  [
    'names, titles and states come first, whatever their order',
    ['status', 'created_by', 'fullName'],
    ['fullName', 'status'],
  ],
  ['without them, the first texts', ['remark', 'zone', 'a', 'b'], ['remark', 'zone', 'a']],
  ['nothing that is secret or long', ['password_hash', 'api_token', 'body', 'email'], ['email']],
])('%s', (_, names, told) => {
  expect(tellingColumns([column('id', 'integer'), ...names.map(name => column(name))], ['id'])).toEqual(told);
});

it('neither the key nor numbers that say nothing', () => {
  const columns = [column('name'), column('n', 'integer'), column('state', 'public.state', 'e')];
  expect(tellingColumns(columns, ['name'])).toEqual(['state']);
});
