/**
 * Whose row is it, at that position? Histories after which the database no longer shows the owner of a row: parents
 * that are deleted, renamed, merged, reused or moved between two runs of the shipper, at every level of a path. After
 * each, on the quiet database, no tenant's rebuilt rows may differ from its live ones, and no window may be cut
 * needlessly.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM, tenantId } from '../../../lib/domain/tenant.ts';
import { segments } from '../../../lib/operations/catalog/log-items.ts';
import { refOf } from '../../../lib/operations/context.ts';
import { readSegment } from '../../../lib/operations/log/read-log.ts';
import { shipLog } from '../../../lib/operations/log/ship-log.ts';
import { previewTenant } from '../../../lib/operations/restore/apply/run-restore.ts';
import { takeSnapshot } from '../../../lib/operations/snapshot/take-snapshot.ts';
import { withConnection } from '../../../lib/postgres/connection.ts';
import { createSlot } from '../../../lib/postgres/log/replication-slot.ts';
import { PG_VERSIONS, testDatabase } from '../../support/postgres.ts';
import { type ProtectedDatabase, protect, requestOf } from '../../support/protected-database.ts';
import { stateAt } from '../../support/staged-world.ts';
import { logFixture } from '../log-fixture.ts';

const TABLES = ['org', 'ws', 'folder', 'doc', 'note', 'crate', 'parcel', 'draft'];
const SCHEMA = `
  CREATE TABLE org (id int PRIMARY KEY, name text);
  CREATE TABLE ws (id text PRIMARY KEY, org_id int NOT NULL REFERENCES org, seen int DEFAULT 0);
  CREATE TABLE folder (id text PRIMARY KEY, ws_id text NOT NULL REFERENCES ws ON UPDATE CASCADE ON DELETE CASCADE, docs int DEFAULT 0);
  CREATE TABLE doc (id int PRIMARY KEY, folder_id text NOT NULL REFERENCES folder ON UPDATE CASCADE ON DELETE CASCADE
    DEFERRABLE, parent_id int REFERENCES doc, body text);
  CREATE TABLE note (id int PRIMARY KEY, doc_id int NOT NULL REFERENCES doc ON UPDATE CASCADE ON DELETE CASCADE, body text, wide text);
  ALTER TABLE note ALTER wide SET STORAGE EXTERNAL;
  CREATE TABLE crate (org_id int NOT NULL REFERENCES org, number int, PRIMARY KEY (org_id, number));
  CREATE TABLE parcel (id int PRIMARY KEY, crate_org int NOT NULL, crate_number int NOT NULL, label text,
    FOREIGN KEY (crate_org, crate_number) REFERENCES crate ON UPDATE CASCADE);
  CREATE TABLE draft (id int PRIMARY KEY, folder_id text REFERENCES folder ON UPDATE CASCADE ON DELETE SET NULL, body text);
  INSERT INTO org VALUES (1, 'one'), (2, 'two');
  INSERT INTO ws VALUES ('a1', 1), ('a2', 1), ('a3', 1), ('b1', 2), ('b2', 2);
  INSERT INTO folder SELECT w.id || '-' || n, w.id FROM ws w, generate_series(1, 4) n;
  INSERT INTO doc SELECT row_number() OVER (ORDER BY f.id, n), f.id, NULL, 'v0' FROM folder f, generate_series(1, 3) n;
  INSERT INTO note SELECT id, id, 'n0', repeat('w', 3000) FROM doc;
  INSERT INTO crate SELECT o.id, n FROM org o, generate_series(1, 4) n;
  INSERT INTO parcel SELECT row_number() OVER (ORDER BY org_id, number), org_id, number, 'p0' FROM crate;
  INSERT INTO draft SELECT row_number() OVER (ORDER BY id), id, 'd0' FROM folder;`;

/** What happens between two runs; statements separated by `;;` commit separately. */
const HISTORIES: [name: string, sql: string][] = [
  [
    'children move and their parent is deleted, in one transaction',
    `UPDATE doc SET folder_id = 'a1-2' WHERE folder_id = 'a1-1'; DELETE FROM folder WHERE id = 'a1-1'`,
  ],
  [
    'children move and their parent is deleted, in separate transactions',
    `UPDATE doc SET folder_id = 'a2-2' WHERE folder_id = 'a2-1';; UPDATE note SET body = 'n1';; DELETE FROM folder WHERE id = 'a2-1'`,
  ],
  [
    'a parent’s key changes, which cascades',
    `UPDATE folder SET id = 'new-' || id WHERE id LIKE '%-3'; UPDATE doc SET body = 'v1' WHERE folder_id LIKE 'new-%'`,
  ],
  [
    'a grandparent’s key changes, which cascades',
    `UPDATE ws SET id = 'x-' || id WHERE id IN ('a2', 'b2');; UPDATE note SET body = 'n2';; UPDATE ws SET id = 'y-' || id WHERE id LIKE 'x-%'`,
  ],
  [
    'two parents are merged into a third',
    `UPDATE doc SET folder_id = 'a1-2' WHERE folder_id IN ('new-a1-3', 'a1-4');; UPDATE draft SET folder_id = 'a1-2' WHERE folder_id IN ('new-a1-3', 'a1-4');; DELETE FROM folder WHERE id IN ('new-a1-3', 'a1-4')`,
  ],
  [
    'a parent moves within its tenant and its own parent is deleted',
    `UPDATE folder SET ws_id = 'a1' WHERE ws_id = 'a3'; DELETE FROM ws WHERE id = 'a3';; UPDATE doc SET body = 'v2' WHERE folder_id LIKE 'a3-%'`,
  ],
  [
    'a key is used again by another tenant',
    `UPDATE doc SET body = 'secret of one' WHERE folder_id = 'a1-2';; DELETE FROM folder WHERE id = 'a1-2';; INSERT INTO folder VALUES ('a1-2', 'b1'); INSERT INTO doc VALUES (1001, 'a1-2', NULL, 'of two')`,
  ],
  [
    'a key is used again by another tenant, one level up',
    `DELETE FROM ws WHERE id = 'y-a2';; INSERT INTO ws VALUES ('y-a2', 2); INSERT INTO folder VALUES ('again', 'y-a2'); INSERT INTO doc VALUES (1002, 'again', 1001, 'of two')`,
  ],
  [
    'a key moves between tenants: deleted, inserted by another, deleted, inserted again',
    `INSERT INTO folder VALUES ('w', 'a1'); INSERT INTO doc VALUES (1010, 'w', NULL, 'one');; DELETE FROM folder WHERE id = 'w';; INSERT INTO folder VALUES ('w', 'b1'); INSERT INTO doc VALUES (1010, 'w', NULL, 'two');; DELETE FROM folder WHERE id = 'w';; INSERT INTO folder VALUES ('w', 'a1'); INSERT INTO doc VALUES (1011, 'w', NULL, 'one')`,
  ],
  [
    'parents are deleted bottom up, as applications do',
    `DELETE FROM note WHERE doc_id IN (SELECT id FROM doc WHERE folder_id = 'b1-1'); DELETE FROM doc WHERE folder_id = 'b1-1'; DELETE FROM folder WHERE id = 'b1-1'`,
  ],
  [
    'parents are deleted bottom up, each in its own transaction',
    `DELETE FROM note WHERE doc_id IN (SELECT id FROM doc WHERE folder_id = 'b1-2');; DELETE FROM doc WHERE folder_id = 'b1-2';; DELETE FROM folder WHERE id = 'b1-2'`,
  ],
  [
    'a tree is inserted and deleted in one transaction',
    `INSERT INTO ws VALUES ('t', 1); INSERT INTO folder VALUES ('t1', 't'); INSERT INTO doc VALUES (1020, 't1', NULL, 'x'); UPDATE doc SET body = 'y' WHERE id = 1020; DELETE FROM ws WHERE id = 't'`,
  ],
  [
    'parents are counted up after their children',
    `INSERT INTO doc VALUES (1030, 'b1-4', NULL, 'x'); UPDATE folder SET docs = docs + 1 WHERE id = 'b1-4'; UPDATE ws SET seen = seen + 1;; INSERT INTO note VALUES (1030, 1030, 'n', 'w'); UPDATE ws SET seen = seen + 1`,
  ],
  [
    'children come before their parents',
    `SET CONSTRAINTS ALL DEFERRED; INSERT INTO doc VALUES (1040, 'late', NULL, 'early'), (1041, 'late2', 1040, 'early'); INSERT INTO folder VALUES ('late', 'a1'), ('late2', 'b1');; UPDATE doc SET body = 'later' WHERE id IN (1040, 1041)`,
  ],
  [
    'rows without a tenant move to one, to another, and to none again',
    `INSERT INTO draft VALUES (500, NULL, 'nobody'), (501, NULL, 'nobody');; UPDATE draft SET folder_id = 'b1-4' WHERE id IN (500, 501);; UPDATE draft SET folder_id = 'late' WHERE id = 500;; UPDATE draft SET folder_id = NULL WHERE id = 501;; UPDATE draft SET body = 'still nobody' WHERE id = 501`,
  ],
  [
    'parents with a composite key are renumbered and merged',
    `UPDATE crate SET number = number + 10;; UPDATE parcel SET crate_number = 11 WHERE crate_number = 12;; DELETE FROM crate WHERE number = 12;; INSERT INTO crate VALUES (1, 12), (2, 12)`,
  ],
  [
    'a row with a wide value moves to another tenant',
    `UPDATE note SET doc_id = 1041 WHERE id = 1030;; UPDATE doc SET folder_id = 'b1-4' WHERE id = 1041`,
  ],
];

describe.each(PG_VERSIONS)('routing on PostgreSQL %i', version => {
  describe.each(['index', 'full', 'default'] as const)('with replica identity %s', identity => {
    let made: ProtectedDatabase;
    beforeAll(async () => {
      const db = await testDatabase(version);
      await db.query(SCHEMA);
      made = await protect(db);
      if (identity !== 'index')
        await db.query(TABLES.map(table => `ALTER TABLE ${table} REPLICA IDENTITY ${identity}`).join('; '));
      await made.ship();
    });
    afterAll(() => made?.dispose());

    it('gives each tenant its own changes, whatever happens to the parents', async () => {
      const share = { unrouted: 0, changes: 0 };
      for (const [name, sql] of HISTORIES) {
        for (const transaction of sql.split(';;')) await made.db.query(`BEGIN; ${transaction}; COMMIT`);
        const report = await made.ship();
        const gaps = report.gaps.map(gap => gap.reason);
        expect({ name, gaps }).toEqual({ name, gaps: [] });
        // Rows that may have no tenant are offered to every tenant.
        if (!name.startsWith('rows without a tenant')) {
          share.unrouted += report.unrouted;
          share.changes += report.changes;
        }
        await made.expectNothingDiffers().catch(error => {
          throw new Error(`after "${name}": ${error.message}`, { cause: error });
        });
      }
      if (identity !== 'default') expect(share.unrouted / share.changes).toBeLessThan(0.1);
      expect(await logText(made, '2')).not.toContain('secret of one');
    });

    it('cuts the windows of exactly the two tenants between which a parent really moves', async () => {
      await made.db.query(`INSERT INTO org VALUES (3, 'three'); INSERT INTO ws VALUES ('c1', 3)`);
      await made.ship();
      await made.snapshot();
      await made.ship();
      const [one, two] = ['1', '2'].map(tenant => refOf(made.ctx, tenantId(tenant)));
      await made.db.query(`BEGIN; UPDATE ws SET org_id = 2 WHERE id = 'a1'; UPDATE doc SET body = 'moved'; COMMIT`);
      const report = await made.ship();
      if (identity === 'default') {
        // The old image does not show that it moved: detected where its rows would be missing, and refused.
        await expect(previewTenant(made.ctx, requestOf('2', 'latest'))).rejects.toMatchObject({
          code: 'incomplete-row',
          details: { table: 'public.ws' },
        });
        await made.snapshot();
        await made.ship();
      } else expect(new Set(report.gaps.map(gap => gap.tenant))).toEqual(new Set([one, two]));
      await made.expectNothingDiffers();
      await made.db.query(`UPDATE doc SET body = 'after'; UPDATE note SET body = 'after'`);
      await made.ship();
      await made.expectNothingDiffers();
    });
  });

  it('resolves a time before the first run to that moment', async () => {
    const log = await logFixture(version);
    try {
      await log.sql(`INSERT INTO orders VALUES ('a', 1, 'v0')`);
      await withConnection(log.ctx.source, 'test', connection => createSlot(connection, log.ctx.slot));
      await takeSnapshot(log.ctx, tenantId('a'));
      await log.sql(`UPDATE orders SET note = 'v1'`);
      const [{ time }] = (await log.sql(
        `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS time`,
      )) as [{ time: string }];
      await log.sql('DELETE FROM orders');
      await shipLog(log.ctx);
      expect((await stateAt(log.ctx, 'a', time))['public.orders']).toEqual([expect.stringContaining('v1')]);
    } finally {
      await log.dispose();
    }
  });
});

const [A, B] = ['11111111-2222-4333-8444-aaaaaaaaaaaa', '11111111-2222-4333-8444-bbbbbbbbbbbb'];
/** Rows over 2 kB in which only the column that identifies the tenant can be TOASTed. */
const WIDE = `
  CREATE TABLE org (id text PRIMARY KEY, name text);
  CREATE TABLE contact (id int PRIMARY KEY, org_id text NOT NULL REFERENCES org, n int, filler text);
  CREATE TABLE ws (id text PRIMARY KEY, org_id text NOT NULL REFERENCES org);
  CREATE TABLE survey (id int PRIMARY KEY, ws_id text NOT NULL REFERENCES ws ON UPDATE CASCADE, n int, filler text);
  CREATE TABLE answer (id int PRIMARY KEY, survey_id int NOT NULL REFERENCES survey ON DELETE CASCADE, v text);
  ALTER TABLE contact ALTER filler SET STORAGE PLAIN, ALTER org_id SET STORAGE EXTERNAL;
  ALTER TABLE survey ALTER filler SET STORAGE PLAIN, ALTER ws_id SET STORAGE EXTERNAL;
  INSERT INTO org VALUES ('${A}', 'A'), ('${B}', 'B'), ('c', 'C');
  INSERT INTO ws VALUES ('w-${A}', '${A}'), ('v-${A}', '${A}'), ('w-${B}', '${B}');
  INSERT INTO contact SELECT i, CASE WHEN i % 2 = 0 THEN '${A}' ELSE '${B}' END, 0, repeat('f', 4000) FROM generate_series(1, 6) i;
  INSERT INTO survey SELECT i, CASE WHEN i % 2 = 0 THEN 'w-${A}' ELSE 'w-${B}' END, 0, repeat('f', 4000) FROM generate_series(1, 6) i;
  INSERT INTO answer SELECT i, i, 'x' FROM generate_series(1, 6) i;`;

describe.each(PG_VERSIONS)('TOASTed routing columns on PostgreSQL %i', version => {
  it('are read from the old image, or left to each restore', async () => {
    const db = await testDatabase(version);
    await db.query(WIDE);
    const survey = '(SELECT w.org_id FROM ws w JOIN survey s ON s.ws_id = w.id WHERE s.id = t.survey_id)';
    const owners = {
      ...{ org: 't.id', contact: 't.org_id', ws: 't.org_id', answer: survey },
      survey: '(SELECT w.org_id FROM ws w WHERE w.id = t.ws_id)',
    };
    const made = await protect(db, { owners });
    try {
      for (const identity of ['index', 'full', 'default']) {
        if (identity !== 'index')
          for (const table of ['contact', 'survey', 'answer'])
            await db.query(`ALTER TABLE ${table} REPLICA IDENTITY ${identity}`);
        await made.ship();
        await db.query('UPDATE contact SET n = n + 1 WHERE id = 1; UPDATE survey SET n = n + 1 WHERE id < 3');
        await db.query(`UPDATE survey SET ws_id = 'v-${A}' WHERE id = 4; UPDATE answer SET v = '${identity}'`);
        const report = await made.ship();
        expect(report.gaps).toEqual([]);
        if (identity !== 'default') expect(report.unrouted).toBe(0);
        const between = await made.moment();
        await db.query('UPDATE contact SET n = n + 5; UPDATE survey SET n = n + 5');
        await made.ship();
        await made.expectNothingDiffers();
        await made.restoreTo(between, A);
        await made.restoreTo(between, B);
      }
    } finally {
      await made.dispose();
    }
  });
});

describe.each(PG_VERSIONS)('tenants without a row of their own on PostgreSQL %i', version => {
  it('are protected like all others', async () => {
    const db = await testDatabase(version);
    await db.query(`CREATE TABLE tenants (id text PRIMARY KEY); INSERT INTO tenants VALUES ('acme'), ('globex');
      CREATE TABLE v (id int PRIMARY KEY, tenant_id text NOT NULL, s text); CREATE INDEX ON v (tenant_id);
      INSERT INTO v SELECT i, (ARRAY['acme', 'globex', 'ghost'])[1 + i % 3], 's' || i FROM generate_series(1, 12) i`);
    const made = await protect(db);
    try {
      const moment = await made.moment();
      await db.query('DELETE FROM v WHERE id < 6');
      await made.restoreTo(moment, 'ghost');
      await made.ship();
      await made.expectNothingDiffers();
    } finally {
      await made.dispose();
    }
  });
});

/** Everything in a tenant's own log. */
async function logText({ ctx }: ProtectedDatabase, tenant: string): Promise<string> {
  const owner = tenant === SYSTEM ? SYSTEM : refOf(ctx, tenantId(tenant));
  let text = '';
  for (const item of await segments.list(ctx.catalog, owner))
    for await (const { message } of readSegment(ctx, owner, item)) text += message.toString('latin1');
  return text;
}
