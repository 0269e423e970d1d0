import { describe, expect, test } from 'vitest';
import { classifyTables } from '../../../lib/domain/classify-tables.ts';
import type { TenantHints } from '../../../lib/domain/tenant-choice.ts';
import { ModelTable } from '../../../lib/domain/tenant-model.ts';
import { table } from '../../support/table-schema.ts';

const TENANTS = table('public.tenants', 'id!, name text');
const toTenant = { tenant_id: 'public.tenants.id' };
const ORDERS = table('public.orders', 'id!, tenant_id!', { references: toTenant });
const PRODUCTS = table('public.products', 'id!, tenant_id!', { references: toTenant });
const BASE = [TENANTS, ORDERS, PRODUCTS];

function classify(tables: Parameters<typeof classifyTables>[0]['tables'], hints: TenantHints = {}) {
  const { model } = classifyTables({ tables }, hints);
  for (const entry of model.tables) expect(ModelTable.parse(entry)).toEqual(entry);
  return (name: string) => model.tables.find(entry => entry.table === name);
}

describe('the tenant table', () => {
  test('is the one that most tables reference by the same column', () => {
    const users = table('public.users', 'id!, tenant_id!', { references: toTenant });
    const entry = classify([
      ...BASE,
      users,
      table('public.notes', 'id!, user_id!', { references: { user_id: 'public.users.id' } }),
    ]);
    expect(entry('public.tenants')).toMatchObject({
      kind: 'root',
      column: 'id',
      why: expect.stringContaining('3 tables'),
    });
    expect(entry('public.users')).toMatchObject({ kind: 'direct', column: 'tenant_id', component: 'users' });
  });

  test('can be referenced by a column that is not its primary key', () => {
    const tenants = table('public.orgs', 'id!, slug! text');
    const entry = classify([tenants, table('public.a', 'id!, org! text', { references: { org: 'public.orgs.slug' } })]);
    expect(entry('public.orgs')).toMatchObject({ kind: 'root', column: 'slug' });
  });

  test('is a question if two candidates are equal, and is then the answer', () => {
    const tables = [
      table('public.regions', 'id!'),
      table('public.brands', 'id!'),
      table('public.a', 'id!, region_id!, brand_id!', {
        references: { region_id: 'public.regions.id', brand_id: 'public.brands.id' },
      }),
      table('public.b', 'id!, region_id!, brand_id!', {
        references: { region_id: 'public.regions.id', brand_id: 'public.brands.id' },
      }),
    ];
    expect(() => classify(tables)).toThrow(expect.objectContaining({ code: 'tenant-table-unclear' }));
    expect(classify(tables, { tenantTable: 'public.brands' })('public.a')).toMatchObject({
      kind: 'direct',
      column: 'brand_id',
    });
    expect(classify(tables, { tenantColumn: 'region_id' })('public.regions')).toMatchObject({ kind: 'root' });
  });

  test('is never invented: a missing table or column, or no candidate, is an error', () => {
    expect(() => classify(BASE, { tenantTable: 'public.absent' })).toThrow(
      expect.objectContaining({ code: 'no-such-table' }),
    );
    expect(() => classify(BASE, { tenantColumn: 'absent' })).toThrow(
      expect.objectContaining({ code: 'no-such-column' }),
    );
    expect(() => classify([table('public.words', 'word! text')])).toThrow(
      expect.objectContaining({ code: 'no-tenant-table' }),
    );
  });

  test('that was named but has no key is an error, not excluded', () => {
    const pairs = table('public.pairs', 'a!, b!', { key: ['a', 'b'] });
    expect(() => classify([...BASE, pairs], { tenantTable: 'public.pairs' })).toThrow(
      expect.objectContaining({ code: 'no-tenant-key' }),
    );
  });

  test('is a question if no foreign key proves it', () => {
    const entry = classify([TENANTS, table('public.a', 'id!, tenant_id!'), table('public.b', 'id!, tenant_id!')]);
    expect(entry('public.tenants')).toMatchObject({ kind: 'root', question: expect.stringContaining('tenant table?') });
    expect(entry('public.a')).toMatchObject({ kind: 'direct', column: 'tenant_id' });
  });

  test('can be absent: then the tenant column alone decides, also beside other foreign keys', () => {
    const items = (n: number) =>
      table(`public.items${n}`, 'id!, order_id!, org_id! uuid', { references: { order_id: 'public.orders.id' } });
    const entry = classify([table('public.orders', 'id!, org_id! uuid'), items(1), items(2)]);
    expect(entry('public.orders')).toMatchObject({ kind: 'direct', column: 'org_id' });
    expect(entry('public.items1')).toMatchObject({ kind: 'direct', column: 'org_id' });
  });

  test('referenced by an id alone does not make every id a tenant id', () => {
    const profile = table('public.profiles', 'id!', { references: { id: 'public.tenants.id' } });
    const entry = classify([TENANTS, profile, table('public.words', 'id!'), table('public.more', 'id!')]);
    expect(entry('public.profiles')).toMatchObject({ kind: 'direct', column: 'id' });
    expect(entry('public.words')).toMatchObject({ kind: 'shared' });
  });
});

describe('a table is direct', () => {
  test('with the tenant column, also without a foreign key; and states that NULL belongs to no tenant', () => {
    const entry = classify([...BASE, table('public.logs', 'id!, tenant_id? bigint')]);
    expect(entry('public.logs')).toMatchObject({
      kind: 'direct',
      column: 'tenant_id',
      why: expect.stringMatching(/without a foreign key.*NULL/),
    });
    expect(entry('public.logs')).not.toHaveProperty('question');
  });

  test('with a question if the column of that name has another type', () => {
    expect(classify([...BASE, table('public.odd', 'id!, tenant_id! text')])('public.odd')).toHaveProperty('question');
  });

  test('with a question if two columns reference the tenant', () => {
    const references = { seller: 'public.tenants.id', buyer: 'public.tenants.id' };
    const entry = classify([...BASE, table('public.deals', 'id!, seller!, buyer!', { references })]);
    expect(entry('public.deals')).toMatchObject({ kind: 'direct', question: expect.stringMatching(/seller or buyer/) });
  });

  test('if a composite foreign key includes the tenant column', () => {
    const picks = table('public.picks', 'id!, t!, o!', { references: { 't,o': 'public.orders.tenant_id,id' } });
    expect(classify([...BASE, picks])('public.picks')).toMatchObject({ kind: 'direct', column: 't' });
  });
});

describe('a table is reached through parents', () => {
  test('over several levels, nearest first', () => {
    const items = table('public.items', 'id!, order_id!', { references: { order_id: 'public.orders.id' } });
    const notes = table('public.notes', 'id!, item_id!', { references: { item_id: 'public.items.id' } });
    expect(classify([...BASE, notes, items])('public.notes')).toMatchObject({
      kind: 'via',
      path: [
        { columns: ['item_id'], references: 'public.items', referencedColumns: ['id'] },
        { columns: ['order_id'], references: 'public.orders', referencedColumns: ['id'] },
      ],
    });
  });

  test('by a longer NOT NULL path rather than a shorter nullable one', () => {
    const items = table('public.items', 'id!, order_id!', { references: { order_id: 'public.orders.id' } });
    const notes = table('public.notes', 'id!, item_id!, product_id?', {
      references: { product_id: 'public.products.id', item_id: 'public.items.id' },
    });
    expect(classify([...BASE, items, notes])('public.notes')).toMatchObject({
      kind: 'via',
      path: [{ columns: ['item_id'] }, {}],
    });
  });

  test('two equally good paths are a question that names both', () => {
    const items = table('public.items', 'id!, order_id!, product_id!', {
      references: { order_id: 'public.orders.id', product_id: 'public.products.id' },
    });
    const question = expect.stringMatching(/\(order_id\) → public.orders or \(product_id\) → public.products/);
    expect(classify([...BASE, items])('public.items')).toMatchObject({ kind: 'via', question });
  });

  test('self-references and cycles do not affect the path', () => {
    const folders = table('public.folders', 'id!, parent!, order_id!', {
      references: { parent: 'public.folders.id', order_id: 'public.orders.id' },
    });
    const a = table('public.a', 'id!, b_id!', { references: { b_id: 'public.b.id' } });
    const b = table('public.b', 'id!, a_id!, folder_id?', {
      references: { a_id: 'public.a.id', folder_id: 'public.folders.id' },
    });
    const entry = classify([...BASE, a, b, folders]);
    expect(entry('public.folders')).toMatchObject({ kind: 'via', path: [{ columns: ['order_id'] }] });
    expect(entry('public.b')).toMatchObject({ kind: 'via', path: [{ columns: ['folder_id'] }, {}] });
    expect(entry('public.a')).toMatchObject({
      kind: 'via',
      path: [{ columns: ['b_id'] }, { columns: ['folder_id'] }, {}],
    });
  });

  test('a cycle that leads to no tenant is shared', () => {
    const a = table('public.a', 'id!, b_id!', { references: { b_id: 'public.b.id' } });
    const b = table('public.b', 'id!, a_id!', { references: { a_id: 'public.a.id' } });
    const entry = classify([...BASE, a, b]);
    expect([entry('public.a')?.kind, entry('public.b')?.kind]).toEqual(['shared', 'shared']);
  });

  test("an inheritance child follows its parent's foreign keys", () => {
    const parent = table('public.events', 'id!, order_id!', { references: { order_id: 'public.orders.id' } });
    const child = table('public.clicks', 'id!, order_id!', { key: [] });
    const inherits = new Map([['public.clicks', ['public.events']]]);
    const { model } = classifyTables({ tables: [...BASE, parent, child], inherits });
    expect(model.tables.find(entry => entry.table === 'public.clicks')).toMatchObject({
      kind: 'via',
      path: [{ references: 'public.orders' }],
    });
  });
});

describe('a table that leads to no tenant', () => {
  test('is shared; a column that only looks like a reference is a question', () => {
    const entry = classify([
      ...BASE,
      table('public.countries', 'code! text'),
      table('public.remarks', 'id!, order_id!'),
    ]);
    expect(entry('public.countries')).toMatchObject({ kind: 'shared' });
    expect(entry('public.countries')).not.toHaveProperty('question');
    expect(entry('public.remarks')).toMatchObject({
      kind: 'undecided',
      question: expect.stringContaining('public.orders'),
    });
  });

  test('is excluded, with the reason, if an extension created it', () => {
    const spatial = table('public.spatial_ref_sys', 'srid!');
    const { model } = classifyTables({
      tables: [...BASE, spatial],
      extensions: new Map([['public.spatial_ref_sys', 'postgis']]),
    });
    expect(model.tables.at(-1)).toMatchObject({ kind: 'excluded', reason: 'belongs to the extension postgis' });
  });
});

test.each([
  ['public.tenant_settings', 'configuration'],
  ['public.user_roles', 'users'],
  ['public."AuditLog"', 'audit'],
  ['public.email_templates', 'customizations'],
  ['public.custom_fields', 'customizations'],
  ['settings.invoices', 'data'],
])('%s is recovered with %s', (name, component) => {
  expect(classify([...BASE, table(name, 'id!, tenant_id!', { references: toTenant })])(name)).toMatchObject({
    component,
  });
});
