import { expect, test } from 'vitest';
import { compareModel } from '../../../lib/domain/compare-model.ts';
import type { ModelTable } from '../../../lib/domain/tenant-model.ts';
import { table } from '../../support/table-schema.ts';

const ROOT: ModelTable = { kind: 'root', table: 'public.tenants', column: 'id', component: 'data' };
const ORDERS: ModelTable = { kind: 'direct', table: 'public.orders', column: 'tenant_id', component: 'data' };
const ITEMS: ModelTable = {
  kind: 'via',
  table: 'public.items',
  component: 'data',
  path: [{ columns: ['order_no'], references: 'public.orders', referencedColumns: ['no'] }],
};
const tenants = table('public.tenants', 'id!');
const orders = table('public.orders', 'id!, tenant_id!, no!', { references: { tenant_id: 'public.tenants.id' } });
const items = table('public.items', 'id!, order_no!', { references: { order_no: 'public.orders.no' } });

function problems(
  tables: ReturnType<typeof table>[],
  model: ModelTable[] = [ROOT, ORDERS, ITEMS],
  extensions?: Map<string, string>,
) {
  const found = compareModel(
    { format: 'holdfast.tenant-model/1', tables: model },
    { tables, ...(extensions ? { extensions } : {}) },
  );
  return found.map(({ code, severity, table: name }) => [code, severity, name]);
}

test('a matching model has no problems', () => {
  expect(problems([tenants, orders, items])).toEqual([]);
});

test('a path without a foreign key is valid only while the parent’s columns are unique', () => {
  const bare = table('public.items', 'id!, order_no!');
  expect(problems([tenants, orders, bare])).toEqual([['broken-path', 'error', 'public.items']]);
  const uniqueKeys = [{ name: 'u', columns: ['no'], primary: false, nullsNotDistinct: false, predicate: null }];
  expect(problems([tenants, { ...orders, uniqueKeys }, bare])).toEqual([['broken-path', 'warning', 'public.items']]);
  const partial = [{ ...uniqueKeys[0]!, predicate: 'id > 0' }];
  expect(problems([tenants, { ...orders, uniqueKeys: partial }, bare])).toEqual([
    ['broken-path', 'error', 'public.items'],
  ]);
});

test('a foreign key that pairs other columns does not back the path', () => {
  const crossed = table('public.items', 'id!, order_no!', { references: { order_no: 'public.orders.id' } });
  expect(problems([tenants, orders, crossed])).toEqual([['broken-path', 'error', 'public.items']]);
});

test('a missing or nullable column of the path is reported', () => {
  expect(problems([tenants, orders, table('public.items', 'id!')])).toEqual([['broken-path', 'error', 'public.items']]);
  const loose = table('public.items', 'id!, order_no?', { references: { order_no: 'public.orders.no' } });
  expect(problems([tenants, orders, loose])).toEqual([['nullable-tenant', 'warning', 'public.items']]);
});

test('a generated tenant column is not accepted: the log does not contain it', () => {
  const columns = orders.columns.map(column => (column.name === 'tenant_id' ? { ...column, generated: 's' } : column));
  expect(problems([tenants, { ...orders, columns }], [ROOT, ORDERS])).toEqual([
    ['generated-column', 'error', 'public.orders'],
  ]);
});

test('a table of an extension need not be listed; every other table must', () => {
  const more = [table('public.spatial_ref_sys', 'id!'), table('public.forgotten', 'id!')];
  const found = problems(
    [tenants, orders, items, ...more],
    undefined,
    new Map([['public.spatial_ref_sys', 'postgis']]),
  );
  expect(found).toEqual([['unprotected-table', 'error', 'public.forgotten']]);
});

test('a missing shared table is only a warning', () => {
  const shared: ModelTable = { kind: 'shared', table: 'public.countries', component: 'data' };
  expect(problems([tenants, orders, items], [ROOT, ORDERS, ITEMS, shared])).toEqual([
    ['vanished-table', 'warning', 'public.countries'],
  ]);
});
