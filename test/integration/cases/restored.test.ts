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
