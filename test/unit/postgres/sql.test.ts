import { expect, test } from 'vitest';
import type { OwnedTable, TenantModel } from '../../../lib/domain/tenant-model.ts';
import { unlimitedType } from '../../../lib/postgres/equality.ts';
import {
  chunkKey,
  fromTable,
  parseTableName,
  quoteIdentifier,
  quoteLiteral,
  quoteTable,
  tenantPredicate,
} from '../../../lib/postgres/sql.ts';
import { table } from '../../support/table-schema.ts';

test('names and values cannot escape their quotes', () => {
  expect(quoteIdentifier('a"; DROP')).toBe('"a""; DROP"');
  expect(quoteLiteral("it's")).toBe("'it''s'");
  expect(quoteLiteral("\\'; --")).toBe(" E'\\\\''; --'");
  expect(() => quoteLiteral('a\0')).toThrow(expect.objectContaining({ code: 'bad-value' }));
  expect(() => quoteIdentifier('a\0')).toThrow(expect.objectContaining({ code: 'bad-name' }));
});

test('table names are parsed as in SQL', () => {
  expect(parseTableName('"My ""App"".v2"."Order.Line"')).toEqual({ schema: 'My "App".v2', table: 'Order.Line' });
  expect(quoteTable('public.orders')).toBe('"public"."orders"');
  for (const bad of ['orders', 'a.b.c', 'public."x', '']) {
    expect(() => parseTableName(bad)).toThrow(expect.objectContaining({ code: 'bad-table-name' }));
  }
});

test.each([
  ['character varying(200)', 'character varying'],
  ['character(3)', 'bpchar'],
  ['character(3)[]', 'bpchar[]'],
  ['bit(8)', 'bit varying'],
  ['numeric(10,2)[]', 'numeric[]'],
  ['timestamp(3) with time zone', 'timestamp with time zone'],
  ['"a(3)"."b(4)"', '"a(3)"."b(4)"'],
  ['uuid', 'uuid'],
])('%s is cast to without cutting as %s', (type, cast) => {
  expect(unlimitedType(type)).toBe(cast);
});

const TENANTS = table('public.tenants', 'id!');
const ORDERS = table('public.orders', 'id!, tenant_id! character varying(3)', { key: ['tenant_id', 'id'] });
const ITEMS = { ...table('public.items', 'id!, order_id!'), kind: 'p' };
const NOTES = table('public.notes', 'id!, item_id!');
const root: OwnedTable = { kind: 'root', table: 'public.tenants', column: 'id', component: 'data' };
const orders: OwnedTable = { kind: 'direct', table: 'public.orders', column: 'tenant_id', component: 'data' };
const toOrders = { columns: ['order_id'], references: 'public.orders', referencedColumns: ['id'] };
const items: OwnedTable = { kind: 'via', table: 'public.items', path: [toOrders], component: 'data' };
const toItems = { columns: ['item_id'], references: 'public.items', referencedColumns: ['id'] };
const notes: OwnedTable = { kind: 'via', table: 'public.notes', path: [toItems, toOrders], component: 'data' };
const model: TenantModel = { format: 'holdfast.tenant-model/1', tables: [root, orders, items, notes] };
const schemas = new Map([TENANTS, ORDERS, ITEMS, NOTES].map(schema => [schema.table, schema]));

test('a row belongs to the tenant by its column or by its parents', () => {
  expect(tenantPredicate(orders, schemas, 't', "'a'", model)).toBe(
    `t."tenant_id" OPERATOR(pg_catalog.=) 'a'::character varying`,
  );
  expect(tenantPredicate(notes, schemas, 't', '$1', model)).toBe(
    'EXISTS (SELECT 1 FROM "public"."items" AS t_1 WHERE t_1."id" OPERATOR(pg_catalog.=) t."item_id" AND ' +
      'EXISTS (SELECT 1 FROM ONLY "public"."orders" AS t_1_2 WHERE t_1_2."id" OPERATOR(pg_catalog.=) t_1."order_id" AND t_1_2."tenant_id" OPERATOR(pg_catalog.=) $1::character varying))',
  );
  expect(fromTable(ITEMS)).toBe('"public"."items"');
});

test('a model that no longer matches is an error that names the table', () => {
  expect(() => tenantPredicate({ ...orders, column: 'org' }, schemas, 't', '$1', model)).toThrow(
    /column org of public\.orders/,
  );
  expect(() => tenantPredicate(items, new Map(), 't', '$1', model)).toThrow(/public\.orders/);
  expect(() => tenantPredicate(items, schemas, 't', '$1', { ...model, tables: [items] })).toThrow(
    /ends at public\.orders/,
  );
});

test('chunks are cut by the key without the tenant column, unless it has no other column', () => {
  expect(chunkKey(orders, ORDERS)).toEqual(['id']);
  expect(chunkKey(root, TENANTS)).toEqual(['id']);
  expect(chunkKey(items, ITEMS)).toEqual(['id']);
});
