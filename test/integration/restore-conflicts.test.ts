/**
 * Every conflict is found and listed before anything is written, and never reveals anything about another tenant's
 * rows.
 */
import { describe, expect, it } from 'vitest';
import type { Preview } from '../../lib/domain/preview.ts';
import { compareAndApply } from '../../lib/operations/restore/apply/run-restore.ts';
import { modelOf } from '../support/hand-staging.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { type Fixture, fixture } from '../support/restore-fixture.ts';

const short = (preview: Preview) =>
  preview.conflicts.map(({ code, table, about, count, blocking }) => [code, table, about, count, blocking]);

interface Case {
  readonly what: string;
  /** After staging. */
  readonly sql: string;
  readonly expected: unknown[];
  readonly request?: object;
}

const CASES: Case[] = [
  {
    what: 'a unique value that another row of the tenant holds now',
    sql: `UPDATE users SET email = 'gone' WHERE email = 'u2@1'; INSERT INTO users (tenant_id, email) VALUES (1, 'u2@1')`,
    request: { mode: 'columns', columns: { users: ['email'] } },
    expected: [['unique-taken', 'public.users', 'users_email_key', 1, true]],
  },
  {
    what: 'a unique value that another tenant holds now',
    sql: `UPDATE users SET email = 'gone' WHERE email = 'u2@1'; INSERT INTO users (tenant_id, email) VALUES (2, 'u2@1')`,
    expected: [['unique-taken-elsewhere', 'public.users', 'users_email_key', 1, true]],
  },
  {
    what: 'a unique expression index added since',
    sql: `DELETE FROM comments WHERE id = 1; CREATE UNIQUE INDEX body_once ON comments (lower(body)) WHERE id > 0; INSERT INTO comments VALUES (700, 7, 'BODY 1')`,
    expected: [['unique-taken-elsewhere', 'public.comments', 'body_once', 1, true]],
  },
  {
    what: 'nulls that are not distinct',
    sql: `UPDATE "Odd Tasks" SET note = NULL WHERE id = 8; UPDATE "Odd Tasks" SET note = id::text WHERE id <> 8; CREATE UNIQUE INDEX one_null ON "Odd Tasks" (note) NULLS NOT DISTINCT`,
    request: { tables: ['Odd Tasks'] },
    expected: [['unique-taken', 'public."Odd Tasks"', 'one_null', 5, true]],
  },
  {
    what: 'a key that another tenant’s row has now',
    sql: `DELETE FROM comments WHERE task_id = 1; UPDATE "Odd Tasks" SET tenant_id = 2, project_id = 6 WHERE id = 1`,
    expected: expect.arrayContaining([
      ['key-of-another-tenant', 'public."Odd Tasks"', 'id', 1, true],
    ]) as unknown as unknown[],
  },
  {
    what: 'a shared parent that no longer exists',
    sql: `UPDATE projects SET currency = 'USD'; DELETE FROM currencies WHERE code = 'EUR'`,
    expected: [['missing-parent', 'public.projects', 'projects_currency_fkey', 5, true]],
  },
  {
    what: 'a row to delete that a table outside the model refers to',
    sql: `INSERT INTO users (tenant_id, email) VALUES (1, 'late'); CREATE TABLE badges (user_id bigint REFERENCES users); INSERT INTO badges SELECT max(id) FROM users`,
    expected: [['still-referenced', 'public.users', 'badges_user_id_fkey', 1, true]],
  },
  {
    what: 'a row to delete that another tenant refers to',
    sql: `INSERT INTO users (tenant_id, email) VALUES (1, 'late'); UPDATE projects SET owner_id = (SELECT max(id) FROM users) WHERE tenant_id = 2 AND id = 6`,
    expected: [['still-referenced-elsewhere', 'public.users', 'projects_owner_id_fkey', 1, true]],
  },
  {
    what: 'a value that no longer fits the type, and one that the type changes',
    sql: `UPDATE comments SET body = '5' ; ALTER TABLE comments ALTER body TYPE int USING body::int; ALTER TABLE projects ALTER amount TYPE numeric(6,1)`,
    expected: [['cast-failed', 'public.comments', 'body', 5, true]],
  },
  {
    what: 'a text that would be truncated',
    sql: `UPDATE "Odd Tasks" SET note = 'x'; ALTER TABLE "Odd Tasks" ALTER note TYPE varchar(2)`,
    expected: [['cast-failed', 'public."Odd Tasks"', 'note', 5, true]],
  },
  {
    what: 'a column that is NOT NULL now',
    sql: `UPDATE users SET manager_id = id WHERE manager_id IS NULL; ALTER TABLE users ALTER manager_id SET NOT NULL`,
    expected: [['not-null', 'public.users', 'manager_id', 1, true]],
  },
  {
    what: 'a new column without a default',
    sql: `DELETE FROM comments WHERE id = 1; ALTER TABLE comments ADD stars int; UPDATE comments SET stars = 1; ALTER TABLE comments ALTER stars SET NOT NULL`,
    expected: [['new-column-without-value', 'public.comments', 'stars', 1, true]],
  },
  {
    what: 'a constraint added since',
    sql: `UPDATE "Odd Tasks" SET note = 'long enough'; ALTER TABLE "Odd Tasks" ADD CONSTRAINT long_notes CHECK (length(note) > 5)`,
    expected: [['check-violated', 'public."Odd Tasks"', 'long_notes', 5, true]],
  },
  {
    what: 'a dropped partition',
    sql: `DROP TABLE events_25`,
    expected: [['partition-missing', 'public.events', 'partitions', 2, true]],
  },
];

describe.each(PG_VERSIONS)('conflicts on PostgreSQL %s', version => {
  it.each(CASES)('lists $what', async ({ sql, expected, request }) => {
    const f = await fixture(version);
    const staging = await f.stage();
    await f.db.query(sql);
    const before = await f.content();
    const preview = await f.preview(staging, request);
    expect(short(preview)).toEqual(expected);
    expect(preview.conflicts.every(conflict => !/u2@1|body 1/i.test(conflict.explanation))).toBe(true);
    await expect(refused(f, staging, request)).rejects.toMatchObject({ code: 'conflicts' });
    expect(await f.content()).toEqual(before);
  });

  it('reports a parent that belongs to another tenant, as it did at the target, and does not lock it', async () => {
    const f = await fixture(version);
    await f.db.query('UPDATE projects SET owner_id = 5 WHERE tenant_id = 1 AND id = 1');
    const staging = await f.stage();
    await f.db.query('UPDATE projects SET owner_id = NULL WHERE tenant_id = 1 AND id = 1');
    const [{ before }] = await f.db.query('SELECT xmax::text AS before FROM users WHERE id = 5');
    expect(short(await f.preview(staging))).toEqual([
      ['parent-of-another-tenant', 'public.projects', 'projects_owner_id_fkey', 1, false],
    ]);
    await f.restore(staging);
    expect(await f.db.query('SELECT xmax::text AS before FROM users WHERE id = 5')).toEqual([{ before }]);
    expect(await f.db.query('SELECT owner_id::int AS o FROM projects WHERE tenant_id = 1 AND id = 1')).toEqual([
      { o: 5 },
    ]);
  });

  it('reports which triggers fire, and suppresses the others', async () => {
    const f = await fixture(version);
    await f.db.query(`CREATE TABLE fired (name text);
      CREATE FUNCTION note_it() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO public.fired VALUES (TG_NAME); RETURN coalesce(NEW, OLD); END$$;
      CREATE TRIGGER ordinary BEFORE INSERT OR UPDATE OR DELETE ON comments FOR EACH ROW EXECUTE FUNCTION note_it();
      CREATE TRIGGER stubborn AFTER INSERT ON comments FOR EACH ROW EXECUTE FUNCTION note_it();
      ALTER TABLE comments ENABLE ALWAYS TRIGGER stubborn;
      CREATE RULE no_deletes AS ON DELETE TO comments DO INSTEAD NOTHING`);
    const staging = await f.stage();
    await f.db.query(`ALTER TABLE comments DISABLE RULE no_deletes; DELETE FROM comments WHERE id = 1; ALTER TABLE comments ENABLE RULE no_deletes;
      UPDATE comments SET body = 'x' WHERE id = 2; INSERT INTO comments VALUES (800, 1, 'new'); TRUNCATE fired`);
    const preview = await f.preview(staging);
    expect(preview.notes.filter(note => /fires$/.test(note.code)).map(note => note.text)).toEqual([
      'The trigger stubborn will fire: it is enabled for replicas. Its code seems to change rows: if those are rows of this restore, the restore is refused and rolled back.',
    ]);
    await f.restore(staging);
    expect(await f.db.query('SELECT name FROM fired')).toEqual([{ name: 'stubborn' }]);
    expect(await f.db.query('SELECT count(*)::int AS n FROM comments WHERE id IN (1, 2, 800)')).toEqual([{ n: 2 }]);
  });

  it('works for a role that cannot suppress triggers: breaks reference cycles, and reports that triggers fire', async () => {
    const sql = `
      CREATE TABLE tenants (id int PRIMARY KEY);
      CREATE TABLE a (id int PRIMARY KEY, tenant_id int NOT NULL, b_id int, next_id int REFERENCES a, k int UNIQUE);
      CREATE TABLE b (id int PRIMARY KEY, tenant_id int NOT NULL, a_id int NOT NULL REFERENCES a);
      ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b;
      INSERT INTO tenants VALUES (1), (2);
      INSERT INTO a SELECT i, 1, NULL, nullif(i - 1, 0), i FROM generate_series(1, 4) i; INSERT INTO b SELECT i, 1, i FROM generate_series(1, 4) i; UPDATE a SET b_id = id;
      CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN coalesce(NEW, OLD); END$$;
      CREATE TRIGGER seen BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION t()`;
    const model = modelOf([
      { kind: 'root', table: 'public.tenants', column: 'id' },
      ...['public.a', 'public.b'].map(table => ({ kind: 'direct', table, column: 'tenant_id' })),
    ]);
    const f = await fixture(version, sql, model, async db => {
      const role = await db.role('BYPASSRLS');
      await db.query(
        `GRANT CREATE ON DATABASE ${db.name} TO ${role.name}; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role.name}`,
      );
      return role.source;
    });
    const before = await f.content();
    const staging = await f.stage();
    const [{ role }] = await f.db.query(
      `SELECT rolname AS role FROM pg_roles WHERE rolbypassrls AND NOT rolsuper AND rolcanlogin ORDER BY oid DESC LIMIT 1`,
    );
    await f.db.query(
      `GRANT ALL ON SCHEMA ${staging.schema} TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA ${staging.schema} TO ${role}`,
    );
    await f.db.query(
      `UPDATE a SET b_id = NULL, next_id = NULL; DELETE FROM b; DELETE FROM a WHERE id <> 2; INSERT INTO a VALUES (9, 1, NULL, 2); INSERT INTO b VALUES (9, 1, 9); UPDATE a SET b_id = 9 WHERE id = 9`,
    );
    const preview = await f.preview(staging);
    expect(preview.triggersSuppressed).toBe(false);
    expect(preview.notes.filter(note => note.code === 'trigger-fires')).toHaveLength(1);
    expect(preview.conflicts).toEqual([]);
    await f.restore(staging);
    expect(await f.content()).toEqual(before);
    await f.db.query(
      'UPDATE a SET k = 10 WHERE id = 1; UPDATE a SET k = 1 WHERE id = 2; UPDATE a SET k = 2 WHERE id = 1',
    );
    expect(short(await f.preview(staging))).toEqual([['cycle-needs-privilege', 'public.a', 'unique keys', 2, true]]);
  });
});

async function refused(f: Fixture, staging: Awaited<ReturnType<Fixture['stage']>>, request: object = {}) {
  return compareAndApply(f.ctx, staging, await f.scope(staging, request), {
    ...{ ref: staging.ref, startedAt: f.ctx.clock.now(), chain: null },
    ...{ targetTime: null, planMs: 0, stageMs: 0 },
  });
}
