/** The columns that tell a person which row it is. */
import { expect, it } from 'vitest';
import { tellingColumns } from '../../../lib/domain/telling-columns.ts';

const column = (name: string, type = 'text', typeKind = 'b') => ({ name, type, typeKind });

const OWNED = { kind: 'direct', table: 'public.t', column: 'tenant_id', component: 'data' } as const;

it.each([
  [
    'names, titles and states come first, whatever their order',
    ['status', 'created_by', 'fullName'],
    ['fullName', 'status'],
  ],
  ['without them, the first texts', ['remark', 'zone', 'a', 'b'], ['remark', 'zone', 'a']],
  ['nothing that is secret or long', ['password_hash', 'api_token', 'body', 'email'], ['email']],
])('%s', (_, names, told) => {
  const columns = [column('id', 'integer'), ...names.map(name => column(name))];
  expect(tellingColumns({ columns, key: ['id'], foreignKeys: [] }, OWNED)).toEqual(told);
});

it('neither the key, nor the tenant, nor references, nor numbers that say nothing', () => {
  const columns = ['name', 'tenant_id', 'owner_name', 'kept'].map(name => column(name));
  const more = [column('n', 'integer'), column('state', 'public.state', 'e')];
  const references = { key: ['name'], foreignKeys: [{ columns: ['owner_name'] }] };
  expect(tellingColumns({ columns: [...columns, ...more], ...references }, OWNED)).toEqual(['state', 'kept']);
});
