/** Small versions of real schemas: what is decided, what is asked, and that nothing is guessed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classifyTables, type Reviewed, type TableFacts } from '../../../lib/domain/classify-tables.ts';
import { compareModel } from '../../../lib/domain/compare-model.ts';
import type { TableSchema } from '../../../lib/domain/table-schema.ts';
import type { TenantHints } from '../../../lib/domain/tenant-choice.ts';
import { isOwned, ModelTable } from '../../../lib/domain/tenant-model.ts';
import { table } from '../../support/table-schema.ts';

function classify(
  tables: TableSchema[],
  hints: TenantHints = {},
  reviewed: Reviewed = {},
  more: Partial<TableFacts> = {},
) {
  const { model, questions } = classifyTables({ tables, ...more }, hints, reviewed);
  expect(model.tables.map(entry => entry.table).sort()).toEqual(tables.map(each => each.table).sort());
  for (const entry of model.tables) expect(ModelTable.parse(entry)).toEqual(entry);
  const entry = (name: string) => model.tables.find(each => each.table === `public.${name}`);
  return { model, entry, patterns: questions.map(question => question.pattern).sort(), questions };
}

const ORG = table('public.org', 'id!, name text');
const org = { org_id: 'public.org.id' };
const PROJECT = table('public.project', 'id!, org_id!', { references: org });
const TEAM = table('public.team', 'id!, org_id!', { references: org });
const unique = (of: TableSchema, ...columns: string[]): TableSchema => ({
  ...of,
  uniqueKeys: [...of.uniqueKeys, { name: 'u', columns, primary: false, nullsNotDistinct: false, predicate: null }],
});

describe('a nullable tenant column', () => {
  test('without a foreign key never beats a NOT NULL path, however the columns are ordered', () => {
    for (const columns of ['id!, project_id!, org_id?', 'id!, org_id?, project_id!']) {
      const run = table('public.run', columns, { references: { project_id: 'public.project.id' } });
      const { entry, patterns } = classify([ORG, PROJECT, TEAM, run]);
      expect(entry('run')).toMatchObject({ kind: 'via', path: [{ columns: ['project_id'] }] });
      expect(entry('run')?.why).toMatch(/org_id can be NULL/);
      expect(patterns).toEqual([]);
    }
  });

  test('with a foreign key beside a NOT NULL path is a question, and the path applies until it is answered', () => {
    const run = table('public.run', 'id!, org_id?, project_id!', {
      references: { ...org, project_id: 'public.project.id' },
    });
    const { entry, patterns } = classify([ORG, PROJECT, TEAM, run]);
    expect(entry('run')).toMatchObject({ kind: 'via', pattern: 'path:org_id|project_id' });
    expect(patterns).toEqual(['path:org_id|project_id']);
  });

  test('beside a nullable path is a question if nothing enforces it, and counts if something does', () => {
    const loose = table('public.run', 'id!, org_id?, project_id?', { references: { project_id: 'public.project.id' } });
    expect(classify([ORG, PROJECT, TEAM, loose]).patterns).toEqual(['path:org_id|project_id']);
    const held = table('public.run', 'id!, org_id?, project_id?', {
      references: { ...org, project_id: 'public.project.id' },
    });
    expect(classify([ORG, PROJECT, TEAM, held]).entry('run')).toMatchObject({ kind: 'direct', column: 'org_id' });
  });

  test('makes a path through its table nullable', () => {
    const asset = table('public.asset', 'id!, org_id?', { references: org });
    const use = table('public.asset_use', 'id!, asset_id!, project_id!', {
      references: { asset_id: 'public.asset.id', project_id: 'public.project.id' },
    });
    expect(classify([ORG, PROJECT, TEAM, asset, use]).entry('asset_use')).toMatchObject({
      path: [{ references: 'public.project' }],
    });
  });

  test('that only relates to something else is a question if it is NULL in some rows', () => {
    const settings = table('public.settings', 'id!, reply_team?', { references: { reply_team: 'public.team.id' } });
    const nulls = new Map([['public.settings', true]]);
    expect(classify([ORG, PROJECT, TEAM, settings], {}, {}, { nulls }).patterns).toEqual(['nullable:reply_team']);
    const none = new Map([['public.settings', false]]);
    expect(classify([ORG, PROJECT, TEAM, settings], {}, {}, { nulls: none }).patterns).toEqual([]);
  });
});

describe('spellings of the tenant column', () => {
  const tenants = table('public.tenants', 'id! uuid');
  const a = table('public.a', 'id!, tenantId! uuid', { references: { tenantId: 'public.tenants.id' } });
  const b = table('public.b', 'id!, tenant_id! uuid', { references: { tenant_id: 'public.tenants.id' } });

  test('are treated as one name, with or without foreign keys', () => {
    const c = table('public.c', 'id!, tenantid! uuid');
    const { entry, patterns } = classify([tenants, a, b, c]);
    expect([entry('a'), entry('b'), entry('c')]).toMatchObject([
      { kind: 'direct', column: 'tenantId' },
      { kind: 'direct', column: 'tenant_id' },
      { kind: 'direct', column: 'tenantid' },
    ]);
    expect(patterns).toEqual([]);
    const named = classify([tenants, a, b, c], { tenantColumn: 'tenant_id' });
    expect(named.entry('a')).toMatchObject({ kind: 'direct', column: 'tenantId' });
  });

  test('in one table: a foreign key decides, otherwise it is a question', () => {
    const held = table('public.d', 'id!, tenantId! uuid, tenant_id! uuid', {
      references: { tenant_id: 'public.tenants.id' },
    });
    expect(classify([tenants, a, b, held]).entry('d')).toMatchObject({ column: 'tenant_id' });
    const both = table('public.d', 'id!, tenantId! uuid, tenant_id! uuid');
    expect(classify([tenants, a, b, both]).patterns).toEqual(['columns:tenantId|tenant_id']);
  });
});

describe('the tenant table', () => {
  const workspaces = table('public.workspaces', 'id!, organization_id!', {
    references: { organization_id: 'public.organizations.id' },
  });
  const organizations = table('public.organizations', 'id!');
  const inWorkspace = ['documents', 'folders', 'comments', 'labels'].map(name =>
    table(`public.${name}`, 'id!, workspace_id!', { references: { workspace_id: 'public.workspaces.id' } }),
  );

  test('is a question if another candidate is above it, with what each choice would leave without a tenant', () => {
    const invoices = table('public.invoices', 'id!, organization_id!', {
      references: { organization_id: 'public.organizations.id' },
    });
    const tables = [workspaces, organizations, invoices, ...inWorkspace];
    expect(() => classify(tables)).toThrow(
      expect.objectContaining({
        code: 'tenant-table-unclear',
        message: expect.stringMatching(/organizations.*leaves no table.*\n.*workspaces.*leaves 2 /s),
      }),
    );
    expect(classify(tables, { tenantTable: 'public.organizations' }).entry('documents')).toMatchObject({ kind: 'via' });
  });

  test('is no question because of a plan, a country or a settings row of each tenant', () => {
    const plans = table('public.plans', 'id!');
    const billing = table('public.org_billing', 'id!');
    const tenants = unique(
      table('public.org', 'id!, plan_id!, billing_id!', {
        references: { plan_id: 'public.plans.id', billing_id: 'public.org_billing.id' },
      }),
      'billing_id',
    );
    const { entry, patterns } = classify([tenants, plans, billing, PROJECT, TEAM]);
    expect(entry('org')).toMatchObject({ kind: 'root' });
    expect(entry('plans')).toMatchObject({ kind: 'shared' });
    expect(patterns).toEqual(['referred:public.org_billing']);
  });

  test('is not the table of people that most rows reference, as long as another candidate exists', () => {
    const users = table('public.users', 'id!, email! text');
    const by = { user_id: 'public.users.id' };
    const teams = table('public.teams', 'id!, owner_id?', { references: { owner_id: 'public.users.id' } });
    const personal = ['drafts', 'sessions', 'passkeys', 'views', 'stars'].map(name =>
      table(`public.${name}`, 'id!, user_id!', { references: by }),
    );
    const shared = ['channels', 'emojis'].map(name =>
      table(`public.${name}`, 'id!, team_id!', { references: { team_id: 'public.teams.id' } }),
    );
    expect(() => classify([users, teams, ...personal, ...shared])).toThrow(
      expect.objectContaining({ code: 'tenant-table-unclear' }),
    );
  });

  test('with a composite key is refused, never merged', () => {
    const tenants = table('public.tenants', 'region! text, id!', { key: ['region', 'id'] });
    const docs = (references: Record<string, string>) =>
      table('public.docs', 'id!, tenant_region! text, tenant_id!', { references });
    const both = { 'tenant_region,tenant_id': 'public.tenants.region,id' };
    const composite = expect.objectContaining({ code: 'composite-tenant-key' });
    expect(() => classify([tenants, docs(both)])).toThrow(composite);
    expect(() => classify([tenants, docs({})])).toThrow(composite);
    const regions = table('public.regions', 'code! text');
    const inRegion = table('public.tenants', 'region! text, id!', {
      key: ['region', 'id'],
      references: { region: 'public.regions.code' },
    });
    expect(() => classify([regions, inRegion, docs(both)])).toThrow(composite);
  });

  test('is not refused because other tables have a key of tenant and number', () => {
    const customers = table('public.customers', 'org_id!, id!', { key: ['org_id', 'id'], references: org });
    const orders = ['orders', 'quotes'].map(name =>
      table(`public.${name}`, 'id!, org_id!, customer_id!', {
        references: { 'org_id,customer_id': 'public.customers.org_id,id', ...org },
      }),
    );
    expect(classify([ORG, customers, ...orders]).entry('org')).toMatchObject({ kind: 'root' });
  });
});

test('a generated tenant column is a question, never used, and its table never shared', () => {
  const generated = (of: TableSchema, name: string): TableSchema => ({
    ...of,
    columns: of.columns.map(column => (column.name === name ? { ...column, generated: 's' } : column)),
  });
  const held = generated(table('public.a', 'id!, org_id!', { references: org }), 'org_id');
  const named = generated(table('public.b', 'id!, org_id!'), 'org_id');
  const through = generated(
    table('public.c', 'id!, project_id!', { references: { project_id: 'public.project.id' } }),
    'project_id',
  );
  const { patterns, model } = classify([ORG, PROJECT, TEAM, held, named, through]);
  expect(patterns).toEqual(['generated:org_id', 'generated:project_id']);
  expect(model.tables.filter(entry => entry.kind === 'undecided')).toHaveLength(3);
});

describe('people', () => {
  const users = (columns = '', references: Record<string, string> = {}) =>
    table('public.users', `id!, email! text${columns}`, { references });
  const members = table('public.members', 'org_id!, user_id!', {
    key: ['org_id', 'user_id'],
    references: { ...org, user_id: 'public.users.id' },
  });
  const sessions = table('public.sessions', 'id!, user_id!', { references: { user_id: 'public.users.id' } });
  const base = [ORG, PROJECT, TEAM];

  test('who belong to tenants through a membership are one question, with the tables that depend on them', () => {
    const { entry, patterns } = classify([...base, users(), members, sessions]);
    expect(patterns).toEqual(['accounts:public.users']);
    expect([entry('users')?.kind, entry('sessions')?.kind, entry('members')?.kind]).toEqual([
      'undecided',
      'undecided',
      'direct',
    ]);
  });

  test('who are accounts of tenants’ members can be modelled as that, with what depends on them, and behave as shared', () => {
    const tables = [...base, users(), members, sessions];
    const { questions } = classify(tables);
    expect(questions[0]?.answers.map(({ answer }) => answer)).toEqual(['members', 'shared', 'excluded']);
    const { entry, patterns } = classify(tables, {}, { answers: { 'accounts:*': 'members' } });
    const through = { table: 'public.members', columns: ['user_id'] };
    expect(patterns).toEqual([]);
    expect(entry('users')).toMatchObject({ kind: 'shared', members: through });
    expect(entry('sessions')).toMatchObject({ kind: 'shared', members: through });
  });

  test('whose table does not look like one are asked about because a membership joins them to tenants', () => {
    const humans = table('public.humans', 'id!, name text');
    const joined = table('public.org_members', 'org_id!, member_id!', {
      key: ['org_id', 'member_id'],
      references: { ...org, member_id: 'public.humans.id' },
    });
    expect(classify([...base, humans, joined]).patterns).toEqual(['accounts:public.humans']);
  });

  test.each([['current_org_id?'], ['default_org_id!'], ['org_id?']])(
    'who also have %s are not assigned to its tenant',
    column => {
      const name = column.slice(0, -1);
      const { entry, patterns } = classify([
        ...base,
        users(`, ${column}`, { [name]: 'public.org.id' }),
        members,
        sessions,
      ]);
      expect(entry('users')).toMatchObject({ kind: 'undecided' });
      expect(patterns).toEqual(['accounts:public.users']);
      const answered = classify(
        [...base, users(`, ${column}`, { [name]: 'public.org.id' }), members, sessions],
        {},
        { answers: { 'accounts:*': name } },
      );
      expect(answered.entry('users')).toMatchObject({ kind: 'direct', column: name });
      expect(answered.entry('sessions')).toMatchObject({ kind: 'via' });
    },
  );

  test('who each belong to one tenant are no question', () => {
    const { entry, patterns } = classify([...base, users(', org_id!', org), members, sessions]);
    expect(entry('users')).toMatchObject({ kind: 'direct' });
    expect(patterns).toEqual([]);
  });

  test('are not a path to the tenant while they are undecided', () => {
    const note = table('public.note', 'id!, user_id!, project_id?', {
      references: { user_id: 'public.users.id', project_id: 'public.project.id' },
    });
    expect(
      classify([...base, users(', current_org_id?', { current_org_id: 'public.org.id' }), members, note]).entry('note'),
    ).toMatchObject({ kind: 'via', path: [{ references: 'public.project' }] });
  });
});

describe('undeclared references', () => {
  const post = table('public.post', 'id! uuid, org_id!', { references: org });
  const base = [ORG, PROJECT, post];
  const seen = (of: string, column: string, references: string, named: 0 | 1 | 2, sampled: number, found: number) => ({
    ...{ table: `public.${of}`, column, notNull: true, references: `public.${references}`, referencedColumn: 'id' },
    ...{ named, sampled, found },
  });

  test('are one question for each column name, however many tables have it, including indirect ones', () => {
    const likes = ['like', 'bookmark', 'report'].map(name => table(`public.${name}`, 'id!, post_id! uuid'));
    const reason = table('public.reason', 'id!, report_id!');
    const { patterns, questions } = classify([...base, ...likes, reason]);
    expect(patterns).toEqual(['reference:post_id', 'reference:report_id']);
    expect(questions.find(question => question.pattern === 'reference:post_id')?.tables).toHaveLength(3);
    const answered = classify(
      [...base, ...likes, reason],
      {},
      {
        answers: { 'reference:post_id': 'post_id', 'reference:report_id': 'report_id' },
      },
    );
    expect(answered.patterns).toEqual([]);
    expect(answered.entry('reason')).toMatchObject({
      kind: 'via',
      path: [{ columns: ['report_id'] }, { columns: ['post_id'] }],
    });
  });

  test('are found in the data if the name does not show them, and reported as refuted if the data contradicts the name', () => {
    const item = table('public.item', 'id!, source! uuid');
    const found = classify([...base, item], {}, {}, { references: [seen('item', 'source', 'post', 0, 40, 40)] });
    expect(found.patterns).toEqual(['reference:source']);
    const chance = classify([...base, item], {}, {}, { references: [seen('item', 'source', 'post', 0, 40, 3)] });
    expect(chance.entry('item')).toMatchObject({ kind: 'shared' });
    const like = table('public.like', 'id!, post_id! uuid');
    const refuted = classify([...base, like], {}, {}, { references: [seen('like', 'post_id', 'post', 2, 40, 3)] });
    expect(refuted.questions[0]?.question).toMatch(/only 3 of 40/);
  });

  test('to rows of several tables are one question for each pair of columns', () => {
    const notes = ['note', 'tagging', 'attachment'].map(name =>
      table(`public.${name}`, 'id!, record_type! text, record_id!'),
    );
    const django = table('public.comment', 'id!, content_type_id!, object_id! text');
    const { patterns, entry } = classify([...base, ...notes, django]);
    expect(patterns).toEqual(['polymorphic:content_type_id,object_id', 'polymorphic:record_type,record_id']);
    expect(entry('note')).toMatchObject({ kind: 'undecided' });
    expect(classify([...base, ...notes, django], {}, { answers: { 'polymorphic:*': 'excluded' } }).patterns).toEqual(
      [],
    );
  });

  test('join tables named after their ends are a single question', () => {
    const label = table('public.label', 'id!, org_id!', { references: org });
    const joins = ['PostToLabel', 'PostToProject', 'LabelToPost'].map((name, i) =>
      table(`public."_${name}"`, `A! ${i < 2 ? 'uuid' : ''}, B!`, {
        key: ['A', 'B'],
        references: {
          A: i < 2 ? 'public.post.id' : 'public.label.id',
          B: i === 1 ? 'public.project.id' : 'public.label.id',
        },
      }),
    );
    const { patterns, questions } = classify([...base, label, ...joins]);
    expect(patterns).toEqual(['path:A|B']);
    expect(questions[0]?.tables).toHaveLength(3);
    expect(classify([...base, label, ...joins], {}, { answers: { 'path:A|B': 'A' } }).patterns).toEqual([]);
  });

  test('rows that only tenants’ rows refer to are a question, lists that ship with the application are not', () => {
    const file = table('public.file', 'id!, path text');
    const status = table('public.order_status', 'id!, label text');
    const currency = table('public.money', 'code! text');
    const doc = table('public.doc', 'id!, org_id!, file_id!, status_id!, money! text', {
      references: {
        ...org,
        file_id: 'public.file.id',
        status_id: 'public.order_status.id',
        money: 'public.money.code',
      },
    });
    const { patterns, entry } = classify([...base, file, status, currency, doc]);
    expect(patterns).toEqual(['referred:public.file']);
    expect([entry('order_status')?.kind, entry('money')?.kind]).toEqual(['shared', 'shared']);
  });

  test('large tables without a path are a question', () => {
    const rows = new Map([['public.raw', 2_000_000]]);
    expect(classify([...base, table('public.raw', 'id!, body text')], {}, {}, { rows }).patterns).toEqual([
      'large:public.raw',
    ]);
  });
});

test('questions have counts, are sorted by rows, and similar ones are merged', () => {
  const files = [1, 2, 3].map(n => table(`public.file${n}`, 'id!'));
  const doc = table('public.doc', 'id!, org_id!, f1!, f2!, f3!', {
    references: { ...org, f1: 'public.file1.id', f2: 'public.file2.id', f3: 'public.file3.id' },
  });
  const note = table('public.note', 'id!, record_type! text, record_id!');
  const rows = new Map([
    ['public.note', 10],
    ['public.file1', 500],
    ['public.file3', 9],
  ]);
  const { questions } = classify([ORG, PROJECT, ...files, doc, note], {}, {}, { rows });
  expect(questions.map(({ pattern, rows: n }) => [pattern, n])).toEqual([
    ['referred:*', 509],
    ['polymorphic:record_type,record_id', 10],
  ]);
  expect(questions[0]?.parts?.map(part => part.pattern)).toEqual([
    'referred:public.file1',
    'referred:public.file3',
    'referred:public.file2',
  ]);
});

/** Tables 1..n, each with some foreign keys to earlier ones, NOT NULL or not, and perhaps a tenant column. */
const schemas = fc
  .array(
    fc.record({
      keys: fc.array(fc.record({ to: fc.nat(30), notNull: fc.boolean() }), { maxLength: 3 }),
      tenant: fc.constantFrom('', 'tenant_id!', 'tenant_id?', 'tenantId!', 'tenantId?'),
      held: fc.boolean(),
      loose: fc.constantFrom('', 'target_type text, target_id', 't1_id', 't2Id'),
    }),
    { minLength: 2, maxLength: 14 },
  )
  .map(specs =>
    specs.map((spec, i) => {
      const keys = spec.keys
        .filter(() => i > 0)
        .map(({ to, notNull }, k) => ({ column: `k${k}`, to: to % i, notNull }));
      const tenant = spec.tenant === '' ? [] : [spec.tenant];
      const columns = ['id!', ...keys.map(key => key.column + (key.notNull ? '!' : '?')), ...tenant];
      if (spec.loose !== '') columns.push(spec.loose);
      const references = Object.fromEntries(keys.map(key => [key.column, `public.t${key.to}.id`]));
      if (spec.held && tenant[0]) references[tenant[0].slice(0, -1)] = 'public.tenants.id';
      return table(`public.t${i}`, columns.join(', '), { references });
    }),
  );

/** Tables that always lead to a tenant, found the plain way. */
function alwaysOwned(tables: readonly TableSchema[]): Set<string> {
  const found = new Set(['public.tenants']);
  const holds = (each: TableSchema, column: string) =>
    each.columns.find(item => item.name === column)?.notNull === true;
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const each of tables) {
      const column = each.columns.find(item => /^tenant_?id$/i.test(item.name));
      const key = each.foreignKeys.some(
        item => found.has(item.references) && item.columns.every(name => holds(each, name)),
      );
      if (column?.notNull || key) found.add(each.table);
    }
  }
  return found;
}

test('for any schema: a table with a NOT NULL path never uses a nullable column, and no table that could be a tenant’s is shared without a question', () => {
  fc.assert(
    fc.property(schemas, generated => {
      const tables = [table('public.tenants', 'id!'), ...generated];
      const { model } = classify(tables, { tenantTable: 'public.tenants' });
      const always = alwaysOwned(tables);
      const byName = new Map(tables.map(each => [each.table, each]));
      for (const entry of model.tables) {
        const schema = byName.get(entry.table)!;
        if (always.has(entry.table)) {
          expect(isOwned(entry)).toBe(true);
          const steps =
            entry.kind === 'via'
              ? entry.path.map(step => step.columns[0]!)
              : entry.kind === 'direct'
                ? [entry.column]
                : [];
          const along = [schema, ...(entry.kind === 'via' ? entry.path.map(step => byName.get(step.references)!) : [])];
          const never = steps.map((column, i) => along[i]!.columns.find(item => item.name === column)?.notNull);
          expect(never).toEqual(steps.map(() => true));
        }
        const kindOf = (name: string) => model.tables.find(each => each.table === name)?.kind;
        const speaks = schema.columns.some(({ name }) => {
          const named = /^(t\d)_?id$/i.exec(name)?.[1];
          if (named === undefined) return /^(target_id|tenant_?id)$/i.test(name);
          return !['shared', undefined].includes(kindOf(`public.${named}`)) && `public.${named}` !== entry.table;
        });
        if (entry.kind === 'shared') {
          expect(speaks).toBe(false);
          expect(
            schema.foreignKeys.filter(key => isOwned(model.tables.find(each => each.table === key.references)!)),
          ).toEqual([]);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('for any schema: every question accepts its answers, and deleting a question does not hide that a table is unprotected', () => {
  fc.assert(
    fc.property(schemas, fc.nat(5), (generated, pick) => {
      const tables = [table('public.tenants', 'id!'), ...generated];
      const hints = { tenantTable: 'public.tenants' };
      const { model, questions } = classify(tables, hints);
      const silent = { ...model, tables: model.tables.map(({ question: _, ...entry }) => entry as ModelTable) };
      const alarmed = new Set(
        compareModel(silent, { tables })
          .filter(each => each.severity === 'error')
          .map(each => each.table),
      );
      for (const entry of model.tables) if (entry.kind === 'undecided') expect(alarmed).toContain(entry.table);
      for (const removed of model.tables) {
        const without = { ...model, tables: model.tables.filter(entry => entry !== removed) };
        const found = compareModel(without, { tables }).map(each => [each.code, each.table]);
        expect(found).toContainEqual(['unprotected-table', removed.table]);
      }
      let answers: Record<string, string> = {};
      for (let left = questions, round = 0; left.length > 0; round++) {
        expect(round).toBeLessThan(60);
        const [first] = left;
        const answer = first!.answers[pick % first!.answers.length]!.answer;
        answers = { ...answers, [first!.pattern]: answer };
        const next = classify(tables, hints, { answers }).questions;
        // What waits for another table's answer is settled by an answer of its own.
        if (next.some(each => each.pattern === first!.pattern)) answers[first!.pattern] = 'shared';
        left = classify(tables, hints, { answers }).questions;
      }
    }),
    { numRuns: 100 },
  );
});
