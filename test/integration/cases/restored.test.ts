/** "Restored" is said only when everything that was asked for is as it was: what is left out is named, or blocks. */
import { afterEach, describe, expect, it } from 'vitest';
import { isPartial } from '../../../lib/domain/restore-record.ts';
import { applyRestore } from '../../../lib/operations/restore/apply-restore.ts';
import { previewRestore } from '../../../lib/operations/restore/preview-restore.ts';
import { PG_VERSIONS, type PgVersion, testDatabase } from '../../support/postgres.ts';
import { type ProtectedDatabase, type ProtectOptions, protect, requestOf } from '../../support/protected-database.ts';

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

const SHOP = `
  CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL);
  CREATE TABLE folders (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, name text NOT NULL);
  CREATE TABLE docs (id int PRIMARY KEY, folder_id int NOT NULL REFERENCES folders, body text);
  CREATE TABLE notes (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, body text);
  INSERT INTO tenants VALUES (1, 'one'), (2, 'two');
  INSERT INTO folders VALUES (11, 1, 'a'), (12, 1, 'b'), (21, 2, 'c');
  INSERT INTO docs SELECT f.id * 10 + n, f.id, 'doc ' || n FROM folders f, generate_series(1, 3) n;
  INSERT INTO notes SELECT t.id * 10 + n, t.id, 'note ' || n FROM tenants t, generate_series(1, 3) n;`;

describe.each(PG_VERSIONS)('what is left out by name on PostgreSQL %s', version => {
  it('is neither compared nor written, and the result is partial', async () => {
    const world = await protectedWith(version, SHOP);
    const before = await world.moment();
    await world.db.query(
      `UPDATE docs SET body = 'ruined'; UPDATE notes SET body = 'ruined'; UPDATE folders SET name = 'ruined'`,
    );
    await world.ship();
    const request = requestOf('1', before.time, { exclude: ['folders', 'public.notes'] });
    const preview = await previewRestore(world.ctx, request);
    expect(preview.tables.map(({ table, updates }) => [table, updates])).toEqual([['public.docs', 6]]);
    expect(preview.notes.filter(note => note.code === 'left-out').map(note => note.table)).toEqual([
      'public.folders',
      'public.notes',
    ]);
    const { record } = await applyRestore(world.ctx, request);
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
    // What is asked for by name is not partial; what nobody asks for is not news.
    const asked = await applyRestore(world.ctx, requestOf('1', before.time, { tables: ['docs'] }));
    expect(isPartial(asked.record)).toBe(false);

    const refused = (more: object) => previewRestore(world.ctx, requestOf('1', before.time, more));
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

/** Each makes a table of the tenant one that cannot be brought back as a whole. */
const LOST: readonly { readonly how: string; readonly sql: string; readonly code: string; readonly table?: string }[] =
  [
    { how: 'dropped', sql: 'DROP TABLE notes', code: 'table-missing' },
    { how: 'renamed, and the model not told', sql: 'ALTER TABLE notes RENAME TO remarks', code: 'table-missing' },
    {
      how: 'moved to another schema',
      sql: 'CREATE SCHEMA attic; ALTER TABLE notes SET SCHEMA attic',
      code: 'table-missing',
    },
    {
      how: 'a view now',
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
      how: 'one that the backup does not have',
      sql: `CREATE TABLE later (id int PRIMARY KEY, tenant_id int); INSERT INTO later VALUES (1, 1)`,
      code: 'table-not-in-backup',
      table: 'public.later',
    },
  ];

describe.each(PG_VERSIONS)('a table that cannot be brought back on PostgreSQL %s', version => {
  it.each(LOST)('blocks when it is $how, and is left out by name', async ({ sql, code, table = 'public.notes' }) => {
    const world = await protectedWith(version, SHOP);
    const before = await world.moment();
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
    const refused = applyRestore(ctx, requestOf('1', before.time));
    await expect(refused).rejects.toMatchObject({
      code: 'conflicts',
      message: expect.stringContaining(`--exclude ${table}`),
      details: { conflicts: [expect.objectContaining({ code, table, blocking: true })] },
    });
    expect((await world.moment()).rows).toEqual(damaged.rows);
    const { record } = await applyRestore(ctx, requestOf('1', before.time, { exclude: [table] }));
    expect(record.excluded).toEqual([table]);
    const after = (await world.moment()).rows;
    expect(after.folders?.['1']).toEqual(before.rows.folders?.['1']);
    expect(after.docs).toEqual(before.rows.docs);
    if (table === 'public.notes') expect(after.notes).toEqual(damaged.rows.notes);
  });

  it('keeps what the audit log says unless it is named, brings back what is gone there, and counts what came later', async () => {
    const world = await protectedWith(
      version,
      `${SHOP} CREATE TABLE audit_log (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, what text);
       INSERT INTO audit_log SELECT n, n % 2 + 1, 'was ' || n FROM generate_series(1, 10) n`,
    );
    const before = await world.moment();
    await world.db.query(`INSERT INTO notes VALUES (700, 1, 'later'); INSERT INTO audit_log VALUES (70, 1, 'later');
      UPDATE audit_log SET what = 'edited' WHERE id = 2; DELETE FROM audit_log WHERE id = 4; UPDATE notes SET body = 'x' WHERE id = 11`);
    await world.ship();
    const preview = await previewRestore(world.ctx, requestOf('1', before.time));
    expect(preview.tables.map(t => [t.table, t.inserts, t.updates, t.deletes, t.bornAfter]).sort()).toEqual([
      ['public.audit_log', 1, 0, 0, undefined],
      ['public.notes', 0, 1, 1, 1],
    ]);
    expect(preview.notes.filter(note => note.code === 'kept').map(note => note.text.split(',')[0])).toEqual([
      'public.audit_log: 2 rows that differ are kept',
    ]);
    await applyRestore(world.ctx, requestOf('1', before.time));
    const kept = (await world.moment()).rows;
    expect(kept.notes).toEqual(before.rows.notes);
    expect(kept.audit_log?.['1']).toEqual([
      '(10,1,"was 10")',
      '(2,1,edited)',
      '(4,1,"was 4")',
      '(6,1,"was 6")',
      '(70,1,later)',
      '(8,1,"was 8")',
    ]);
    await applyRestore(world.ctx, requestOf('1', before.time, { components: ['audit'] }));
    expect((await world.moment()).rows).toEqual(before.rows);
  });
});
