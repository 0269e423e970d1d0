/** The doctor prints everything that a role needs: a role with exactly that can do everything, as on Amazon RDS. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tenantId } from '../../../lib/domain/tenant.ts';
import { type DoctorDeps, doctor } from '../../../lib/operations/model/doctor.ts';
import { doctorScript } from '../../../lib/operations/model/doctor-script.ts';
import { runRestore } from '../../../lib/operations/restore/apply/run-restore.ts';
import { discoverModel } from '../../support/discover-model.ts';
import { createDatabase, ownServer, PG_VERSIONS, type TestDatabase } from '../../support/postgres.ts';
import { type ProtectedDatabase, protect, requestOf } from '../../support/protected-database.ts';
import { runScript } from '../../support/run-script.ts';
import { undoRestore } from '../../support/undo-restore.ts';

/**
 * Everything that needs its own privilege: other schemas, types, sequences, functions, parents and children outside.
 */
const SCHEMA = `
  CREATE SCHEMA kinds; CREATE SCHEMA "Shop's";
  CREATE TYPE kinds.state AS ENUM ('open', 'paid');
  CREATE DOMAIN kinds.positive AS int CHECK (VALUE > 0);
  CREATE FUNCTION kinds.fits(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < 1000';
  CREATE FUNCTION kinds.folded(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.lower($1)';
  REVOKE EXECUTE ON FUNCTION kinds.fits(int), kinds.folded(text) FROM PUBLIC;
  REVOKE USAGE ON TYPE kinds.state, kinds.positive FROM PUBLIC;
  CREATE TABLE countries (code text PRIMARY KEY, name text NOT NULL);
  CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL);
  CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, country text REFERENCES countries,
    state kinds.state NOT NULL DEFAULT 'open', history kinds.state[], amount kinds.positive CHECK (kinds.fits(amount::int)), note text,
    doubled int GENERATED ALWAYS AS (amount * 2) STORED);
  CREATE UNIQUE INDEX ON orders (tenant_id, kinds.folded(note));
  CREATE TABLE "Shop's"."Line" (id serial PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE, what text);
  CREATE TABLE log_of_changes (id serial PRIMARY KEY, order_id bigint REFERENCES orders ON DELETE SET NULL);
  CREATE TABLE written (n int);
  CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.written VALUES (1); RETURN NULL; END';
  CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION note_change();
  ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
  CREATE POLICY mine ON orders USING (tenant_id = pg_catalog.current_setting('app.tenant', true)::int);
  INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France');
  INSERT INTO tenants VALUES (1, 'one'), (2, 'two');
  INSERT INTO orders (tenant_id, country, state, history, amount, note)
    SELECT 1 + n % 2, 'de', 'paid', '{open,paid}', n, 'Note ' || n FROM generate_series(1, 20) n;
  INSERT INTO "Shop's"."Line" (order_id, what) SELECT id, 'x' FROM orders;`;

for (const version of PG_VERSIONS) {
  const ways = [
    { rowPolicies: true, how: 'where BYPASSRLS cannot be granted' },
    ...(version === 18 ? [{ rowPolicies: false, how: 'with BYPASSRLS' }] : []),
  ];
  describe.each(ways)(`a role of its own on PostgreSQL ${version}, $how`, ({ rowPolicies }) => {
    let db: TestDatabase;
    let role: Awaited<ReturnType<TestDatabase['role']>>;
    let deps: DoctorDeps;
    let world: ProtectedDatabase;
    const open: (() => Promise<void>)[] = [];
    const examine = () => doctor(deps, { rowPolicies, forAdministrator: true });

    beforeAll(async () => {
      const server = await ownServer(version);
      open.push(() => server.stop());
      db = await createDatabase(server.url, version);
      await db.query(SCHEMA);
      role = await db.role();
      const review = (model: DoctorDeps['model']): DoctorDeps['model'] => ({
        ...model,
        tables: model.tables.map(({ table, kind, component, ...rest }) =>
          table === 'public.log_of_changes'
            ? { table, component, kind: 'excluded', reason: 'a log' }
            : ({ table, kind, component, ...rest } as never),
        ),
      });
      const { model } = await discoverModel({ source: role.source }, { tenantTable: 'public.tenants' });
      deps = { source: role.source, slot: `s_${db.name}`, publication: 'holdfast', model: review(model) };
      await runScript(db, doctorScript(deps, await examine()));
      world = await protect(db, {
        ...{ as: role.source, withoutDoctor: true, hints: { tenantTable: 'public.tenants' }, review },
        owners: { '"Shop\'s"."Line"': '(SELECT o.tenant_id FROM public.orders o WHERE o.id = t.order_id)' },
      });
      open.unshift(() => world.dispose());
    });
    afterAll(async () => {
      for (const close of open) await close();
    });

    test('has no findings left, and the script can be run again', async () => {
      const weak = (await examine()).findings.filter(
        ({ code, severity }) =>
          severity === 'error' || /^(cannot-|no-repl|rls|triggers|publication|slot-m|replica|identity|ddl)/.test(code),
      );
      expect(weak).toEqual([]);
      await runScript(db, doctorScript(deps, await examine()));
    });

    test('restores in place, undoes it, and restores side by side', async () => {
      await world.expectNothingDiffers();
      const good = await world.moment();
      await db.query(`DELETE FROM orders WHERE tenant_id = 1 AND id < 9; UPDATE orders SET amount = 999, state = 'open' WHERE tenant_id = 1;
        INSERT INTO orders (tenant_id, country, amount) VALUES (1, 'fr', 5); TRUNCATE written`);
      const bad = await world.moment();
      await world.restoreTo(good, '1', { mode: 'exact' });
      expect(await db.query('SELECT count(*)::int AS n FROM written')).toEqual([{ n: 0 }]);
      await world.ship();
      const beside = await runRestore(world.ctx, requestOf('1', bad.time, { sideBySide: true }));
      expect(beside.record.place).toBe('side-by-side');
      await db.query('DELETE FROM orders WHERE tenant_id = 1');
      await world.ship();
      const done = await runRestore(world.ctx, requestOf('1', good.time));
      await world.ship();
      await undoRestore(world.ctx, tenantId('1'), done.record.id, { requestedBy: 'test' });
      expect(await db.query('SELECT count(*)::int AS n FROM orders WHERE tenant_id = 1')).toEqual([{ n: 0 }]);
    });

    test('is refused as soon as a policy can hide a row from it', async () => {
      if (!rowPolicies) return;
      const name = (await db.query(`SELECT policyname AS name FROM pg_policies WHERE '${role.name}' = ANY (roles)`))[0]
        .name;
      await db.query(`ALTER POLICY "${name}" ON orders USING (tenant_id > 0)`);
      expect((await examine()).findings.map(finding => finding.code)).toContain('rls-hides-rows');
      await expect(runRestore(world.ctx, requestOf('2', 'latest'))).rejects.toThrow();
      await db.query(`ALTER POLICY "${name}" ON orders USING (true)`);
    });
  });
}

/** Statement by statement, as psql does: each outside a transaction. */
