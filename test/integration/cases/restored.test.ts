/** "Restored" is reported only when everything requested is as it was: what is left out is named, or blocks. */
import { afterEach, describe, expect, it } from 'vitest';
import { isPartial } from '../../../lib/domain/restore-record.ts';
import { tenantId } from '../../../lib/domain/tenant.ts';
import type { TenantModel } from '../../../lib/domain/tenant-model.ts';
import { previewTenant, runRestore } from '../../../lib/operations/restore/apply/run-restore.ts';
import { undoRequest } from '../../../lib/operations/restore/apply/undo-restore.ts';
import { scopeOf } from '../../../lib/operations/restore/plan/restore-scope.ts';
import { createMissingTables } from '../../../lib/operations/restore/stage/create-missing.ts';
import { eraseSubject } from '../../../lib/operations/retention/erase-subject.ts';
import { PG_VERSIONS, type PgVersion, testDatabase } from '../../support/postgres.ts';
import { type ProtectedDatabase, type ProtectOptions, protect, requestOf } from '../../support/protected-database.ts';
import { undoRestore } from '../../support/undo-restore.ts';

const open: ProtectedDatabase[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.dispose();
});

async function protectedWith(version: PgVersion, sql: string, options: ProtectOptions = {}) {
  const db = await testDatabase(version);
  await db.query(sql);
  const world = await protect(db, options);
  open.push(world);
  return world;
}

const asShared = (model: TenantModel, name: string): TenantModel => ({
  ...model,
  tables: [...model.tables.filter(({ table }) => table !== name), { kind: 'shared', table: name, component: 'data' }],
});

const SHOP = `
  CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL);
  CREATE TABLE folders (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, name text NOT NULL);
  CREATE TABLE docs (id int PRIMARY KEY, folder_id int NOT NULL REFERENCES folders, body text);
  CREATE TABLE notes (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, body text);
  INSERT INTO tenants VALUES (1, 'one'), (2, 'two');
  INSERT INTO folders VALUES (11, 1, 'a'), (12, 1, 'b'), (21, 2, 'c');
  INSERT INTO docs SELECT f.id * 10 + n, f.id, 'doc ' || n FROM folders f, generate_series(1, 3) n;
  INSERT INTO notes SELECT t.id * 10 + n, t.id, 'note ' || n FROM tenants t, generate_series(1, 3) n;`;

describe.each(PG_VERSIONS)('an excluded table on PostgreSQL %s', version => {
  it('is neither compared nor written, and the result is partial', async () => {
    const world = await protectedWith(version, SHOP);
    const before = await world.moment();
    await world.db.query(
      `UPDATE docs SET body = 'ruined'; UPDATE notes SET body = 'ruined'; UPDATE folders SET name = 'ruined'`,
    );
    await world.ship();
    const request = requestOf('1', before.time, { exclude: ['folders', 'public.notes'] });
    const preview = await previewTenant(world.ctx, request);
    expect(preview.tables.map(({ table, updates }) => [table, updates])).toEqual([['public.docs', 6]]);
    expect(preview.notes.filter(note => note.code === 'left-out').map(note => note.table)).toEqual([
      'public.folders',
      'public.notes',
    ]);
    const { record } = await runRestore(world.ctx, request);
    expect(isPartial(record)).toBe(true);
    expect(record.excluded).toEqual(['public.folders', 'public.notes']);
    expect(
      await world.db.query(
        `SELECT DISTINCT body FROM docs JOIN folders f ON f.id = folder_id WHERE tenant_id = 1 AND body = 'ruined'`,
      ),
    ).toEqual([]);
    expect(await world.db.query(`SELECT DISTINCT body FROM notes UNION SELECT name FROM folders`)).toEqual([
      { body: 'ruined' },
    ]);
    // A restore of selected tables is not partial; tables that were not requested are not reported.
    const asked = await runRestore(world.ctx, requestOf('1', before.time, { tables: ['docs'] }));
    expect(isPartial(asked.record)).toBe(false);

    const refused = (more: object) => previewTenant(world.ctx, requestOf('1', before.time, more));
    await expect(refused({ exclude: ['note'] })).rejects.toMatchObject({
      code: 'unknown-table',
      hint: expect.stringContaining('public.notes'),
    });
    await expect(refused({ tables: ['docs'], exclude: ['public.docs'] })).rejects.toMatchObject({
      code: 'bad-request',
    });
    await expect(refused({ exclude: ['docs', 'folders', 'notes', 'tenants'] })).rejects.toMatchObject({
      code: 'nothing-selected',
    });
  });
});

const asUndecided = (model: TenantModel, name: string): TenantModel => ({
  ...model,
  tables: [
    ...model.tables.filter(({ table }) => table !== name),
    { kind: 'undecided', table: name, component: 'data', pattern: 'leftover:*' },
  ],
});

describe.each(PG_VERSIONS)('a table without a backup on PostgreSQL %s', version => {
  it('blocks while its tenant is undecided, unless it is excluded; a table that the model does not name is reported', async () => {
    const world = await protectedWith(
      version,
      `${SHOP} CREATE TABLE keyed (code text PRIMARY KEY, tenant_id text GENERATED ALWAYS AS (split_part(code, ':', 1)) STORED, body text);
       INSERT INTO keyed (code, body) SELECT t || ':' || n, 'x' FROM generate_series(1, 2) t, generate_series(1, 3) n`,
      { review: model => asUndecided(asUndecided(model, 'public.notes'), 'public.keyed') },
    );
    const before = await world.moment();
    await world.db.query(
      `UPDATE docs SET body = 'ruined' WHERE id < 200; DELETE FROM notes; DELETE FROM keyed; CREATE TABLE newcomers (id int PRIMARY KEY, tenant_id int)`,
    );
    await world.ship();
    const request = requestOf('1', before.time);
    const preview = await previewTenant(world.ctx, request);
    expect(preview.conflicts.map(({ code, table, blocking }) => [code, table, blocking])).toEqual([
      ['table-undecided', 'public.notes', true],
      ['table-undecided', 'public.keyed', true],
    ]);
    expect(preview.conflicts[0]!.explanation).toMatch(/--answer 'leftover:\*=….*--exclude public\.notes/);
    const damaged = await world.moment();
    await expect(runRestore(world.ctx, request)).rejects.toMatchObject({
      code: 'conflicts',
      message: expect.stringMatching(/public\.notes.*public\.keyed/),
    });
    await expect(runRestore(world.ctx, { ...request, exclude: ['notes'] })).rejects.toMatchObject({
      details: { conflicts: [expect.objectContaining({ table: 'public.keyed' })] },
    });
    await expect(runRestore(world.ctx, requestOf('1', before.time, { components: ['data'] }))).rejects.toMatchObject({
      code: 'conflicts',
    });
    expect((await world.moment()).rows).toEqual(damaged.rows);
    // Explicitly selected tables do not concern them.
    const asked = await runRestore(world.ctx, requestOf('1', before.time, { tables: ['folders'] }));
    expect(asked.record.notes.filter(note => note.code === 'table-unprotected')).toEqual([]);
    const { record } = await runRestore(world.ctx, requestOf('1', before.time, { exclude: ['notes', 'public.keyed'] }));
    expect(record.excluded).toEqual(['public.keyed', 'public.notes']);
    expect(isPartial(record)).toBe(true);
    expect(record.notes.filter(note => note.code === 'table-unprotected').map(note => note.table)).toEqual([
      'public.newcomers',
    ]);
    const after = (await world.moment()).rows;
    expect([after.docs, after.notes]).toEqual([before.rows.docs, damaged.rows.notes]);
    await world.ship();
    const undone = await undoRestore(world.ctx, tenantId('1'), record.id, { requestedBy: 'test' });
    expect(isPartial(undone.record)).toBe(false);
    expect((await world.moment()).rows).toEqual(damaged.rows);
  });
});

/** Types with several spellings of equal values: the key in the row, and as typed. */
const SPELLINGS = [
  { type: 'numeric', stored: '1.0', typed: '1', other: '1.5' },
  { type: 'numeric', stored: '20', typed: '20.00', other: '2' },
  { type: 'numeric(8,3)', stored: '7', typed: '7', other: '70' },
  { type: 'citext', stored: 'Ada@Example.com', typed: 'ADA@example.COM', other: 'bob@example.com' },
  { type: 'char(6)', stored: 'ab', typed: 'ab ', other: 'abc' },
  { type: 'float8', stored: '-0', typed: '0', other: '1' },
  {
    type: 'uuid',
    stored: 'aaaaaaaa-0000-4000-8000-000000000001',
    typed: 'AAAAAAAA-0000-4000-8000-000000000001',
    other: 'aaaaaaaa-0000-4000-8000-000000000002',
  },
];

describe.each(PG_VERSIONS)('an erasure on PostgreSQL %s', version => {
  it('applies to the row that the database finds by the key, however it is spelled', async () => {
    const tables = SPELLINGS.map(
      ({ type, stored, other }, n) =>
        `CREATE TABLE k${n} (id ${type} PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, body text);
         INSERT INTO k${n} VALUES ('${stored}', 1, 'subject'), ('${other}', 1, 'other');`,
    );
    const world = await protectedWith(version, `CREATE EXTENSION citext; ${SHOP} ${tables.join(' ')}`);
    const before = await world.moment();
    for (const [n, { typed }] of SPELLINGS.entries())
      await eraseSubject(world.ctx, tenantId('1'), {
        ...{ table: `public.k${n}`, keys: [[typed]], requestedBy: 'test', reason: 'test' },
      });
    for (const n of SPELLINGS.keys()) await world.db.query(`DELETE FROM k${n}`);
    await world.ship();
    await runRestore(world.ctx, requestOf('1', before.time));
    for (const [n, { type, stored }] of SPELLINGS.entries()) {
      const rows = await world.db.query(`SELECT body FROM k${n}`);
      expect({ type, stored, rows }).toEqual({ type, stored, rows: [{ body: 'other' }] });
    }
  });
});

/** Each makes a table of the tenant one that cannot be restored completely. */
const LOST: readonly { readonly how: string; readonly sql: string; readonly code: string; readonly table?: string }[] =
  [
    { how: 'dropped', sql: 'DROP TABLE notes', code: 'table-missing' },
    { how: 'renamed, but not in the model', sql: 'ALTER TABLE notes RENAME TO remarks', code: 'table-missing' },
    {
      how: 'moved to another schema',
      sql: 'CREATE SCHEMA attic; ALTER TABLE notes SET SCHEMA attic',
      code: 'table-missing',
    },
    {
      how: 'replaced by a view',
      sql: 'ALTER TABLE notes RENAME TO remarks; CREATE VIEW notes AS TABLE remarks',
      code: 'table-missing',
    },
    {
      how: 'without its key',
      sql: `DO $$ DECLARE i regclass; BEGIN ALTER TABLE notes REPLICA IDENTITY FULL; ALTER TABLE notes DROP CONSTRAINT notes_pkey;
      FOR i IN SELECT indexrelid FROM pg_index WHERE indrelid = 'notes'::regclass LOOP EXECUTE format('DROP INDEX %s', i); END LOOP; END $$`,
      code: 'table-without-key',
    },
    {
      how: 'missing from the backup',
      sql: `CREATE TABLE later (id int PRIMARY KEY, tenant_id int); INSERT INTO later VALUES (1, 1)`,
      code: 'table-not-in-backup',
      table: 'public.later',
    },
  ];

describe.each(PG_VERSIONS)('a table that cannot be restored on PostgreSQL %s', version => {
  it.each(LOST)('blocks when it is $how, and can be excluded', async ({ sql, code, table = 'public.notes' }) => {
    const world = await protectedWith(version, SHOP);
    const before = await world.moment();
    await world.ship();
    await world.db.query(
      `UPDATE folders SET name = 'ruined'; DELETE FROM docs WHERE id < 120; DELETE FROM notes WHERE id = 11`,
    );
    await world.db.query(sql);
    await world.ship();
    const later = { kind: 'direct' as const, table: 'public.later', column: 'tenant_id', component: 'data' as const };
    const { model } = world.ctx;
    const ctx =
      code !== 'table-not-in-backup'
        ? world.ctx
        : { ...world.ctx, model: { ...model, tables: [...model.tables, later] } };
    const damaged = await world.moment();
    const refused = runRestore(ctx, requestOf('1', before.time));
    await expect(refused).rejects.toMatchObject({
      code: 'conflicts',
      message: expect.stringContaining(`--exclude ${table}`),
      details: { conflicts: [expect.objectContaining({ code, table, blocking: true })] },
    });
    expect((await world.moment()).rows).toEqual(damaged.rows);
    const { record } = await runRestore(ctx, requestOf('1', before.time, { exclude: [table] }));
    expect(record.excluded).toEqual([table]);
    const after = (await world.moment()).rows;
    expect(after.folders?.['1']).toEqual(before.rows.folders?.['1']);
    expect(after.docs).toEqual(before.rows.docs);
    if (table === 'public.notes') expect(after.notes).toEqual(damaged.rows.notes);
  });

  it('is created again from the schema of the backup, and filled', async () => {
    const world = await protectedWith(
      version,
      `${SHOP} CREATE TYPE mood AS ENUM ('fine', 'sad'); CREATE FUNCTION why() RETURNS text LANGUAGE sql AS $$SELECT 'because'$$;
       CREATE TABLE entries (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, no serial, tenant_id int NOT NULL REFERENCES tenants, doc_id int REFERENCES docs,
         title varchar(20) DEFAULT 'none', mood mood DEFAULT 'fine', reason text DEFAULT why(), big text GENERATED ALWAYS AS (upper(title)) STORED, UNIQUE (tenant_id, title));
       INSERT INTO entries (tenant_id, doc_id, title) SELECT t, 100 * t + 11, 'entry ' || n FROM generate_series(1, 2) t, generate_series(1, 3) n WHERE t = 1;
       CREATE UNIQUE INDEX ON entries (tenant_id, no) WHERE mood = 'sad';
       CREATE TABLE remarks (id int PRIMARY KEY, tenant_id int NOT NULL, entry_id int REFERENCES entries); INSERT INTO remarks VALUES (1, 1, 1)`,
    );
    await world.db.query(`UPDATE entries SET title = 'changed' WHERE id = 1`);
    const before = await world.moment();
    await world.ship();
    await world.db.query('DROP TABLE entries CASCADE');
    await world.ship();
    const request = requestOf('1', before.time);
    await expect(runRestore(world.ctx, request)).rejects.toMatchObject({
      details: { conflicts: [expect.objectContaining({ code: 'table-missing', table: 'public.entries' })] },
    });
    await world.db.query('CREATE ROLE keeper_of_entries');
    const { created, unknown } = await createMissingTables(world.ctx, scopeOf(request), 'keeper_of_entries');
    expect(created).toEqual(['public.entries']);
    expect(unknown.filter(text => /reason|remarks/.test(text))).toHaveLength(2);
    await runRestore(world.ctx, request);
    expect((await world.moment()).rows).toEqual(before.rows);
    const [{ owner }] = await world.db.query(`SELECT tableowner AS owner FROM pg_tables WHERE tablename = 'entries'`);
    expect(owner).toBe('keeper_of_entries');
    const [next] = await world.db.query(
      `INSERT INTO entries (tenant_id) VALUES (1) RETURNING id > 3 AND no > 3 AS free, title, mood, reason`,
    );
    expect(next).toEqual({ free: true, title: 'none', mood: 'fine', reason: null });
    await world.db.query('DROP TABLE entries CASCADE; DROP ROLE keeper_of_entries');
  });

  it('keeps rows of the audit log unless it is selected, restores missing ones, and counts later ones', async () => {
    const world = await protectedWith(
      version,
      `${SHOP} CREATE TABLE audit_log (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, what text);
       INSERT INTO audit_log SELECT n, n % 2 + 1, 'was ' || n FROM generate_series(1, 10) n`,
    );
    const before = await world.moment();
    await world.db.query(`INSERT INTO notes VALUES (700, 1, 'later'); INSERT INTO audit_log VALUES (70, 1, 'later');
      UPDATE audit_log SET what = 'edited' WHERE id = 2; DELETE FROM audit_log WHERE id = 4; UPDATE notes SET body = 'x' WHERE id = 11`);
    await world.ship();
    const preview = await previewTenant(world.ctx, requestOf('1', before.time));
    expect(preview.tables.map(t => [t.table, t.inserts, t.updates, t.deletes, t.bornAfter]).sort()).toEqual([
      ['public.audit_log', 1, 1, 0, undefined],
      ['public.notes', 0, 1, 1, 1],
    ]);
    expect(preview.notes.filter(note => note.code === 'kept').map(note => note.text.split('. ')[0])).toEqual([
      'later rows are kept, because the table belongs to the audit component (rows: 1)',
    ]);
    await runRestore(world.ctx, requestOf('1', before.time));
    const kept = (await world.moment()).rows;
    expect(kept.notes).toEqual(before.rows.notes);
    expect(kept.audit_log?.['1']).toEqual([
      '(10,1,"was 10")',
      '(2,1,"was 2")',
      '(4,1,"was 4")',
      '(6,1,"was 6")',
      '(70,1,later)',
      '(8,1,"was 8")',
    ]);
    await runRestore(world.ctx, requestOf('1', before.time, { components: ['audit'] }));
    expect((await world.moment()).rows).toEqual(before.rows);
  });
});

describe.each(PG_VERSIONS)('a restore elsewhere on PostgreSQL %s', version => {
  const sql = `CREATE TABLE tenants (id int PRIMARY KEY, name text); CREATE TABLE currencies (code text PRIMARY KEY);
    CREATE TABLE accounts (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, parent int REFERENCES accounts,
      email text NOT NULL UNIQUE, handle varchar(40), currency text NOT NULL REFERENCES currencies, no int, UNIQUE (tenant_id, no));
    CREATE UNIQUE INDEX handles ON accounts (lower(handle));
    INSERT INTO tenants VALUES (1, 'one'), (2, 'two'); INSERT INTO currencies VALUES ('EUR');
    INSERT INTO accounts (tenant_id, email, handle, currency, no) SELECT t, n || '@' || t, nullif('H' || n || t, 'H11'), 'EUR', n FROM generate_series(1, 2) t, generate_series(1, 3) n;
    UPDATE accounts SET parent = id - 1 WHERE no > 1`;
  const hints = { review: (model: TenantModel) => asShared(model, 'public.currencies') };

  it('as a new tenant maps unique columns by a rule, and lists those that need one', async () => {
    const world = await protectedWith(version, sql, hints);
    const now = await world.moment();
    await world.ship();
    const as = (more: object = {}) => runRestore(world.ctx, requestOf('1', now.time, { asTenant: '7', ...more }));
    const refused = await as().catch(error => error);
    expect(refused).toMatchObject({
      code: 'conflicts',
      message: expect.stringContaining("--map 'public.accounts.email={}-{tenant}'"),
    });
    expect(refused.message).toContain("--map 'public.accounts.handle={}-{tenant}'");
    await expect(as({ mapped: { accounts: { mail: '{}' } } })).rejects.toMatchObject({ code: 'unknown-column' });
    await as({ mapped: { accounts: { email: '{tenant}+{}', handle: "{}'{tenant}" } } });
    expect((await world.moment()).rows.accounts?.['1']).toEqual(now.rows.accounts?.['1']);
    expect(
      await world.db.query(
        `SELECT c.email, c.handle, p.email AS parent FROM accounts c LEFT JOIN accounts p ON p.id = c.parent WHERE c.tenant_id = 7 ORDER BY c.no`,
      ),
    ).toEqual([
      { email: '7+1@1', handle: null, parent: null },
      { email: '7+2@1', handle: "H21'7", parent: '7+1@1' },
      { email: '7+3@1', handle: "H31'7", parent: '7+2@1' },
    ]);
  });

  it('into another database lists the shared tables or rows that it needs first', async () => {
    const world = await protectedWith(version, sql, hints);
    const now = await world.moment();
    await world.ship();
    const other = await testDatabase(version);
    try {
      const into = (more: object = {}) => runRestore(world.ctx, requestOf('1', now.time, { into: other.url, ...more }));
      await other.query('CREATE TABLE currencies (code text PRIMARY KEY)');
      await expect(into()).rejects.toMatchObject({
        code: 'conflicts',
        message: expect.stringContaining('pg_dump --data-only --table=public.currencies'),
      });
      await other.query('DROP TABLE accounts, currencies, tenants CASCADE');
      const { record } = await into();
      expect(record.notes.filter(note => note.text.includes('public.currencies is not in that database'))).toHaveLength(
        1,
      );
      expect(await other.query('SELECT count(*)::int AS n FROM accounts')).toEqual([{ n: 3 }]);
    } finally {
      await other.drop();
    }
  });
});

describe.each(PG_VERSIONS)('an undo on PostgreSQL %s', version => {
  it('reverts what the restore wrote and keeps later changes, or reverts everything with exact', async () => {
    const world = await protectedWith(version, SHOP);
    const { db, ctx } = world;
    const good = await world.moment();
    await db.query(`UPDATE notes SET body = 'work' WHERE tenant_id = 1; DELETE FROM docs WHERE folder_id = 11; DELETE FROM folders WHERE id = 11;
      INSERT INTO notes VALUES (91, 1, 'new'), (92, 1, 'new'); INSERT INTO folders VALUES (13, 1, 'new')`);
    await world.ship();
    const { record } = await runRestore(ctx, requestOf('1', good.time));
    // Since the restore: one of its rows changed, one came with rows that refer to it, a row that it had not touched, a new one.
    await db.query(`UPDATE notes SET body = 'since' WHERE id = 11; UPDATE folders SET name = 'since' WHERE id = 12;
      DELETE FROM docs WHERE id = 111; INSERT INTO docs VALUES (99, 11, 'since'); INSERT INTO notes VALUES (93, 1, 'since')`);
    await world.ship();
    const who = { requestedBy: 'test' };
    const request = await undoRequest(ctx, tenantId('1'), record.id, who);
    const preview = await previewTenant(ctx, request);
    expect(preview.conflicts.map(({ code, table, count, blocking }) => [code, table, count, blocking]).sort()).toEqual([
      ['changed-since', 'public.folders', 1, false],
      ['changed-since', 'public.notes', 1, false],
    ]);
    const bodies = async () =>
      (await db.query(`SELECT string_agg(id || body, ' ' ORDER BY id) AS all FROM notes WHERE tenant_id = 1`))[0].all;
    const exact = await previewTenant(ctx, await undoRequest(ctx, tenantId('1'), record.id, { ...who, exact: true }));
    const undone = await undoRestore(ctx, tenantId('1'), record.id, who);
    expect(await bodies()).toBe('11since 12work 13work 91new 92new 93since');
    expect(
      (await db.query(`SELECT id, name FROM folders WHERE tenant_id = 1 ORDER BY id`)).map(row => [row.id, row.name]),
    ).toEqual([
      [11, 'a'],
      [12, 'since'],
      [13, 'new'],
    ]);
    expect((await db.query('SELECT id FROM docs WHERE folder_id = 11')).map(row => row.id)).toEqual([99]);
    expect(undone.record.conflicts).toHaveLength(2);
    // Exact also removes the later rows, and reports it.
    expect(exact.conflicts).toEqual([]);
    expect(exact.totals.rows).toBeGreaterThan(preview.totals.rows);
    expect(exact.tables.find(({ table }) => table === 'public.notes')?.bornAfter).toBe(1);
  });
});

it.each(PG_VERSIONS)(
  'unique values that rows exchanged are restored without deleting a row, for a role that cannot suppress triggers on PostgreSQL %s',
  async version => {
    const world = await protectedWith(
      version,
      `CREATE TABLE tenants (id int PRIMARY KEY);
       CREATE TABLE addresses (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, is_default bool NOT NULL, label text);
       CREATE UNIQUE INDEX one_default ON addresses (tenant_id) WHERE is_default; CREATE UNIQUE INDEX ON addresses (tenant_id, lower(label));
       CREATE TABLE orders (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, address_id int REFERENCES addresses ON DELETE CASCADE);
       INSERT INTO tenants VALUES (1), (2); INSERT INTO addresses SELECT n, 1, n = 1, 'L' || n FROM generate_series(1, 4) n; INSERT INTO orders SELECT n, 1, n FROM generate_series(1, 4) n`,
    );
    const { db, ctx } = world;
    const role = await db.role('BYPASSRLS');
    await db.query(
      `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role.name}; GRANT CREATE ON DATABASE ${db.name} TO ${role.name}`,
    );
    const before = await world.moment();
    await db.query(`UPDATE addresses SET is_default = false; UPDATE addresses SET is_default = true WHERE id = 3;
      UPDATE addresses SET label = 'x' WHERE id = 2; UPDATE addresses SET label = 'l2' WHERE id = 4`);
    await world.ship();
    await runRestore({ ...ctx, source: role.source }, requestOf('1', before.time));
    expect((await world.moment()).rows).toEqual(before.rows);
    await db.query(
      `UPDATE addresses SET label = 'x' WHERE id = 2; UPDATE addresses SET label = 'l2' WHERE id = 4; UPDATE addresses SET label = 'l4' WHERE id = 2`,
    );
    await world.ship();
    await expect(runRestore({ ...ctx, source: role.source }, requestOf('1', before.time))).rejects.toMatchObject({
      message: expect.stringContaining('Grant SET ON PARAMETER session_replication_role'),
    });
    await world.restoreTo(before, '1');
  },
);

it('restores temporal keys and the rows that refer to their periods on PostgreSQL 18', async () => {
  const world = await protectedWith(
    18,
    `CREATE EXTENSION btree_gist; CREATE TABLE tenants (id int PRIMARY KEY);
     CREATE TABLE rates (tenant_id int NOT NULL REFERENCES tenants, code int, valid daterange, price int, PRIMARY KEY (tenant_id, code, valid WITHOUT OVERLAPS));
     CREATE TABLE uses (tenant_id int NOT NULL REFERENCES tenants, id int, code int, valid daterange, PRIMARY KEY (tenant_id, id),
       FOREIGN KEY (tenant_id, code, PERIOD valid) REFERENCES rates (tenant_id, code, PERIOD valid));
     INSERT INTO tenants VALUES (1), (2);
     INSERT INTO rates SELECT t, c, daterange(date '2026-01-01' + 100 * n, date '2026-01-01' + 100 * n + 100), n FROM generate_series(1, 2) t, generate_series(1, 3) c, generate_series(0, 2) n;
     INSERT INTO uses SELECT t, n, n, daterange(date '2026-02-01', date '2026-06-01') FROM generate_series(1, 2) t, generate_series(1, 3) n`,
  );
  const before = await world.moment();
  await world.db.query(`DELETE FROM uses WHERE tenant_id = 1 AND id < 3; DELETE FROM rates WHERE tenant_id = 1 AND code < 3;
    INSERT INTO rates VALUES (1, 1, '[2026-01-15,2027-01-01)', 99), (1, 2, '[2026-01-01,2026-04-11)', 98), (1, 9, '[2026-01-01,2027-01-01)', 97);
    INSERT INTO uses VALUES (1, 9, 9, '[2026-03-01,2026-09-01)')`);
  await world.ship();
  const only = requestOf('1', before.time, { tables: ['uses'], exclude: ['rates'] });
  await expect(runRestore(world.ctx, only)).rejects.toMatchObject({
    details: { conflicts: [expect.objectContaining({ code: 'missing-parent', count: 1 })] },
  });
  await world.restoreTo(before, '1');
});

/** Code of the application that runs on writes, with names as its own sessions spell them. */
const CODE = `
  CREATE SCHEMA app; SET search_path = app;
  CREATE TABLE tenants (id int PRIMARY KEY);
  CREATE TABLE kinds (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, type text NOT NULL);
  CREATE FUNCTION has_kind(k int, t text) RETURNS boolean LANGUAGE sql AS 'SELECT EXISTS (SELECT 1 FROM kinds WHERE id = k AND type = t)';
  CREATE FUNCTION has_rule(k int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN EXISTS (SELECT 1 FROM rules WHERE id = k); END';
  CREATE FUNCTION norm(t text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower(t)';
  CREATE FUNCTION norm2(t text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN norm(t); END';
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM 1 FROM kinds; RETURN NEW; END$$;
  CREATE TABLE members (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, kind_id int NOT NULL REFERENCES kinds ON DELETE CASCADE,
    CONSTRAINT kind_fits CHECK (has_kind(kind_id, 'user')));
  CREATE TABLE about_rules (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, rule int, CONSTRAINT rule_is CHECK (has_rule(rule)));
  CREATE TABLE rules (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants);
  CREATE TABLE docs (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, body text, plain text GENERATED ALWAYS AS (norm2(body)) STORED UNIQUE);
  CREATE UNIQUE INDEX ON docs (norm2(body), tenant_id);
  CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION touch();
  INSERT INTO tenants VALUES (1), (2); INSERT INTO kinds VALUES (1, 1, 'user'), (2, 2, 'user'); INSERT INTO members VALUES (1, 1, 1), (2, 2, 2);
  INSERT INTO rules VALUES (1, 1), (2, 2); INSERT INTO about_rules VALUES (1, 1, 1), (2, 2, 2);
  INSERT INTO docs VALUES (1, 1, 'ABC'), (2, 1, 'DEF'), (3, 2, 'GHI')`;

describe.each(PG_VERSIONS)('code of the application on PostgreSQL %s', version => {
  it.each([
    ['that can suppress triggers', (name: string) => `GRANT SET ON PARAMETER session_replication_role TO ${name}`],
    ['that cannot suppress triggers', () => 'SELECT 1'],
  ])('finds its names and its rows for a role %s', async (_, grant) => {
    const db = await testDatabase(version);
    await db.query(`${CODE}; SET search_path = public`);
    await db.query(`ALTER DATABASE ${db.name} SET search_path = app`);
    const owners = Object.fromEntries(
      ['kinds', 'members', 'about_rules', 'rules', 'docs'].map(table => [`app.${table}`, 't.tenant_id::text']),
    );
    const role = await db.role('BYPASSRLS REPLICATION');
    await db.query(
      `GRANT ALL ON SCHEMA app TO ${role.name}; GRANT ALL ON ALL TABLES IN SCHEMA app TO ${role.name}; GRANT CREATE ON DATABASE ${db.name} TO ${role.name}`,
    );
    await db.query(grant(role.name));
    const world = await protect(db, { owners: { ...owners, 'app.tenants': 't.id::text' } });
    open.push(world);
    const before = await world.moment();
    await db.query(`SET search_path = app; DELETE FROM members; DELETE FROM kinds; DELETE FROM about_rules; DELETE FROM rules; DELETE FROM docs WHERE id = 3;
      UPDATE docs SET body = 'x' WHERE id = 1; UPDATE docs SET body = 'abc' WHERE id = 2; UPDATE docs SET body = 'def' WHERE id = 1; SET search_path = public`);
    await world.ship();
    const ctx = { ...world.ctx, source: role.source };
    const preview = await previewTenant(ctx, requestOf('1', before.time));
    expect(preview.conflicts).toEqual([]);
    expect(
      preview.notes
        .filter(note => note.code === 'not-checked')
        .map(note => note.table)
        .sort(),
    ).toEqual(['app.about_rules', 'app.members']);
    await runRestore(ctx, requestOf('1', before.time));
    expect(await db.query('SELECT * FROM app.docs WHERE tenant_id = 1 ORDER BY id')).toEqual([
      { id: 1, tenant_id: 1, body: 'ABC', plain: 'abc' },
      { id: 2, tenant_id: 1, body: 'DEF', plain: 'def' },
    ]);
    expect(await db.query('SELECT count(*)::int AS n FROM app.members JOIN app.about_rules USING (id)')).toEqual([
      { n: 1 },
    ]);
    // A constraint that only excluded rows could satisfy is refused by name, and nothing is written.
    await db.query('DELETE FROM app.about_rules; DELETE FROM app.rules');
    await world.ship();
    await expect(runRestore(ctx, requestOf('1', before.time, { exclude: ['rules'] }))).rejects.toMatchObject({
      code: 'check-refused',
      details: { constraint: 'rule_is' },
    });
  });
});
