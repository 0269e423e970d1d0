/** What Holdfast installs in the database cannot be hijacked by another role, and is corrected where it was changed. */
import { describe, expect, it } from 'vitest';
import { tenantId } from '../../../lib/domain/tenant.ts';
import { refOf } from '../../../lib/operations/context.ts';
import { mark } from '../../../lib/operations/log/mark.ts';
import { doctorFix } from '../../../lib/operations/model/doctor-fix.ts';
import { runRestore } from '../../../lib/operations/restore/apply/run-restore.ts';
import { planRestore } from '../../../lib/operations/restore/plan/plan-restore.ts';
import { DDL_TRIGGERS } from '../../../lib/postgres/log/ddl-triggers.ts';
import { identityGuard } from '../../../lib/postgres/log/identity-guard.ts';
import { triggerSql } from '../../../lib/postgres/log/trigger-schema.ts';
import { discoverModel } from '../../support/discover-model.ts';
import { PG_VERSIONS, testDatabase } from '../../support/postgres.ts';
import { protect, requestOf } from '../../support/protected-database.ts';

const SCHEMA = `
  CREATE TABLE tenants (id text PRIMARY KEY); INSERT INTO tenants VALUES ('acme'), ('globex');
  CREATE TABLE notes (id int PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants, n int NOT NULL);`;

describe.each(PG_VERSIONS)('the functions of event triggers (PostgreSQL %s)', version => {
  it('are created only where no other role can replace them, and run no other role’s code', async () => {
    const db = await testDatabase(version);
    await db.query(SCHEMA);
    await db.query('CREATE TABLE stolen (by text); GRANT INSERT, SELECT ON stolen TO PUBLIC');
    const { name } = await db.role();
    const { name: trusting } = await db.role();
    await db.query(`GRANT CREATE ON DATABASE "${db.name}" TO ${name}`);
    const { model } = await discoverModel({ source: db.source });
    const deps = { source: db.source, model, slot: `s_${db.name}`, publication: 'holdfast' };
    const functions = [DDL_TRIGGERS, identityGuard('holdfast', true)];
    const traps = functions
      .map(
        wanted => `CREATE FUNCTION holdfast_ddl.${wanted.name}() RETURNS event_trigger LANGUAGE plpgsql
          AS 'BEGIN INSERT INTO public.stolen VALUES (current_user); END';`,
      )
      .join('\n');
    const stolen = async () => (await db.query('SELECT by FROM stolen')) as unknown[];

    const before = {
      'their schema': `SET ROLE ${name}; CREATE SCHEMA holdfast_ddl`,
      'their schema and functions': `SET ROLE ${name}; CREATE SCHEMA holdfast_ddl; ${traps}`,
      'their functions in a schema of ours': `CREATE SCHEMA holdfast_ddl; GRANT CREATE, USAGE ON SCHEMA holdfast_ddl TO ${name};
        SET ROLE ${name}; ${traps} RESET ROLE; REVOKE ALL ON SCHEMA holdfast_ddl FROM ${name}`,
      'a schema of ours in which they can create functions': `CREATE SCHEMA holdfast_ddl; GRANT CREATE ON SCHEMA holdfast_ddl TO ${name}`,
      'a schema of ours in which every role can': `CREATE SCHEMA holdfast_ddl; GRANT CREATE ON SCHEMA holdfast_ddl TO PUBLIC`,
    };
    for (const [what, sql] of Object.entries(before)) {
      await db.query(`${sql}; RESET ROLE`);
      const { applied, failed, report } = await doctorFix(deps);
      expect(failed, what).toEqual([]);
      expect(applied.map(step => step.code)).not.toContain('ddl-triggers');
      expect(applied.map(step => step.code)).not.toContain('identity-guard');
      const finding = report.findings.find(({ code }) => code === 'foreign-trigger-schema');
      expect(finding, what).toMatchObject({ severity: 'error', safe: false });
      expect(finding!.message).toContain(what.includes('every role') ? 'PUBLIC' : name);
      // The SQL of an earlier report is refused as well, and existing objects stay.
      for (const wanted of functions) await expect(db.query(triggerSql(wanted)), what).rejects.toThrow(/holdfast_ddl/);
      expect(await db.query('SELECT evtname FROM pg_event_trigger')).toEqual([]);
      await db.query('CREATE TABLE later (id int); DROP TABLE later');
      expect(await stolen(), what).toEqual([]);
      await db.query('DROP SCHEMA holdfast_ddl CASCADE');
    }

    const { report } = await doctorFix(deps);
    const codes = report.findings.map(({ code }) => code);
    for (const code of ['foreign-trigger-schema', 'ddl-triggers', 'identity-guard']) expect(codes).not.toContain(code);
    expect(await db.query('SELECT count(*)::int AS n FROM pg_event_trigger')).toEqual([{ n: 4 }]);
    for (const role of [name, trusting]) {
      const [may] = await db.query(
        `SELECT has_schema_privilege($1, n.oid, 'CREATE') OR has_schema_privilege($1, n.oid, 'USAGE')
             OR bool_or(has_function_privilege($1, f.oid, 'EXECUTE')) AS something
         FROM pg_namespace n JOIN pg_proc f ON f.pronamespace = n.oid WHERE n.nspname = 'holdfast_ddl' GROUP BY n.oid`,
        [role],
      );
      expect(may).toEqual({ something: false });
    }

    // A temporary type with the name of one that a function uses: its check would run with the owner's privileges.
    await db.query(`CREATE SCHEMA theirs AUTHORIZATION ${name}; ALTER TABLE notes OWNER TO ${name}`);
    await db.query(`SET ROLE ${name};
      CREATE FUNCTION theirs.steal(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.stolen VALUES (current_user); RETURN true; END';
      CREATE DOMAIN pg_temp.trap AS text CHECK (theirs.steal(VALUE));
      CREATE TYPE pg_temp.record AS (mend pg_temp.trap);
      CREATE TYPE pg_temp.jsonb AS (told pg_temp.trap);
      ALTER TABLE notes DROP CONSTRAINT notes_pkey;
      RESET ROLE`);
    expect(await db.query(`SELECT relreplident FROM pg_class WHERE relname = 'notes'`)).toEqual([
      { relreplident: 'f' },
    ]);
    expect(await stolen()).toEqual([]);
    await db.drop();
  });
});

describe('a publication that publishes generated columns (PostgreSQL 18)', () => {
  it('is refused, and corrected by doctor --fix, for the publication and for each table', async () => {
    const db = await testDatabase(18);
    await db.query(`${SCHEMA} ALTER TABLE notes ADD twice int GENERATED ALWAYS AS (n * 2) STORED`);
    const p = await protect(db);
    const update = () => db.query('INSERT INTO notes SELECT count(*), $1, 1 FROM notes', ['acme']);
    await update();
    expect((await p.ship()).gaps).toEqual([]);

    await db.query('ALTER PUBLICATION holdfast SET (publish_generated_columns = stored)');
    await update();
    await expect(p.ship()).rejects.toMatchObject({ code: 'publication-unfit' });
    const first = await doctorFix(p.ctx);
    expect(first.applied.map(({ code }) => code)).toEqual(['publication']);
    expect(first.applied[0]!.sql).toEqual([expect.stringContaining('publish_generated_columns = none')]);
    await p.ship();
    await p.expectNothingDiffers();

    await db.query('ALTER PUBLICATION holdfast DROP TABLE notes');
    await db.query('ALTER PUBLICATION holdfast ADD TABLE notes (id, tenant_id, n, twice)');
    const second = await doctorFix(p.ctx);
    expect(second.applied.map(({ code }) => code)).toEqual(['publication']);
    await update();
    await p.ship();
    await update();
    expect((await p.ship()).gaps).toEqual([]);
    await p.expectNothingDiffers();
    await p.dispose();
  });
});

describe('messages with our prefix that another role wrote (PostgreSQL 18)', () => {
  it('make no restore wrong: it reaches the same moment as without them or is refused', async () => {
    const db = await testDatabase(18);
    await db.query(SCHEMA);
    const p = await protect(db);
    const acme = tenantId('acme');
    const ref = refOf(p.ctx, acme);
    const { name } = await db.role();
    const say = async (...messages: object[]) => {
      await db.query(`SET ROLE ${name}`);
      for (const message of messages)
        await db.query(`SELECT pg_logical_emit_message(true, 'holdfast', $1)`, [JSON.stringify(message)]);
      await db.query('RESET ROLE');
    };
    const write = (n: number) => db.query('INSERT INTO notes VALUES ($1, $2, 1)', [n, 'acme']);
    const positionOf = async (target: string) => (await planRestore(p.ctx, acme, target)).target.lsn;

    await write(1);
    const early = await p.moment();
    await write(2);
    await mark(p.ctx, acme, 'good');
    await mark(p.ctx, acme, 'clear');
    await p.ship();
    const { record } = await runRestore(p.ctx, requestOf('acme', 'good'));
    await write(3);
    const late = await p.moment();
    await write(4);
    await p.ship();
    const before = await Promise.all([early.time, late.time, 'clear', `before:${record.id}`].map(positionOf));

    await say(
      { kind: 'mark', tenant: ref, name: 'good' },
      { kind: 'mark', tenant: ref, name: 'twice' },
      { kind: 'mark', tenant: ref, name: 'twice' },
      {
        kind: 'differs',
        tenant: ref,
        tables: ['public.nothing'],
        from: early.lsn,
        fromTime: '2999-01-01T00:00:00.000000Z',
      },
      { kind: 'differs', tenant: 'a'.repeat(26), tables: ['public.notes'], from: '0/1', fromTime: 'never' },
      { kind: 'ddl', tag: 'none', tables: null },
      { kind: 'ddl', tag: 'none', tables: [1, -1] },
      { kind: 'mark', tenant: 'system', name: 'x' },
    );
    await p.ship();
    expect(await Promise.all([early.time, late.time, 'clear', `before:${record.id}`].map(positionOf))).toEqual(before);
    for (const target of ['good', 'twice'])
      await expect(positionOf(target)).rejects.toMatchObject({ code: 'unknown-marker' });
    await say({ kind: 'restore', tenant: ref, id: record.id });
    await p.ship();
    await expect(positionOf(`before:${record.id}`)).rejects.toMatchObject({ code: 'unknown-restore' });
    await p.expectNothingDiffers();
    await p.dispose();
  });
});
