/**
 * Where nobody can grant BYPASSRLS (Amazon RDS), Holdfast may be the owner of tables under FORCE ROW LEVEL SECURITY, to
 * whom their policies apply: policies that show it every row are accepted, and any other is refused before anything is read.
 */
import { expect, it } from 'vitest';
import { tenantId } from '../../lib/domain/tenant.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { doctor } from '../../lib/operations/model/doctor.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { runPolicyQuery } from '../../lib/postgres/catalogs/policy-query.ts';
import { PG_VERSIONS, testDatabase } from '../support/postgres.ts';
import { APP_MODEL, APP_SQL } from '../support/restore-fixture.ts';
import { liveState, stagedWorld, stateAt } from '../support/staged-world.ts';

it.each(PG_VERSIONS)(
  'the owner of forced tables on PostgreSQL %i is accepted with open policies alone',
  async version => {
    const db = await testDatabase(version);
    await db.query(APP_SQL);
    const world = await stagedWorld(db, APP_MODEL);
    try {
      const role = await db.role('REPLICATION');
      await db.query(`
      GRANT CREATE ON DATABASE ${db.name} TO ${role.name};
      GRANT ALL ON SCHEMA public TO ${role.name};
      DO $$ DECLARE t regclass; BEGIN
        FOR t IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') LOOP
          EXECUTE format('ALTER TABLE %s OWNER TO ${role.name}', t);
        END LOOP; END $$;
      ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
      ALTER TABLE projects FORCE ROW LEVEL SECURITY;
      CREATE POLICY mine ON projects USING (tenant_id = current_setting('app.tenant', true)::int);`);
      const ctx = { ...world.ctx, source: role.source };
      const examine = () => doctor(ctx, { rowPolicies: true });

      const hidden = (await examine()).findings.filter(({ code }) => code === 'rls-hides-rows');
      expect(hidden.map(({ table }) => table)).toEqual(['public.projects']);
      await expect(takeSnapshot(ctx, tenantId('1'))).rejects.toMatchObject({ code: 'rls-hides-rows' });

      for (const statement of hidden[0]!.sql) await db.query(statement);
      expect((await examine()).findings.map(({ code }) => code)).not.toContain('rls-hides-rows');
      await shipLog(ctx);
      await takeSnapshot(ctx, tenantId('1'));
      await shipLog(ctx);
      expect(await stateAt(ctx, '1', 'latest')).toEqual(await liveState(world.ctx, '1'));
    } finally {
      await world.dispose();
    }
  },
);

it.each(PG_VERSIONS)(
  'a policy on a table of which the role may read single columns filters nothing on PostgreSQL %i: it is an error',
  async version => {
    const db = await testDatabase(version);
    try {
      const role = await db.role();
      await db.query(`
      CREATE TABLE customers (id text PRIMARY KEY, plan text, secret text);
      INSERT INTO customers VALUES ('a', 'critical', 'x');
      CREATE FUNCTION visible(id text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN false; END';
      ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
      CREATE POLICY seen ON customers USING (visible(id));
      GRANT USAGE ON SCHEMA public TO ${role.name};
      GRANT SELECT (id, plan) ON customers TO ${role.name};`);
      const query = 'SELECT id AS tenant, plan AS tier FROM public.customers';
      await expect(runPolicyQuery(role.source, query)).rejects.toMatchObject({ code: 'row-security' });
    } finally {
      await db.drop();
    }
  },
);
