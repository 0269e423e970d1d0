/**
 * References that no foreign key enforces: a parent is deleted, renamed, created, or its key reused, and children change
 * hands without a change of their own. A snapshot that reuses what is unchanged according to the log has them as a full
 * read has them, and the comparison of both raises no alarm.
 */
import { describe, expect, it } from 'vitest';
import type { TenantModel } from '../../../lib/domain/tenant-model.ts';
import { previewTenant } from '../../../lib/operations/restore/apply/run-restore.ts';
import { takeSnapshot } from '../../../lib/operations/snapshot/take-snapshot.ts';
import { PG_VERSIONS, testDatabase } from '../../support/postgres.ts';
import { type ProtectedDatabase, protect, requestOf, tenantsOf } from '../../support/protected-database.ts';

const tables = (code: string, declared: string) => `
  CREATE TABLE org (id int PRIMARY KEY);
  CREATE TABLE folder (id ${code} PRIMARY KEY, org_id int NOT NULL REFERENCES org, code ${code} NOT NULL UNIQUE DEFERRABLE);
  CREATE TABLE doc (id int PRIMARY KEY, folder_id ${code} ${declared && `REFERENCES folder ${declared}`}, body text);
  CREATE TABLE page (id int PRIMARY KEY, doc_id int NOT NULL, body text);
  CREATE TABLE label (id int PRIMARY KEY, code ${code}, body text);
  INSERT INTO org VALUES (1), (2);
  INSERT INTO folder SELECT i, 1 + i % 2, i + 10 FROM generate_series(1, 6) i;
  INSERT INTO doc SELECT i, 1 + i % 6, 'd' FROM generate_series(1, 40) i;
  ${declared ? '' : `INSERT INTO doc SELECT i, 7 + i % 2, 'orphan' FROM generate_series(41, 50) i;`}
  INSERT INTO page SELECT i, 1 + i % 60, 'p' FROM generate_series(1, 120) i;
  INSERT INTO label SELECT i, 11 + i % 8, 'l' FROM generate_series(1, 16) i`;

const step = (column: string, references: string, referenced: string) => ({
  columns: [column],
  references: `public.${references}`,
  referencedColumns: [referenced],
});
const MODEL: TenantModel['tables'] = [
  { kind: 'root', table: 'public.org', component: 'data', column: 'id' },
  { kind: 'direct', table: 'public.folder', component: 'data', column: 'org_id' },
  { kind: 'via', table: 'public.doc', component: 'data', path: [step('folder_id', 'folder', 'id')] },
  {
    kind: 'via',
    table: 'public.page',
    component: 'data',
    path: [step('doc_id', 'doc', 'id'), step('folder_id', 'folder', 'id')],
  },
  { kind: 'via', table: 'public.label', component: 'data', path: [step('code', 'folder', 'code')] },
];

/** Statements, each a transaction of its own. */
const WAYS: readonly (readonly [what: string, ...sql: string[]])[] = [
  ['a parent is deleted', `DELETE FROM folder WHERE id = '1'`],
  ['a parent is renamed', `UPDATE folder SET id = '20' WHERE id = '2'`],
  ['orphans get a parent', `INSERT INTO folder VALUES (7, 1, 17), (8, 2, 18)`],
  ['a key is reused by another tenant', `DELETE FROM folder WHERE id = '3'`, 'INSERT INTO folder VALUES (3, 1, 33)'],
  [
    'a key is reused in one transaction',
    `DELETE FROM folder WHERE id = '4'; INSERT INTO folder VALUES ('4', 2, 14); UPDATE folder SET code = code`,
  ],
  [
    'keys are exchanged',
    `UPDATE folder SET code = CASE code WHEN '11' THEN '16' ELSE '11' END WHERE code IN ('11', '16')`,
  ],
  ['a parent of parents is created', `INSERT INTO doc VALUES (55, 1, 'late'), (56, 2, 'late')`],
  ['a parent moves to another parent', `UPDATE doc SET folder_id = '5' WHERE folder_id = '6'`],
  ['all parents go', 'TRUNCATE folder'],
  [
    'all parents go and come back',
    `CREATE TEMP TABLE kept AS TABLE folder; TRUNCATE folder; INSERT INTO folder SELECT id, 3 - org_id, code FROM kept`,
  ],
];

describe.each(PG_VERSIONS)('children of parents that no foreign key binds on PostgreSQL %i', version => {
  it('are in the next snapshot whose they are', async () => {
    const p = await made(version === 15 ? 'text' : 'citext', '');
    try {
      for (const [what, ...statements] of WAYS) {
        for (const sql of statements) await p.db.query(sql);
        await reuses(p, what);
      }
    } finally {
      await p.dispose();
    }
  });

  it('are so too where a foreign key binds them', async () => {
    const p = await made('int', 'ON UPDATE CASCADE ON DELETE CASCADE');
    try {
      await p.db.query(
        `INSERT INTO folder VALUES (9, 1, 19); DELETE FROM folder WHERE id = 1; UPDATE folder SET id = 21 WHERE id = 3`,
      );
      await reuses(p, 'bound');
    } finally {
      await p.dispose();
    }
  });

  async function made(code: string, declared: string): Promise<ProtectedDatabase> {
    const db = await testDatabase(version);
    await db.query(`CREATE EXTENSION citext; ${tables(code, declared)}`);
    return protect(db, { review: model => ({ ...model, tables: MODEL }), settings: { checkedChunks: 0 } });
  }
});

/** A snapshot on top of another, the state after it, and a full read that is compared with it. */
async function reuses(p: ProtectedDatabase, what: string): Promise<void> {
  await p.ship();
  const tenants = await tenantsOf(p.ctx);
  const taken = await Promise.all(tenants.map(tenant => takeSnapshot(p.ctx, tenant)));
  expect(
    taken.map(item => item.read),
    what,
  ).toEqual(tenants.map(() => 'changed'));
  await p.ship();
  for (const [at, tenant] of tenants.entries()) {
    const { tables } = await previewTenant(p.ctx, requestOf(tenant, `snapshot:${taken[at]!.id}`));
    const differing = tables.filter(table => table.inserts + table.updates + table.deletes > 0);
    expect({ what, tenant, differing: differing.map(({ table }) => table) }).toEqual({ what, tenant, differing: [] });
  }
  await p.expectNothingDiffers();
  await takeSnapshot(p.ctx, tenants[0]!, { read: 'full' });
}
