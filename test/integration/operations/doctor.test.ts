import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkModel } from '../../../lib/operations/model/check-model.ts';
import { type DoctorDeps, doctor } from '../../../lib/operations/model/doctor.ts';
import { doctorFix } from '../../../lib/operations/model/doctor-fix.ts';
import { withConnection } from '../../../lib/postgres/connection.ts';
import { requireReadable } from '../../../lib/postgres/server/roles.ts';
import { discoverModel } from '../../support/discover-model.ts';
import { NASTY_SCHEMA, ORDER_LINE } from '../../support/nasty-schema.ts';
import { createDatabase, ownServer, PG_VERSIONS, type TestDatabase, testDatabase } from '../../support/postgres.ts';

const EXTRA = `
  CREATE TABLE public.secrets (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES public.tenants, body text);
  ALTER TABLE public.secrets ENABLE ROW LEVEL SECURITY;
  CREATE POLICY mine ON public.secrets USING (tenant_id = current_setting('app.tenant')::int);
  CREATE UNLOGGED TABLE public.cache (tenant_id int PRIMARY KEY REFERENCES public.tenants, doc oid);
  CREATE TABLE public.late (id int PRIMARY KEY DEFERRABLE, tenant_id int NOT NULL REFERENCES public.tenants);
  CREATE TABLE public.loose (id int PRIMARY KEY, tenant_id int REFERENCES public.tenants);
  CREATE TABLE public.ready (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES public.tenants, UNIQUE (id, tenant_id));
  CREATE FUNCTION public.noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER stubborn BEFORE INSERT ON public.ready FOR EACH ROW EXECUTE FUNCTION public.noop();
  ALTER TABLE public.ready ENABLE ALWAYS TRIGGER stubborn;
  SELECT lo_create(0);`;

for (const version of PG_VERSIONS) {
  describe(`the doctor on PostgreSQL ${version}`, () => {
    let database: TestDatabase;
    let deps: DoctorDeps;
    beforeAll(async () => {
      database = await testDatabase(version);
      await database.query(NASTY_SCHEMA);
      await database.query(EXTRA);
      const { model } = await discoverModel(database);
      deps = { source: database.source, model, slot: `s_${database.name}`, publication: 'Holdfast "p"' };
    });
    afterAll(async () => {
      await database?.drop();
    });
    const find = async (code: string, table: string | null = null) =>
      (await doctor(deps)).findings.find(finding => finding.code === code && finding.table === table);

    test('reports what weakens protection, table by table, with the SQL that fixes it', async () => {
      const report = await doctor(deps);
      expect(report.ok).toBe(false);
      const found = report.findings.map(({ code, severity, table, safe }) => [code, severity, table, safe]);
      expect(found).toEqual(
        expect.arrayContaining([
          ['slot-wal-unlimited', 'warning', null, false],
          ['large-objects', 'warning', null, false],
          ['large-object-column', 'warning', 'public.cache', false],
          ['unlogged-table', 'error', 'public.cache', false],
          ['no-key', 'error', 'public.dogs', false],
          ['no-key', 'error', 'public.keyless', false],
          ['replica-identity', 'warning', 'public.events', true],
          ['replica-identity', 'warning', 'public.secrets', true],
          ['replica-identity', 'warning', 'public.ready', true],
          ['replica-identity', 'error', 'public.late', true],
          ['replica-identity', 'warning', 'public.loose', true],
          ['identity-guard', 'warning', null, true],
          ['missing-index', 'warning', 'public.secrets', false],
          ['trigger-always', 'warning', 'public.ready', false],
          ['publication', 'error', null, true],
          ['slot-missing', 'error', null, true],
        ]),
      );
      expect(found.find(([code, , table]) => code === 'replica-identity' && table === ORDER_LINE)).toBeUndefined();
      const severities = report.findings.map(finding => finding.severity);
      expect(severities).toEqual(
        [...severities].sort(
          (a, b) => ['error', 'warning', 'info'].indexOf(a) - ['error', 'warning', 'info'].indexOf(b),
        ),
      );
    });

    test('no identity depends on an index that the application can drop', async () => {
      const proposed = (await doctor(deps)).findings.filter(finding => finding.code === 'replica-identity');
      expect(proposed.flatMap(finding => finding.sql).filter(statement => / INDEX /.test(statement))).toEqual([]);
      expect((await find('replica-identity', 'public.ready'))?.sql).toEqual([
        'ALTER TABLE public.ready REPLICA IDENTITY FULL;',
      ]);
    });

    test('reads only', async () => {
      const before = await database.query('SELECT pg_current_wal_lsn() AS lsn, (SELECT count(*) FROM pg_class) AS n');
      await doctor(deps);
      const after = await database.query('SELECT pg_current_wal_lsn() AS lsn, (SELECT count(*) FROM pg_class) AS n');
      expect(after[0].n).toEqual(before[0].n);
    });

    test('nothing is applied that the person declines', async () => {
      let shown: string[] = [];
      const result = await doctorFix(deps, {
        approve: steps => {
          shown = steps.map(step => step.code);
          return false;
        },
      });
      expect(shown.slice(-2)).toEqual(['publication', 'slot-missing']);
      expect(result.applied).toEqual([]);
      expect(await find('publication')).toBeDefined();
    });

    test('--fix applies what is safe: afterwards deletes identify their tenant, and the log covers every keyed table', async () => {
      const result = await doctorFix(deps);
      expect(result.failed).toEqual([]);
      expect(result.applied.at(-1)?.code).toBe('slot-missing');
      expect(result.report.findings.filter(finding => finding.safe)).toEqual([]);
      const published = await database.query(
        'SELECT tablename FROM pg_publication_tables WHERE pubname = \'Holdfast "p"\' ORDER BY 1',
      );
      expect(published.map(row => row.tablename)).toEqual(
        expect.arrayContaining([
          'Order.Line',
          'animals',
          'event_notes',
          'events',
          'loose',
          'pick',
          'ready',
          'secrets',
          'tenants',
        ]),
      );
      expect(published.map(row => row.tablename)).not.toContain('cache');
      const identity = await withConnection(deps.source, 'test', connection => checkModel(connection, deps.model));
      const carried = (name: string) => identity.definitions.get(name)?.replicaIdentityColumns;
      expect(carried('public.events')).toEqual(['tenant_id', 'id', 'at', 'kind']);
      expect(carried('public.secrets')).toEqual(['id', 'tenant_id', 'body']);
      expect(carried('public.event_notes')).toEqual(expect.arrayContaining(['id', 'event', 'at']));
      expect((await doctorFix(deps)).applied).toEqual([]);
    });

    test('the application can still update and delete in every published table', async () => {
      await database.query(`
        INSERT INTO public.tenants (id, name) VALUES (9, 'nine');
        INSERT INTO public.events VALUES (9, 1, '2025-01-01', 'x'), (9, 2, '2026-02-02', 'y');
        UPDATE public.events SET kind = 'z'; DELETE FROM public.events;
        INSERT INTO public.secrets VALUES (1, 9, 'b'); UPDATE public.secrets SET body = 'c'; DELETE FROM public.secrets;
        INSERT INTO public.cache VALUES (9); DELETE FROM public.cache;
        INSERT INTO public.late VALUES (1, 9); DELETE FROM public.late`);
      expect(await database.query('SELECT count(*)::int AS n FROM public.events')).toEqual([{ n: 0 }]);
    });

    test('a table added since is reported, and the index of an earlier version is replaced', async () => {
      await database.query(
        'CREATE TABLE public.later (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES public.tenants)',
      );
      expect(await find('model-unprotected-table', 'public.later')).toMatchObject({ severity: 'error' });
      const { model } = await discoverModel(database, { existing: deps.model });
      const [{ oid }] = await database.query("SELECT 'public.later'::regclass::oid AS oid");
      await database.query(`CREATE UNIQUE INDEX holdfast_identity_${oid} ON public.later (tenant_id, id);
        ALTER TABLE public.later REPLICA IDENTITY USING INDEX holdfast_identity_${oid}`);
      const result = await doctorFix({ ...deps, model });
      expect(result.failed).toEqual([]);
      expect(result.applied[0]).toMatchObject({
        code: 'replica-identity',
        table: 'public.later',
        sql: ['ALTER TABLE public.later REPLICA IDENTITY FULL;', expect.stringMatching(/^DROP INDEX CONCURRENTLY/)],
      });
      expect(result.applied.map(step => step.code)).toContain('publication');
    });

    test('a table that stays locked is left alone, and the session that locks it is reported', async () => {
      await database.query(
        'CREATE TABLE public.locked (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES public.tenants)',
      );
      const { model } = await discoverModel(database, { existing: deps.model });
      const holder = await database.connect();
      await holder.query(
        `SET application_name = 'nightly report'; BEGIN; LOCK TABLE public.locked IN ACCESS SHARE MODE`,
      );
      const { failed } = await doctorFix({ ...deps, model });
      await holder.query('ROLLBACK');
      expect(failed.map(failure => failure.message)).toEqual([
        expect.stringMatching(
          /Timed out waiting for a lock on public\.locked, held by session \d+ \(application “nightly report”, idle in transaction/,
        ),
      ]);
    });

    test('a role that row-level security applies to is refused, with its name and the SQL', async () => {
      const role = await database.role();
      await database.query(
        `GRANT USAGE ON SCHEMA public TO ${role.name}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role.name}`,
      );
      const attempt = withConnection(role.source, 'test', connection =>
        requireReadable(connection, ['public.tenants', 'public.secrets']),
      );
      await expect(attempt).rejects.toMatchObject({
        code: 'rls-hides-rows',
        details: { tables: ['public.secrets'] },
        hint: expect.stringContaining('BYPASSRLS'),
      });
      const codes = (await doctor({ ...deps, source: role.source })).findings.map(finding => finding.code);
      expect(codes).toEqual(
        expect.arrayContaining([
          'rls-hides-rows',
          'cannot-read',
          'no-replication',
          'cannot-write',
          'cannot-stage',
          'triggers-fire',
        ]),
      );
    });

    test('a role that cannot read a table is refused; one with all privileges is accepted', async () => {
      const role = await database.role('BYPASSRLS REPLICATION');
      const require = () =>
        withConnection(role.source, 'test', connection => requireReadable(connection, ['public.secrets', ORDER_LINE]));
      await expect(require()).rejects.toMatchObject({
        code: 'cannot-read',
        hint: expect.stringContaining('GRANT SELECT'),
      });
      await database.query(`GRANT USAGE ON SCHEMA public, "My ""App"".v2" TO ${role.name}`);
      await database.query(`GRANT SELECT ON public.secrets, ${ORDER_LINE} TO ${role.name}`);
      await expect(require()).resolves.toBeUndefined();
    });

    test('where the slot cannot be made, everything that the run did before is taken back', async () => {
      const db = await testDatabase(version);
      const role = await db.role();
      await db.query(`CREATE TABLE tenants (id int PRIMARY KEY);
        CREATE TABLE a (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants);
        CREATE TABLE "B b" (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants);
        CREATE UNIQUE INDEX "b id" ON "B b" (id); ALTER TABLE "B b" REPLICA IDENTITY USING INDEX "b id";
        CREATE PUBLICATION others FOR TABLE a;
        GRANT CREATE ON DATABASE ${db.name} TO ${role.name}; GRANT ALL ON SCHEMA public TO ${role.name};
        ALTER TABLE tenants OWNER TO ${role.name}; ALTER TABLE a OWNER TO ${role.name}; ALTER TABLE "B b" OWNER TO ${role.name}`);
      const { model } = await discoverModel(db);
      const fixing = { source: role.source, model, slot: `s_${db.name}`, publication: 'Half "way"' };
      const state = () =>
        db.query(`SELECT relname, relreplident, (SELECT array_agg(pubname::text ORDER BY pubname) FROM pg_publication) AS publications
          FROM pg_class WHERE relname IN ('tenants', 'a', 'B b') ORDER BY 1`);
      const before = await state();
      const result = await doctorFix(fixing);
      expect(result.failed.map(({ step }) => step.code)).toEqual(['slot-missing']);
      expect(result.undone.map(({ table }) => table)).toContain('public."B b"');
      expect(result.undone[0]!.code).toBe('publication');
      expect(result.applied).toEqual([]);
      expect(await state()).toEqual(before);
      expect(result.report.findings.map(({ code }) => code)).toEqual(
        expect.arrayContaining(['publication', 'replica-identity']),
      );
      await db.query(`ALTER ROLE ${role.name} REPLICATION`);
      expect(await doctorFix(fixing)).toMatchObject({ failed: [], undone: [] });
      await db.drop();
    });

    test('a role that lacks the privileges to fix gets the SQL to run, and nothing breaks', async () => {
      const role = await database.role('BYPASSRLS');
      await database.query(`GRANT USAGE ON SCHEMA public, "My ""App"".v2" TO ${role.name}`);
      const result = await doctorFix({ ...deps, source: role.source, slot: 'other_slot', publication: 'other' });
      expect(result.applied).toEqual([]);
      const failed = result.failed.map(failure => failure.step.code);
      expect(failed).toContain('publication');
      expect(result.failed[0]!.hint).toBeTruthy();
      // A slot without its publication would keep WAL that nobody reads: it is not even tried.
      expect(failed).not.toContain('slot-missing');
      expect(await database.query(`SELECT 1 FROM pg_replication_slots WHERE slot_name = 'other_slot'`)).toEqual([]);
    });
  });

  test(`PostgreSQL ${version} without logical decoding is reported`, async () => {
    const server = await ownServer(version, { wal_level: 'replica', max_slot_wal_keep_size: '1GB' });
    try {
      const database = await createDatabase(server.url, version);
      await database.query(
        'CREATE TABLE tenants (id int PRIMARY KEY); CREATE TABLE a (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants)',
      );
      const { model } = await discoverModel(database);
      const codes = (await doctor({ source: database.source, model, slot: 's', publication: 'p' })).findings.map(
        finding => finding.code,
      );
      expect(codes).toContain('wal-level');
      expect(codes).not.toContain('slot-wal-unlimited');
      expect(codes).not.toContain('slot-missing');
      await database.drop();
    } finally {
      await server.stop();
    }
  });

  test(`PostgreSQL ${version} with all slots taken, or with a slot that lost WAL, is reported`, async () => {
    const server = await ownServer(version, {
      max_replication_slots: 1,
      max_slot_wal_keep_size: '1MB',
      min_wal_size: '32MB',
      max_wal_size: '32MB',
      wal_keep_size: 0,
    });
    try {
      const database = await createDatabase(server.url, version);
      await database.query(
        'CREATE TABLE tenants (id int PRIMARY KEY); CREATE TABLE a (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants)',
      );
      const { model } = await discoverModel(database);
      const codes = async (slot: string) =>
        (await doctor({ source: database.source, model, slot, publication: 'p' })).findings.map(
          finding => finding.code,
        );
      await database.query("SELECT pg_create_logical_replication_slot('taken', 'pgoutput')");
      expect(await codes('ours')).toContain('no-free-slot');
      expect(await codes('taken')).not.toContain('slot-lost');
      for (let i = 0; i < 4; i++) {
        await database.query("SELECT pg_logical_emit_message(false, 'filler', repeat('x', 1000000))");
        await database.query('SELECT pg_switch_wal()');
      }
      await database.query('CHECKPOINT');
      expect(await codes('taken')).toContain('slot-lost');
      await database.drop();
    } finally {
      await server.stop();
    }
  });
}
