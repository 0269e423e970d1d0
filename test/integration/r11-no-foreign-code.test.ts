/**
 * R11: no code of the application runs as Holdfast's role. The application's owner plants code everywhere it can; each
 * plant leaves a trace when a session of Holdfast's role runs it, also in a transaction that only reads or is rolled
 * back (a call of a function of its own, which the server counts). Then Holdfast runs all of its operations. Code that
 * the server itself runs when rows are written is the only exception, and only then.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { tenantId } from '../../lib/domain/tenant.ts';
import { doctor } from '../../lib/operations/model/doctor.ts';
import { doctorFix } from '../../lib/operations/model/doctor-fix.ts';
import { previewTenant, runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { eraseSubject } from '../../lib/operations/retention/erase-subject.ts';
import { verifyBackup } from '../../lib/operations/verify/verify-backup.ts';
import { discoverModel } from '../support/discover-model.ts';
import { PG_VERSIONS, type PgVersion, type TestDatabase, testDatabase } from '../support/postgres.ts';
import { type ProtectedDatabase, protect, requestOf } from '../support/protected-database.ts';
import { undoRestore } from '../support/undo-restore.ts';

const open: ProtectedDatabase[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.dispose();
});

const VECTORS =
  'cast_to cast_from cast_array cast_pair cast_json operator shadow domain check_ generated index_ predicate default_ policy rule trigger event'.split(
    ' ',
  );
/** Runs when any role writes a row; documented. */
const WITH_WRITES = ['check_', 'default_', 'domain', 'generated', 'index_', 'predicate'];

const PLANTS = `
  CREATE SCHEMA app;
  ${VECTORS.map(name => `CREATE FUNCTION app.ran_${name}() RETURNS void LANGUAGE plpgsql AS 'BEGIN END';`).join('\n')}
  CREATE FUNCTION app.note(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN
    IF pg_catalog.starts_with(session_user::text, 'r_') THEN EXECUTE pg_catalog.format('SELECT app.ran_%s()', what); END IF;
    RETURN true; END $f$;
  CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'glad');
  CREATE TYPE app."we$$ird ""type""" AS ENUM ('$$; DROP', 'b''c', '$cast$');
  CREATE TYPE app.pair AS (a int, b text);
  CREATE DOMAIN app.positive AS int CHECK (app.note('domain') AND VALUE > 0);
  CREATE TYPE app.checked AS (n app.positive, m app.mood);
  CREATE TYPE app.span AS RANGE (subtype = app.mood);
  CREATE FUNCTION app.to_text(m app.mood) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM app.note('cast_to'); RETURN pg_catalog.format('%s', m); END $f$;
  CREATE FUNCTION app.from_text(t text) RETURNS app.mood LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM app.note('cast_from'); RETURN CASE t WHEN 'sad' THEN 'sad'::app.mood WHEN 'ok' THEN 'ok' ELSE 'glad' END; END $f$;
  CREATE FUNCTION app.array_text(m app.mood[]) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM app.note('cast_array'); RETURN pg_catalog.format('%s', m); END $f$;
  CREATE FUNCTION app.pair_text(p app.pair) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM app.note('cast_pair'); RETURN pg_catalog.format('%s', p); END $f$;
  CREATE FUNCTION app.to_json(m app.mood) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM app.note('cast_json'); RETURN '1'; END $f$;
  CREATE CAST (app.mood AS text) WITH FUNCTION app.to_text(app.mood) AS IMPLICIT;
  CREATE CAST (text AS app.mood) WITH FUNCTION app.from_text(text) AS ASSIGNMENT;
  CREATE CAST (app.mood[] AS text) WITH FUNCTION app.array_text(app.mood[]) AS IMPLICIT;
  CREATE CAST (app.pair AS text) WITH FUNCTION app.pair_text(app.pair) AS ASSIGNMENT;
  CREATE CAST (app.mood AS json) WITH FUNCTION app.to_json(app.mood) AS ASSIGNMENT;
  CREATE FUNCTION public.same_text(a text, b text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM app.note('operator'); RETURN pg_catalog.texteq(a, b); END $f$;
  CREATE FUNCTION public.same_int(a int, b int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM app.note('operator'); RETURN pg_catalog.int4eq(a, b); END $f$;
  CREATE FUNCTION public.same_name(a name, b name) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM app.note('operator'); RETURN pg_catalog.nameeq(a, b); END $f$;
  CREATE FUNCTION public.same_xid(a xid, b xid) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM app.note('operator'); RETURN pg_catalog.xideq(a, b); END $f$;
  CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.same_text);
  CREATE OPERATOR public.= (LEFTARG = int, RIGHTARG = int, FUNCTION = public.same_int);
  CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = name, FUNCTION = public.same_name);
  CREATE OPERATOR public.= (LEFTARG = xid, RIGHTARG = xid, FUNCTION = public.same_xid);
  CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE plpgsql AS $f$ BEGIN PERFORM app.note('shadow'); RETURN pg_catalog.format($1, $2); END $f$;
  CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM app.note('shadow'); RETURN pg_catalog.lower($1); END $f$;
  CREATE FUNCTION public.quote_ident(name) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM app.note('shadow'); RETURN pg_catalog.quote_ident($1::text); END $f$;
  CREATE FUNCTION app.twice(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM app.note('generated'); RETURN i * 2; END $f$;
  CREATE FUNCTION app.indexed(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM app.note('index_'); RETURN i; END $f$;
  CREATE FUNCTION app.chosen(i int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM app.note('predicate'); RETURN i > 0; END $f$;
  CREATE FUNCTION app.some() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN PERFORM app.note('default_'); RETURN 7; END $f$;
  CREATE FUNCTION app.fires() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM app.note('trigger'); RETURN NEW; END $f$;
  CREATE FUNCTION app.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM app.note('event'); END $f$;
  CREATE TABLE app.tenants (id text PRIMARY KEY, name text);
  CREATE TABLE app.notes (tenant_id text NOT NULL REFERENCES app.tenants, id int, body text, m app.mood, ms app.mood[], w app."we$$ird ""type""",
    p app.pair, n app.positive, c app.checked, cs app.checked[], s app.span, k regclass, PRIMARY KEY (tenant_id, id), CHECK (app.note('check_') AND id > 0),
    g int GENERATED ALWAYS AS (app.twice(id)) STORED);
  CREATE TABLE app.kinds (tenant_id text NOT NULL REFERENCES app.tenants, kind app.positive, body text, PRIMARY KEY (tenant_id, kind));
  CREATE UNIQUE INDEX ON app.notes (tenant_id, app.indexed(id));
  CREATE UNIQUE INDEX ON app.notes (tenant_id, body) WHERE app.chosen(id);
  CREATE TRIGGER fires BEFORE INSERT OR UPDATE ON app.notes FOR EACH ROW EXECUTE FUNCTION app.fires();
  CREATE RULE noted AS ON UPDATE TO app.kinds DO ALSO SELECT app.note('rule');
  ALTER TABLE app.notes ENABLE ROW LEVEL SECURITY;
  CREATE POLICY p ON app.notes USING (app.note('policy') AND tenant_id IS NOT NULL);
  INSERT INTO app.tenants SELECT t, 'Tenant ' || t FROM unnest(ARRAY['acme', 'globex', '$$', 'a''b"c']) t;
  INSERT INTO app.notes SELECT t.id, i, 'body ' || i, 'ok', '{ok,sad}', '$$; DROP', '(1,x)', i, '(2,glad)', '{"(3,)",NULL}', '[sad,ok]', 'app.tenants'::regclass
    FROM app.tenants t, generate_series(1, 5) i;
  INSERT INTO app.kinds SELECT t.id, i, 'kind' FROM app.tenants t, generate_series(1, 3) i;`;

/** The plants belong to a role of their own, which owns the database; event triggers need a superuser. */
async function planted(version: PgVersion, attributes: string) {
  const db = await testDatabase(version);
  const owner = await db.role();
  const backup = await db.role(attributes);
  await db.query(
    `ALTER DATABASE ${db.name} OWNER TO ${owner.name}; GRANT CREATE ON SCHEMA public TO ${owner.name}; ALTER DATABASE ${db.name} SET track_functions = 'pl'`,
  );
  await db.query(`SET ROLE ${owner.name}; ${PLANTS}; RESET ROLE`);
  await db.query(`SET ROLE ${owner.name}; GRANT USAGE ON SCHEMA app TO ${backup.name}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA app TO ${backup.name};
    ALTER DATABASE ${db.name} SET search_path = public, app, pg_catalog; RESET ROLE;
    ALTER DEFAULT PRIVILEGES FOR ROLE ${backup.name} GRANT ALL ON TABLES TO ${owner.name}; ALTER DEFAULT PRIVILEGES FOR ROLE ${backup.name} GRANT ALL ON SCHEMAS TO ${owner.name};
    GRANT CREATE ON DATABASE ${db.name} TO ${backup.name}; GRANT SET ON PARAMETER session_replication_role TO ${backup.name};
    CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION app.on_ddl()`);
  // The DBA runs the statements that need the tables' owner from the doctor's output.
  const source = attributes.includes('NOSUPERUSER') ? db.source : backup.source;
  const { model } = await discoverModel({ source: backup.source });
  const fixed = await doctorFix({ source, model, slot: `s_${db.name}`, publication: 'holdfast' });
  expect(fixed.failed).toEqual([]);
  const world = await protect(db, { as: backup.source, withoutDoctor: true, owners: { 'app.tenants': 't.id' } });
  open.push(world);
  return { world, owner, backup };
}

/** The plants that a session of Holdfast's role ran since the last call. */
async function ran(db: TestDatabase): Promise<string[]> {
  const session = await db.connect();
  const { rows } = await session.query(
    `SELECT pg_catalog.substr(funcname, 5) AS name FROM pg_catalog.pg_stat_user_functions WHERE pg_catalog.starts_with(funcname, 'ran_') AND calls > 0 ORDER BY 1`,
  );
  await session.query(`SELECT pg_catalog.pg_stat_reset()`);
  await session.end();
  return rows.map(row => row.name);
}

const ROLES = [
  ['a superuser', 'SUPERUSER'],
  ['a role with the privileges that the doctor asks for', 'NOSUPERUSER BYPASSRLS REPLICATION'],
] as const;

describe.each(PG_VERSIONS)('R11 on PostgreSQL %s', version => {
  it.each(ROLES)('runs none of the application’s code as %s', async (_, attributes) => {
    const { world, backup } = await planted(version, attributes);
    const { db, ctx } = world;
    await ran(db);
    const before = await world.moment();
    await db.query(`SET search_path = app;
      UPDATE notes SET m = 'glad', ms = '{ok,sad,glad}', p = '(9,y)', c = '(9,sad)', w = '$cast$' WHERE tenant_id = 'acme' AND id < 3;
      DELETE FROM notes WHERE tenant_id = 'acme' AND id = 4; UPDATE kinds SET body = 'ruined' WHERE tenant_id = 'acme';
      INSERT INTO notes (tenant_id, id, body) VALUES ('acme', 100, 'new'); RESET search_path`);
    await doctor({ source: backup.source, model: ctx.model, slot: ctx.slot, publication: ctx.publication });
    await world.ship();
    await world.snapshot();
    await world.ship();
    const request = requestOf('acme', before.time, { samples: 5 });
    const preview = await previewTenant(ctx, request);
    expect(preview.conflicts.filter(conflict => conflict.blocking)).toEqual([]);
    expect(preview.totals).toEqual({ inserts: 1, updates: 5, deletes: 1, rows: 7 });
    await previewTenant(ctx, requestOf('acme', before.time, { rows: { 'app.notes': "m = 'ok' AND n > 1" } }));
    await previewTenant(ctx, requestOf('acme', before.time, { keys: { 'app.kinds': [['1']] } }));
    await verifyBackup(ctx, tenantId('acme'));
    await runRestore(ctx, requestOf('acme', before.time, { sideBySide: true }));
    await eraseSubject(ctx, tenantId('globex'), {
      table: 'app.kinds',
      keys: [['1']],
      reason: 'test',
      requestedBy: 'test',
    });
    expect(await ran(db)).toEqual([]);

    const { record } = await runRestore(ctx, request);
    expect((await ran(db)).filter(name => !WITH_WRITES.includes(name))).toEqual([]);
    await world.ship();
    await undoRestore(ctx, tenantId('acme'), record.id, { requestedBy: 'test', reason: 'test' });
    await world.restoreTo(before, 'acme');
    await runRestore(
      ctx,
      requestOf('acme', before.time, { asTenant: 'acme two', tables: ['app.tenants', 'app.kinds'] }),
    );
    expect((await ran(db)).filter(name => !WITH_WRITES.includes(name))).toEqual([]);
  });
});
