import { expect, test } from 'vitest';
import type { TenantModel } from '../../../lib/domain/tenant-model.ts';
import { formatModel, parseModel, readModelFile } from '../../../lib/operations/model/model-file.ts';

const MODEL: TenantModel = {
  format: 'holdfast.tenant-model/1',
  tables: [
    { kind: 'root', table: 'public.tenants', column: 'id', component: 'data', why: '9 tables reference it.' },
    {
      kind: 'direct',
      table: '"My ""App"".v2"."Order.Line"',
      column: 'Tenant Id',
      component: 'data',
      question: 'seller: or buyer?',
    },
    {
      kind: 'via',
      table: 'public.items',
      path: [{ columns: ['a', 'yes'], references: '"My ""App"".v2"."Order.Line"', referencedColumns: ['b', '#c'] }],
      component: 'data',
    },
    { kind: 'shared', table: 'public.countries', component: 'configuration' },
    { kind: 'excluded', table: 'public.cache', component: 'data', reason: 'rebuilt at night' },
  ],
};

test('a written model reads back as the same model, and explains itself', () => {
  const text = formatModel(MODEL);
  expect(parseModel(text, 'm.yaml')).toEqual(MODEL);
  expect(text).toContain('# Tables reached through a parent');
  expect(text).toMatch(/columns: \[ ?a, yes ?\]/);
});

const HEAD = 'format: holdfast.tenant-model/1\ntables:\n  - table: public.tenants\n    kind: root\n    column: id\n';

test.each([
  ['a syntax error', `${HEAD}  - table: [public.a\n`, /line \d+: YAML/],
  ['a missing format', 'tables: []\n', /line 1: format/],
  ['an unknown kind', `${HEAD}  - table: public.a\n    kind: directly\n`, /line 7: public\.a: kind/],
  ['a missing column', `${HEAD}  - table: public.a\n    kind: direct\n`, /line 6: public\.a: column/],
  [
    'a misspelt field',
    `${HEAD}  - table: public.a\n    kind: shared\n    compnent: audit\n`,
    /line 8: public\.a: compnent.*no such field/,
  ],
  ['an unknown component', `${HEAD}    component: secrets\n`, /line 6: public\.tenants: component/],
  [
    'a table listed twice',
    `${HEAD}  - table: public.tenants\n    kind: shared\n`,
    /line 6: public\.tenants: table.*twice/,
  ],
  [
    'two roots',
    `${HEAD}  - table: public.orgs\n    kind: root\n    column: id\n`,
    /line 7: public\.orgs: kind.*already the root/,
  ],
  [
    'a path that ends nowhere',
    `${HEAD}  - table: public.a\n    kind: via\n    path:\n      - columns: [b_id]\n        references: public.b\n        referencedColumns: [id]\n`,
    /line 9: public\.a: path.*public\.b is not one/,
  ],
  [
    'an excluded table without a reason',
    `${HEAD}  - table: public.a\n    kind: excluded\n`,
    /line 6: public\.a: reason/,
  ],
])('%s is named with its line', (_, text, message) => {
  expect(() => parseModel(text, 'm.yaml')).toThrow(
    expect.objectContaining({ code: 'bad-model', message: expect.stringMatching(message) }),
  );
});

test('a missing file is reported with how to create one', async () => {
  await expect(readModelFile('/nonexistent/model.yaml')).rejects.toMatchObject({
    code: 'no-model',
    hint: expect.stringContaining('discover'),
  });
});
