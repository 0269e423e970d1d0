/** The staged state equals the backup, whatever the types, names and settings, and no other role can read it. */

import { afterEach, describe, expect, it } from 'vitest';
import { tenantId } from '../../../lib/domain/tenant.ts';
import { doctor } from '../../../lib/operations/model/doctor.ts';
import { previewTenant, runRestore } from '../../../lib/operations/restore/apply/run-restore.ts';
import { verifyBackup } from '../../../lib/operations/verify/verify-backup.ts';
import { withConnection } from '../../../lib/postgres/connection.ts';
import { cleanStagingAreas, listStagingAreas } from '../../../lib/postgres/staging/staging-area.ts';
import { PG_VERSIONS, type PgVersion, testDatabase } from '../../support/postgres.ts';
import { type ProtectedDatabase, protect, requestOf } from '../../support/protected-database.ts';

const open: ProtectedDatabase[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.dispose();
});

async function protectedWith(version: PgVersion, sql: string) {
  const db = await testDatabase(version);
  await db.query(sql);
  const world = await protect(db);
  open.push(world);
  return world;
}

const TENANTS = `CREATE TABLE tenants (id text PRIMARY KEY, name text); INSERT INTO tenants VALUES ('a', 'A'), ('b', 'B');`;

describe.each(PG_VERSIONS)('staging on PostgreSQL %s', version => {
  it('follows renamed labels of an enum, in arrays and below domains too, and refuses swapped ones', async () => {
    const world = await protectedWith(
      version,
      `${TENANTS} CREATE TYPE state AS ENUM ('open', 'in_prgs', 'done'); CREATE DOMAIN known AS state;
      CREATE TABLE v (id int PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants, st state NOT NULL, hist state[], d known);
      INSERT INTO v SELECT i, 'a', 'in_prgs', '[0:1]={open,in_prgs}', 'in_prgs' FROM generate_series(1, 4) i`,
    );
    await world.db.query(
      `UPDATE v SET hist = hist || 'in_prgs'::state WHERE id = 1; ALTER TYPE state RENAME VALUE 'in_prgs' TO 'in progress, still'; UPDATE v SET st = 'in progress, still' WHERE id = 2`,
    );
    const before = await world.moment();
    await world.db.query(`DELETE FROM v WHERE id < 3; UPDATE v SET st = 'done', hist = NULL WHERE id = 3`);
    await world.restoreTo(before, 'a');
    await world.db.query(
      `ALTER TYPE state RENAME VALUE 'open' TO 'x'; ALTER TYPE state RENAME VALUE 'done' TO 'open'; ALTER TYPE state RENAME VALUE 'x' TO 'done'`,
    );
    await world.ship();
    await expect(runRestore(world.ctx, requestOf('a', before.time))).rejects.toMatchObject({
      code: 'labels-exchanged',
    });
  });

  it('fills attributes added to a composite type, and puts no value into another attribute', async () => {
    const world = await protectedWith(
      version,
      `${TENANTS} CREATE TYPE addr AS (street text, zip int, junk text); CREATE DOMAIN place AS addr; CREATE TYPE pair AS (one addr, n int);
      CREATE TABLE v (id int PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants, h addr, l addr[], d place);
      CREATE TABLE w (id int PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants, p pair);
      INSERT INTO v SELECT i, 'a', ROW('s, "' || i, i, 'j')::addr, ARRAY[ROW('x)', i, NULL)::addr, NULL], ROW('', NULL, '')::addr FROM generate_series(1, 5) i;
      INSERT INTO v VALUES (6, 'a', NULL, '{}', NULL), (7, 'b', NULL, NULL, NULL);
      INSERT INTO w SELECT id, tenant_id, ROW(h, id)::pair FROM v WHERE h IS NOT NULL`,
    );
    const asText = () => world.db.query(`SELECT id, h::text, l::text, d::text FROM v ORDER BY id`);
    await world.db.query(`UPDATE v SET l = NULL WHERE id = 5`);
    const before = await world.moment();
    await world.db.query(`ALTER TYPE addr ADD ATTRIBUTE country text`);
    const gained = await asText();
    await world.ship();
    await world.expectNothingDiffers();
    await world.db.query(
      `DELETE FROM v WHERE id < 3; UPDATE v SET h.country = 'de', l = NULL WHERE id BETWEEN 4 AND 6`,
    );
    await world.ship();
    await runRestore(world.ctx, requestOf('a', before.time, { tables: ['public.v'] }));
    expect(await asText()).toEqual(gained);
    await world.db.query(`ALTER TYPE addr DROP ATTRIBUTE junk; ALTER TYPE addr ADD ATTRIBUTE note text`);
    await world.ship();
    await world.expectNothingDiffers();
    const { conflicts } = await previewTenant(world.ctx, requestOf('a', before.time));
    expect(conflicts.filter(({ blocking }) => blocking).map(({ table, about }) => `${table}.${about}`)).toEqual(
      expect.arrayContaining(['public.v.h', 'public.v.l', 'public.v.d', 'public.w.p']),
    );
  });

  it('stages rows that a later constraint of a domain rejects, and columns with Holdfast’s own names', async () => {
    const world = await protectedWith(
      version,
      `${TENANTS} CREATE DOMAIN email AS text; CREATE DOMAIN emails AS email[];
      CREATE TABLE v (c2 int PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants, c1 email, c4 emails, holdfast_present text, holdfast_ text, op text, via text);
      INSERT INTO v SELECT i, 'a', CASE WHEN i = 1 THEN 'bad' ELSE 'a@b' END, ARRAY['a@b'], 'p', 'q', 'd' FROM generate_series(1, 5) i;
      ALTER DOMAIN email ADD CONSTRAINT has_at CHECK (VALUE LIKE '%@%') NOT VALID`,
    );
    await verifyBackup(world.ctx, tenantId('a'));
    const before = await world.moment();
    await world.db.query(
      `UPDATE v SET holdfast_present = 'ruined' WHERE c2 > 2; DELETE FROM v WHERE c2 = 5; UPDATE v SET op = NULL WHERE c2 = 4`,
    );
    await world.restoreTo(before, 'a');
  });

  it('refuses a row that took another row’s key before the snapshot was read, where the log leaves out a value', async () => {
    const world = await protectedWith(
      version,
      `${TENANTS} CREATE TABLE v (id int, tenant_id text REFERENCES tenants, n int, body text, PRIMARY KEY (tenant_id, id));
      ALTER TABLE v ALTER body SET STORAGE EXTERNAL;
      INSERT INTO v SELECT i, 'a', 0, repeat(i::text, 3000) FROM generate_series(1, 2) i`,
    );
    const exchange = async (lastBody: string) => {
      await world.db.query(`UPDATE v SET id = 3 WHERE id = 2`);
      await world.db.query(`UPDATE v SET id = 2 WHERE id = 1`);
      await world.db.query(`INSERT INTO v VALUES (1, 'a', 0, ${lastBody})`);
    };
    const before = await world.moment();
    await exchange(`repeat('new', 1000)`);
    await world.snapshot();
    await world.ship();
    await expect(previewTenant(world.ctx, requestOf('a', 'latest'))).rejects.toMatchObject({
      code: 'incomplete-row',
      message: expect.stringContaining('public.v'),
    });
    await world.snapshot();
    await world.ship();
    await world.expectNothingDiffers();
    await world.db.query(`DELETE FROM v WHERE id = 3; ALTER TABLE v REPLICA IDENTITY FULL`);
    await world.ship();
    await exchange(`'short'`);
    await world.snapshot();
    await world.ship();
    await world.expectNothingDiffers();
    await world.restoreTo(before, 'a');
  });

  describe.each(['NOTHING', 'FULL', 'USING INDEX v_by'])(
    'of a partitioned table with REPLICA IDENTITY %s of its own',
    identity => {
      const made = () =>
        protectedWith(
          version,
          `${TENANTS} CREATE TABLE v (id int, tenant_id text REFERENCES tenants, at int, n int NOT NULL, PRIMARY KEY (tenant_id, id, at)) PARTITION BY RANGE (at);
        CREATE TABLE v_1 PARTITION OF v FOR VALUES FROM (0) TO (10); CREATE UNIQUE INDEX v_by ON v (n, at);
        INSERT INTO v SELECT i, 'a', i, i FROM generate_series(1, 5) i`,
        );
      const write = `UPDATE v SET n = 9 WHERE id = 1; DELETE FROM v WHERE id = 2; UPDATE v SET id = 7 WHERE id = 3`;

      it('is right where the guard mends it at once', async () => {
        const world = await made();
        const before = await world.moment();
        await world.db.query(`ALTER TABLE v REPLICA IDENTITY ${identity}`);
        await world.db.query(write);
        await world.ship();
        await world.expectNothingDiffers();
        await world.restoreTo(before, 'a');
      });

      it('is refused for that stretch where nothing mended it, read again, and mended by the next run', async () => {
        const world = await made();
        await world.db.query(`DO $$ DECLARE t name; BEGIN
        FOR t IN SELECT evtname FROM pg_event_trigger WHERE evtname LIKE 'holdfast_guard%' LOOP EXECUTE 'DROP EVENT TRIGGER ' || t; END LOOP; END $$`);
        const before = await world.moment();
        await world.ship();
        await world.db.query(`ALTER TABLE v REPLICA IDENTITY ${identity}`);
        expect((await doctor(world.ctx)).findings).toContainEqual(
          expect.objectContaining({ code: 'root-identity', severity: 'error', table: 'public.v', safe: true }),
        );
        await world.db.query(write);
        const within = await world.moment();
        const { gaps } = await world.ship();
        expect(gaps).toContainEqual(expect.objectContaining({ tables: ['public.v'] }));
        await expect(previewTenant(world.ctx, requestOf('a', within.time))).rejects.toMatchObject({
          code: 'tables-in-gap',
          details: { tables: ['public.v'] },
        });
        await world.ship();
        await world.db.query(`UPDATE v SET n = 11 WHERE id = 4`);
        await world.ship();
        await world.expectNothingDiffers();
        await world.restoreTo(before, 'a');
      });
    },
  );

  it('is readable by no other role, and leaves alone another role’s schema with the name of a staging schema', async () => {
    const world = await protectedWith(
      version,
      `${TENANTS} CREATE TABLE v (id int PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants, s text); INSERT INTO v VALUES (1, 'a', 'secret')`,
    );
    const { db, ctx } = world;
    const app = await db.role();
    await db.query(`ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO ${app.name}; ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO ${app.name}; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
      GRANT CREATE ON DATABASE ${db.name} TO ${app.name}; SET ROLE ${app.name}; CREATE SCHEMA holdfast_stage_mine; CREATE TABLE holdfast_stage_mine.t (); RESET ROLE`);
    const { record } = await runRestore(ctx, requestOf('a', 'latest', { sideBySide: true }));
    await withConnection(app.source, 'test', async connection => {
      await expect(connection.query(`SELECT * FROM ${record.schema}.v`)).rejects.toMatchObject({ code: '42501' });
      const { rows } = await connection.query(`SELECT 1 FROM pg_stats WHERE schemaname = $1`, [record.schema]);
      expect(rows).toEqual([]);
    });
    expect(await cleanStagingAreas(ctx.source)).toEqual([]);
    expect(await withConnection(ctx.source, 'test', listStagingAreas)).toEqual([
      { schema: 'holdfast_stage_mine', state: 'foreign' },
    ]);
    await db.query(
      `ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM ${app.name}, PUBLIC; ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM ${app.name}`,
    );
  });
});
