/**
 * Equality is not identity: values that the database treats as equal may be spelled differently, and different ones may
 * look alike. Rows are restored byte for byte, references are compared as the constraint compares, and a tenant has one
 * name.
 */
import { expect, it } from 'vitest';
import { doctor } from '../../../lib/operations/model/doctor.ts';
import { spellTenant } from '../../../lib/operations/model/spell-tenant.ts';
import { discoverModel } from '../../support/discover-model.ts';
import { PG_VERSIONS, testDatabase } from '../../support/postgres.ts';
import { protect } from '../../support/protected-database.ts';

const COLLATION = `CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`;

/** Tables whose keys and values are equal in more than one spelling; `big` keeps a TOASTed value out of the log. */
const ODD_KEYS = `
  CREATE EXTENSION citext; CREATE EXTENSION ltree; ${COLLATION};
  CREATE DOMAIN amount AS numeric CHECK (VALUE > 0); CREATE DOMAIN handle AS citext; CREATE TYPE pair AS (a numeric, b text);
  CREATE TABLE tenants (id int PRIMARY KEY, name text COLLATE ci);
  CREATE TABLE k_numeric (k numeric PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, v text, big text);
  CREATE TABLE k_float (k float8 PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, v text, big text);
  CREATE TABLE k_citext (k citext PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, v text, big text);
  CREATE TABLE k_domain (k handle, m amount, tenant_id int NOT NULL REFERENCES tenants, v text, big text, PRIMARY KEY (k, m));
  CREATE TABLE k_ci (k text COLLATE ci PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, v text COLLATE ci, big text);
  CREATE TABLE k_ltree (k ltree, tenant_id int NOT NULL REFERENCES tenants, v text, big text, PRIMARY KEY (tenant_id, k));
  CREATE TABLE k_range (k numrange PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, v text, big text);
  CREATE TABLE k_multi (k nummultirange PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, v text, big text);
  CREATE TABLE k_array (k numeric[] PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, v text, big text);
  CREATE TABLE k_pair (k pair PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, v text, big text);
  CREATE TABLE k_jsonb (k jsonb PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, v text, big text);
  CREATE TABLE k_interval (k interval PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, v text, big text);
  CREATE TABLE k_blank (k bpchar PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, v char(6), big text);
  CREATE TABLE k_inet (k inet PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, v text, big text);
  CREATE TABLE k_bits (k bit varying PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, v text, big text);
  CREATE TABLE k_search (k tsvector PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, v text, big text);
  CREATE TABLE vals (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, n numeric, f float8, c citext, t text COLLATE ci,
    b bpchar, j jsonb, js json, a numeric[], p pair, r numrange, i interval, fa float4[]);
  INSERT INTO tenants VALUES (1, 'One'), (2, 'Two')`;

/** Table → [spelling before, equal spelling after, another value]. */
const SPELLINGS: Record<string, [string, string, string]> = {
  k_numeric: [`2`, `2.0`, `3.00`],
  k_float: [`0`, `'-0'`, `'NaN'`],
  k_citext: [`'User@X.com'`, `'user@x.COM'`, `'Zoë'`],
  k_ci: [`'Straße'`, `'STRASSE'`, `'b'`],
  k_ltree: [`'Top.a_1'`, `'top.a_1'`, `'x.y'`],
  k_range: [`'[1,2]'`, `'[1.0,2.00]'`, `'empty'`],
  k_multi: [`'{[1,2]}'`, `'{[1.0,2.0]}'`, `'{}'`],
  k_array: [`'{1,2}'`, `'{1.0,2}'`, `'[0:1]={1,2}'`],
  k_pair: [`'(1,a)'`, `'(1.0,a)'`, `'(,)'`],
  k_jsonb: [`'{"a":1}'`, `'{"a":1.0}'`, `'null'`],
  k_interval: [`'1 day'`, `'24 hours'`, `'1 mon'`],
  k_blank: [`'ab'`, `'ab   '`, `'é'`],
  k_inet: [`'10.0.0.1'`, `'10.0.0.1/32'`, `'::1'`],
  k_bits: [`'101'`, `'101'`, `''`],
  k_search: [`'a:1 b'`, `'b a:1'`, `'c'`],
};

async function fill(db: Awaited<ReturnType<typeof testDatabase>>): Promise<void> {
  for (const [table, [first, , other]] of Object.entries(SPELLINGS))
    await db.query(`INSERT INTO ${table} (k, tenant_id, v, big) VALUES (${first}, 1, 'a', repeat('x', 9000)), (${other}, 2, 'b', 'y');
      ALTER TABLE ${table} ALTER big SET STORAGE EXTERNAL; UPDATE ${table} SET big = repeat('xyz', 4000) WHERE tenant_id = 1`);
  await db.query(`INSERT INTO k_domain VALUES ('Ann', 1, 1, 'a', 'x'), ('Bob', 2, 2, 'b', 'y');
    INSERT INTO vals VALUES (1, 1, 1, 0, 'a', 'a', 'a', '{"a":1}', '{"a":1}', '{1}', '(1,a)', '[1,2]', '1 day', '{0}'),
      (2, 2, 1, 0, 'a', 'a', 'a', '{"a":1}', '{"a":1}', '{1}', '(1,a)', '[1,2]', '1 day', '{0}')`);
}

it.each(PG_VERSIONS)(
  'keys and values that are equal but spelled differently are restored byte for byte on %i',
  async version => {
    const db = await testDatabase(version);
    await db.query(ODD_KEYS);
    await fill(db);
    const p = await protect(db);
    try {
      const respell = async () => {
        for (const [table, [, second]] of Object.entries(SPELLINGS))
          await db.query(`UPDATE ${table} SET k = ${second}, v = 'A' WHERE tenant_id = 1`);
        await db.query(`UPDATE k_domain SET k = upper(k::text), m = m * 1.0 WHERE tenant_id = 1; UPDATE tenants SET name = upper(name);
          UPDATE vals SET n = 1.00, f = '-0', c = 'A', t = 'A', b = 'a  ', j = '{"a":1.0}', js = '{"a": 1}', a = '{1.0}', p = '(1.0,a)', r = '[1.0,2]', i = '24:00', fa = '{-0}' WHERE tenant_id = 1`);
      };
      const start = await p.moment();
      await respell();
      const respelled = await p.moment();
      await p.ship();
      await p.expectNothingDiffers();
      for (const table of [...Object.keys(SPELLINGS), 'k_domain'])
        await db.query(`UPDATE ${table} SET v = 'z' WHERE tenant_id = 1; DELETE FROM ${table} WHERE tenant_id = 1`);
      await db.query(`DELETE FROM vals WHERE tenant_id = 1`);
      await p.restoreTo(respelled, '1');
      await p.ship();
      await p.expectNothingDiffers();
      await p.restoreTo(start, '1');
      await p.restoreTo(respelled, '1');
    } finally {
      await p.dispose();
    }
  },
);

it.each(PG_VERSIONS)('references are compared as their constraints compare them on %i', async version => {
  const db = await testDatabase(version);
  await db.query(`CREATE EXTENSION citext; ${COLLATION}; CREATE DOMAIN handle AS citext;
    CREATE TABLE tenants (id text PRIMARY KEY);
    CREATE TABLE users (name handle PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants, n int);
    CREATE TABLE badges (id int PRIMARY KEY, holder citext NOT NULL REFERENCES users ON UPDATE CASCADE, s text);
    CREATE TABLE marks (id int PRIMARY KEY, badge_holder handle NOT NULL REFERENCES users ON UPDATE CASCADE, score numeric UNIQUE);
    CREATE TABLE notes (id int PRIMARY KEY, score numeric NOT NULL REFERENCES marks (score), s text);
    CREATE TABLE shelves (code char(6) PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants);
    CREATE TABLE books (id bigint PRIMARY KEY, shelf varchar(6) NOT NULL REFERENCES shelves, s text);
    CREATE TABLE pages (id int PRIMARY KEY, book int NOT NULL REFERENCES books, s text);
    CREATE TABLE tags (label text COLLATE ci PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants);
    CREATE TABLE tagged (id int PRIMARY KEY, label text COLLATE ci NOT NULL REFERENCES tags, s text);
    INSERT INTO tenants VALUES ('acme'), ('globex');
    INSERT INTO users VALUES ('Alice', 'acme', 1), ('Carol', 'globex', 1);
    INSERT INTO badges VALUES (1, 'ALICE', 's'), (2, 'alice', 's'), (3, 'CAROL', 's');
    INSERT INTO marks VALUES (1, 'aLICE', 1.50), (2, 'carol', 2);
    INSERT INTO notes VALUES (1, 1.5, 's'), (2, 1.500, 's'), (3, 2.0, 's');
    INSERT INTO shelves VALUES ('x', 'acme'), ('y', 'globex');
    INSERT INTO books VALUES (1, 'x', 's'), (2, 'x ', 's'), (3, 'y', 's');
    INSERT INTO pages VALUES (1, 1, 's'), (2, 2, 's'), (3, 3, 's');
    INSERT INTO tags VALUES ('Red', 'acme'), ('Blue', 'globex');
    INSERT INTO tagged VALUES (1, 'RED', 's'), (2, 'red', 's'), (3, 'BLUE', 's')`);
  const user = (column: string) => `(SELECT u.tenant_id FROM users u WHERE u.name = t.${column})`;
  const shelf = (column: string) => `(SELECT h.tenant_id FROM shelves h WHERE h.code = ${column})`;
  const p = await protect(db, {
    owners: {
      badges: user('holder'),
      marks: user('badge_holder'),
      notes: '(SELECT u.tenant_id FROM users u JOIN marks m ON m.badge_holder = u.name WHERE m.score = t.score)',
      books: shelf('t.shelf'),
      pages: shelf('(SELECT b.shelf FROM books b WHERE b.id = t.book)'),
      tagged: '(SELECT g.tenant_id FROM tags g WHERE g.label = t.label)',
    },
  });
  try {
    await db.query(`INSERT INTO badges VALUES (4, 'aliCE', 'new'); INSERT INTO notes VALUES (4, 1.5000, 'new');
      INSERT INTO books VALUES (4, 'x  ', 'new'); INSERT INTO pages VALUES (4, 4, 'new'); INSERT INTO tagged VALUES (4, 'reD', 'new')`);
    const good = await p.moment();
    await db.query(`BEGIN; UPDATE badges SET s = 'bad'; DELETE FROM badges WHERE id IN (1, 4); DELETE FROM notes WHERE id < 3; UPDATE notes SET s = 'bad';
      DELETE FROM pages WHERE id IN (1, 4); DELETE FROM books WHERE id IN (1, 4); UPDATE books SET s = 'bad'; DELETE FROM tagged WHERE id <> 2; COMMIT`);
    await p.ship();
    await p.expectNothingDiffers();
    await p.restoreTo(good, 'acme');
    await db.query(
      `DELETE FROM notes; DELETE FROM marks; DELETE FROM badges; DELETE FROM users; DELETE FROM tagged; DELETE FROM tags`,
    );
    await p.restoreTo(good, 'acme');
    await p.restoreTo(good, 'globex');
    await p.ship();
    await p.expectNothingDiffers();
  } finally {
    await p.dispose();
  }
});

/** Tenant type, the spelling in the tenant table, one in the rows, and the one name. */
const NAMES: [type: string, root: string, spelled: string, name: string][] = [
  ['numeric', '1.0', '1.000', '1'],
  ['handle', 'Straße', 'STRAßE', 'straße'],
  ['char(8)', 'acme', 'acme  ', 'acme'],
  ['float8', '0', '-0', '0'],
];

it.each(PG_VERSIONS.flatMap(version => NAMES.map(names => [version, ...names] as const)))(
  'on %i a tenant of type %s has one name, however its rows spell it',
  async (version, type, root, spelled, name) => {
    const db = await testDatabase(version);
    await db.query(`CREATE EXTENSION citext; CREATE DOMAIN handle AS citext;
      CREATE TABLE tenants (id ${type} PRIMARY KEY); INSERT INTO tenants VALUES ('${root}'), ('7');
      CREATE TABLE notes (tenant_id ${type} NOT NULL REFERENCES tenants, id int PRIMARY KEY, body text);
      INSERT INTO notes VALUES ('${root}', 1, 'one'), ('${spelled}', 2, 'two'), ('7', 3, 'three')`);
    const own = (column: string) => `CASE WHEN ${column} = '${root}'::${type} THEN '${name}' ELSE '7' END`;
    const p = await protect(db, { owners: { tenants: own('t.id'), notes: own('t.tenant_id') } });
    try {
      expect(await spellTenant(p.ctx, spelled)).toBe(name);
      await db.query(
        `INSERT INTO notes VALUES ('${spelled}', 4, 'new'); UPDATE notes SET body = body || '!' WHERE id < 3`,
      );
      const good = await p.moment();
      await db.query(`DELETE FROM notes WHERE id IN (2, 4); UPDATE notes SET tenant_id = '${spelled}' WHERE id = 1`);
      await p.ship();
      await p.expectNothingDiffers();
      await p.restoreTo(good, name);
    } finally {
      await p.dispose();
    }
  },
);

it.each(PG_VERSIONS)('a tenant id with several spellings is refused by name on %i', async version => {
  const db = await testDatabase(version);
  await db.query(`${COLLATION}; CREATE TABLE tenants (id text COLLATE ci PRIMARY KEY, name text);
    CREATE TABLE notes (id int PRIMARY KEY, tenant_id text COLLATE ci NOT NULL REFERENCES tenants, body text);
    INSERT INTO tenants VALUES ('acme'); INSERT INTO notes VALUES (1, 'ACME', 'one')`);
  const refusal = expect.stringMatching(/id of public\.tenants \(text COLLATE public\.ci\)/);
  await expect(protect(db)).rejects.toMatchObject({ code: 'tenant-unclear', message: refusal });
  const { model } = await discoverModel(db);
  const { findings } = await doctor({ source: db.source, model, slot: 'none', publication: 'none' });
  expect(findings.filter(({ code }) => code === 'model-tenant-spelling')).toMatchObject([
    { severity: 'error', table: 'public.tenants', message: refusal },
    { severity: 'error', table: 'public.notes' },
  ]);
  await db.drop();
});
