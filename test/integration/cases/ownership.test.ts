/**
 * Rows that move to another tenant without a row change: columns swap their names, a foreign key points at another
 * table, the reviewed model names another column. The oracle: exactly the affected tables and those below them are
 * suspect and read again, and on a quiet database nothing differs.
 */
import { describe, expect, it } from 'vitest';
import type { TenantModel } from '../../../lib/domain/tenant-model.ts';
import { previewTenant, runRestore } from '../../../lib/operations/restore/apply/run-restore.ts';
import { discoverModel } from '../../support/discover-model.ts';
import { PG_VERSIONS, testDatabase } from '../../support/postgres.ts';
import { protect, requestOf } from '../../support/protected-database.ts';

const TABLES = `
  CREATE TABLE org (id int PRIMARY KEY);
  CREATE TABLE folder (id int PRIMARY KEY, org_id int NOT NULL REFERENCES org, partner int NOT NULL);
  CREATE TABLE shelf (id int PRIMARY KEY, org_id int NOT NULL REFERENCES org);
  CREATE TABLE doc (id int PRIMARY KEY, folder_id int NOT NULL REFERENCES folder, other int NOT NULL, body text);
  CREATE TABLE page (id int PRIMARY KEY, doc_id int NOT NULL REFERENCES doc, body text);
  INSERT INTO org VALUES (1), (2);
  INSERT INTO folder SELECT i, 1 + i % 2, 2 - i % 2 FROM generate_series(1, 4) i;
  INSERT INTO shelf SELECT i, 2 - i % 2 FROM generate_series(1, 4) i;
  INSERT INTO doc SELECT i, 1 + i % 4, 4 - i % 4, 'd' || i FROM generate_series(1, 8) i;
  INSERT INTO page SELECT i, 1 + i % 8, 'p' || i FROM generate_series(1, 16) i`;
const OWNERS = {
  org: 't.id::text',
  folder: 't.org_id::text',
  shelf: 't.org_id::text',
  doc: '(SELECT f.org_id::text FROM folder f WHERE f.id = t.folder_id)',
  page: '(SELECT f.org_id::text FROM doc d JOIN folder f ON f.id = d.folder_id WHERE d.id = t.doc_id)',
};
/** Changes before and after it in the same interval. */
const around = (sql: string) =>
  `UPDATE page SET body = 'before' WHERE id < 9; ${sql}; UPDATE page SET body = 'after' WHERE id > 6; INSERT INTO page SELECT i + 100, 1 + i % 8, 'new' FROM generate_series(1, 8) i`;
const exchange = (table: string, a: string, b: string) =>
  `ALTER TABLE ${table} RENAME ${a} TO x; ALTER TABLE ${table} RENAME ${b} TO ${a}; ALTER TABLE ${table} RENAME x TO ${b}`;
const byPartner = ({ tables, ...model }: TenantModel): TenantModel => ({
  ...model,
  tables: tables.map(entry =>
    entry.table === 'public.folder' && entry.kind === 'direct' ? { ...entry, column: 'partner' } : entry,
  ),
});
const byShelf = ({ tables, ...model }: TenantModel): TenantModel => ({
  ...model,
  tables: tables.map(entry =>
    entry.kind === 'via'
      ? {
          ...entry,
          path: entry.path.map(step => ({ ...step, references: step.references.replace('folder', 'shelf') })),
        }
      : entry,
  ),
});

const WAYS = [
  {
    what: 'tenant columns swap their names',
    sql: exchange('folder', 'org_id', 'partner'),
    concerned: ['doc', 'folder', 'page'],
  },
  {
    what: 'columns that refer to parents swap their names',
    sql: exchange('doc', 'folder_id', 'other'),
    concerned: ['doc', 'page'],
  },
  {
    what: 'a foreign key points at another table',
    sql: 'ALTER TABLE doc DROP CONSTRAINT doc_folder_id_fkey, ADD FOREIGN KEY (folder_id) REFERENCES shelf',
    review: byShelf,
    owners: Object.fromEntries(
      Object.entries(OWNERS).map(([table, sql]) => [table, sql.replace(/folder f/, 'shelf f')]),
    ),
    concerned: ['doc', 'page'],
  },
  {
    what: 'the model names another column',
    sql: 'SELECT 1',
    review: byPartner,
    owners: Object.fromEntries(
      Object.entries(OWNERS).map(([table, sql]) => [
        table,
        table === 'folder' ? 't.partner::text' : sql.replace('f.org_id', 'f.partner'),
      ]),
    ),
    concerned: ['doc', 'folder', 'page'],
  },
  { what: 'a tenant column gets another name', sql: 'ALTER TABLE folder RENAME partner TO associate', concerned: [] },
];

describe.each(PG_VERSIONS)('rows that move to another tenant without a row change (PostgreSQL %s)', version => {
  it.each(WAYS)('are read again: $what', async ({ sql, review, owners, concerned }) => {
    const db = await testDatabase(version);
    await db.query(TABLES);
    const p = await protect(db, { owners: owners ?? OWNERS });
    const announced = await p.moment();
    await p.ship();
    await db.query(around(sql));
    const ctx = { ...p.ctx, model: review ? review(p.ctx.model) : p.ctx.model };
    Object.assign(p.ctx, ctx);
    const { gaps } = await p.ship();
    expect(gaps.flatMap(gap => gap.tables ?? []).sort()).toEqual(concerned.map(table => `public.${table}`));
    await p.expectNothingDiffers();
    const moment = await p.moment();
    await db.query(`DELETE FROM page WHERE id % 3 = 0; UPDATE doc SET body = 'later'`);
    await p.restoreTo(moment, '1');
    if (concerned.length === 0) await previewTenant(p.ctx, requestOf('1', announced.time));
    expect((await p.ship()).gaps).toEqual([]);
    await p.dispose();
  });
});

/** Renames columns of the path to the tenant: the tenant's own, a reference, a referenced column. */
const RENAMES = `ALTER TABLE folder RENAME org_id TO account_id; ALTER TABLE folder RENAME id TO folder_no;
  ALTER TABLE doc RENAME folder_id TO folder_no`;
const RENAMED = {
  org: 't.id::text',
  folder: 't.account_id::text',
  doc: '(SELECT f.account_id::text FROM folder f WHERE f.folder_no = t.folder_no)',
  page: '(SELECT f.account_id::text FROM doc d JOIN folder f USING (folder_no) WHERE d.id = t.doc_id)',
};
const CHANGES = (n: number) =>
  `UPDATE page SET body = 'change ${n}' WHERE id % 4 = ${n % 4}; UPDATE doc SET body = 'change ${n}' WHERE id % 3 = ${n % 3};
   UPDATE page SET doc_id = 1 + (doc_id + 3) % 8 WHERE id = ${n}; INSERT INTO page VALUES (${100 + n}, ${1 + (n % 8)}, 'new')`;

describe.each(PG_VERSIONS)('renamed columns of the path to the tenant (PostgreSQL %s)', version => {
  const renaming = async () => {
    const db = await testDatabase(version);
    await db.query(TABLES);
    const owners: Record<string, string> = { ...OWNERS };
    const p = await protect(db, { owners });
    const rename = () => db.query(RENAMES).then(() => Object.assign(owners, RENAMED));
    const tellModel = async () => {
      const { model } = await discoverModel({ source: db.source }, { existing: p.ctx.model });
      Object.assign(p.ctx, { model });
    };
    return { db, p, rename, tellModel };
  };

  it('are followed along the log once discover has updated the model', async () => {
    const { db, p, rename, tellModel } = await renaming();
    await db.query(CHANGES(1));
    const before = await p.moment();
    await rename();
    await db.query(CHANGES(2));
    const between = await p.moment();
    await tellModel();
    expect((await p.ship()).gaps).toEqual([]);
    await p.expectNothingDiffers();
    await db.query(CHANGES(3));
    const after = await p.moment();
    await db.query('DELETE FROM page WHERE id % 5 = 0');
    for (const moment of [after, between, before, after]) {
      await p.restoreTo(moment, '1');
      await p.ship();
      await p.expectNothingDiffers();
    }
    await p.dispose();
  });

  it('leave their tables unprotected until then, and no others', async () => {
    const { db, p, rename, tellModel } = await renaming();
    await rename();
    await db.query(CHANGES(1));
    const { unprotected, gaps } = await p.ship();
    expect(Object.keys(unprotected).sort()).toEqual(['public.doc', 'public.folder', 'public.page']);
    expect(gaps.flatMap(gap => gap.tables ?? []).sort()).toEqual(Object.keys(unprotected).sort());
    await tellModel();
    expect((await p.ship()).unprotected).toEqual({});
    await p.expectNothingDiffers();
    const moment = await p.moment();
    await db.query(`DELETE FROM page WHERE id % 3 = 0; ${CHANGES(2)}`);
    await p.restoreTo(moment, '1');
    await p.dispose();
  });
});

describe.each(PG_VERSIONS)('a moment at which other columns identified the tenant (PostgreSQL %s)', version => {
  const RUNS = `
    CREATE TABLE org (id int PRIMARY KEY);
    CREATE TABLE project (id int PRIMARY KEY, org_id int NOT NULL REFERENCES org);
    CREATE TABLE run (id int PRIMARY KEY, project_id int NOT NULL REFERENCES project, org_id int REFERENCES org, v text);
    INSERT INTO org VALUES (1), (2);
    INSERT INTO project VALUES (1, 1), (2, 2);
    INSERT INTO run VALUES (1, 1, 1, 'new'), (2, 1, NULL, 'old'), (3, 2, 2, 'new')`;
  const owners = {
    org: 't.id::text',
    project: 't.org_id::text',
    run: '(SELECT p.org_id::text FROM project p WHERE p.id = t.project_id)',
  };
  const retold = (from: 'direct' | 'via', model: TenantModel): TenantModel => {
    const path = [{ columns: ['project_id'], references: 'public.project', referencedColumns: ['id'] }];
    const entry = { table: 'public.run', component: 'data' as const };
    const run = from === 'direct' ? { ...entry, kind: from, column: 'org_id' } : { ...entry, kind: from, path };
    return { ...model, tables: model.tables.map(each => (each.table === 'public.run' ? run : each)) };
  };

  it('never deletes rows that were not searched for at that moment', async () => {
    const db = await testDatabase(version);
    await db.query(RUNS);
    const p = await protect(db, { owners, review: model => retold('direct', model) });
    const before = await p.moment();
    await db.query(`UPDATE run SET v = 'later' WHERE id = 1`);
    await p.ship();
    Object.assign(p.ctx, { model: retold('via', p.ctx.model) });
    await p.ship();
    const { conflicts } = await previewTenant(p.ctx, requestOf('1', before.time));
    expect(conflicts).toMatchObject([{ code: 'owned-otherwise', table: 'public.run', count: 1, blocking: true }]);
    await expect(runRestore(p.ctx, requestOf('1', before.time))).rejects.toMatchObject({ code: 'conflicts' });
    await runRestore(p.ctx, requestOf('1', before.time, { mode: 'missing-only' }));
    const rows = await db.query('SELECT id FROM run ORDER BY id');
    expect(rows.map(({ id }: { id: number }) => id)).toEqual([1, 2, 3]);
    await p.dispose();
  });

  it('is restored where both identify the same tenant', async () => {
    const db = await testDatabase(version);
    await db.query(`${RUNS}; UPDATE run SET org_id = 1 WHERE id = 2`);
    const p = await protect(db, { owners, review: model => retold('via', model) });
    const before = await p.moment();
    await db.query(`UPDATE run SET v = 'later' WHERE id = 1; DELETE FROM run WHERE id = 2`);
    await p.ship();
    Object.assign(p.ctx, { model: retold('direct', p.ctx.model) });
    await db.query(`INSERT INTO run VALUES (9, 1, 1, 'born later')`);
    await p.restoreTo(before, '1');
    await p.dispose();
  });
});
