/** The live schema has changed since the backup: what fits is restored, the rest is reported. */
import { describe, expect, it } from 'vitest';
import { PG_VERSIONS } from '../support/postgres.ts';
import { fixture } from '../support/restore-fixture.ts';

const notes = (list: { code: string; text: string }[]) => list.map(note => `${note.code}: ${note.text}`).sort();

describe.each(PG_VERSIONS)('a changed schema on PostgreSQL %s', version => {
  it('keeps the values of a new column, gives restored rows its default, follows a rename, drops a lost column', async () => {
    const f = await fixture(version);
    const staging = await f.stage();
    await f.db.query(`
      ALTER TABLE "Odd Tasks" RENAME COLUMN note TO "re: mark"; ALTER TABLE "Odd Tasks" ADD stars int DEFAULT 3; ALTER TABLE "Odd Tasks" DROP "Due ""Day";
      UPDATE "Odd Tasks" SET stars = 9, "re: mark" = 'ruined' WHERE id = 2; DELETE FROM comments WHERE task_id = 1; DELETE FROM "Odd Tasks" WHERE id = 1`);
    const preview = await f.preview(staging);
    expect(notes(preview.notes)).toEqual([
      'column-gained: public."Odd Tasks" has the new column stars: existing rows keep their value, restored rows get its default.',
      'column-lost: public."Odd Tasks": Due "Day no longer exists; its values are not restored.',
      'column-renamed: public."Odd Tasks": note is now re: mark.',
    ]);
    await f.restore(staging);
    expect(await f.db.query(`SELECT id, "re: mark" AS note, stars FROM "Odd Tasks" WHERE id < 3 ORDER BY id`)).toEqual([
      { id: 1, note: 'note', stars: 3 },
      { id: 2, note: 'note', stars: 9 },
    ]);
  });

  it('keeps the value of a new column also where rows swap unique values', async () => {
    const f = await fixture(version);
    const staging = await f.stage();
    await f.db.query(
      `ALTER TABLE users ADD nick text; UPDATE users SET nick = 'n' || id; UPDATE users SET email = 'tmp' WHERE id = 1; UPDATE users SET email = 'u1@1' WHERE id = 2; UPDATE users SET email = 'u2@1' WHERE id = 1`,
    );
    await f.restore(staging);
    expect(await f.db.query('SELECT id::int, email, nick FROM users WHERE id < 3 ORDER BY id')).toEqual([
      { id: 1, email: 'u1@1', nick: 'n1' },
      { id: 2, email: 'u2@1', nick: 'n2' },
    ]);
  });

  it('converts a retyped column and a type that is text in staging', async () => {
    const f = await fixture(version);
    const staging = await f.stage('1', { asText: { 'public.projects': ['state'] } });
    await f.db.query(
      `UPDATE projects SET state = 'done', amount = 7 WHERE tenant_id = 1 AND id = 1; ALTER TABLE projects ALTER amount TYPE text; ALTER TABLE projects ALTER COLUMN id TYPE bigint`,
    );
    const preview = await f.preview(staging);
    expect(preview.conflicts).toEqual([]);
    expect(preview.notes.map(note => note.code)).toEqual(['column-retyped', 'column-retyped']);
    expect(preview.totals).toEqual({ inserts: 0, updates: 1, deletes: 0, rows: 1 });
    await f.restore(staging);
    expect(await f.db.query(`SELECT state, amount FROM projects WHERE tenant_id = 1 AND id = 1`)).toEqual([
      { state: 'open', amount: '1.50' },
    ]);
  });

  it('reports a conversion that changes a value', async () => {
    const f = await fixture(version);
    await f.db.query('UPDATE projects SET amount = 1.25 WHERE tenant_id = 1 AND id = 1');
    const staging = await f.stage();
    await f.db.query(
      `ALTER TABLE projects ALTER amount TYPE numeric(6,1); UPDATE projects SET amount = 5 WHERE tenant_id = 1`,
    );
    const preview = await f.preview(staging);
    expect(preview.conflicts.map(({ code, count, blocking }) => [code, count, blocking])).toEqual([
      ['lossy-cast', 5, false],
    ]);
  });

  it('finds a renamed table, and reports what was added, lost or has no key', async () => {
    const f = await fixture(version);
    const staging = await f.stage();
    await f.db.query(`ALTER TABLE comments RENAME TO remarks; DROP TABLE right_side CASCADE; ALTER TABLE events DROP CONSTRAINT events_pkey; CREATE TABLE extra (id int PRIMARY KEY, tenant_id int);
      DELETE FROM remarks WHERE id = 1`);
    const model = {
      ...f.ctx.model,
      tables: [
        ...f.ctx.model.tables.map(table =>
          table.table === 'public.comments' ? { ...table, table: 'public.remarks' } : table,
        ),
        { kind: 'direct' as const, table: 'public.extra', column: 'tenant_id', component: 'data' as const },
      ],
    };
    Object.assign(f.ctx, { model });
    const preview = await f.preview(staging);
    expect(preview.notes.map(note => [note.code, note.table])).toEqual([
      ['table-renamed', 'public.remarks'],
      ['table-added', 'public.extra'],
    ]);
    expect(preview.conflicts.map(({ code, table, blocking }) => [code, table, blocking])).toEqual([
      ['table-without-key', 'public.events', true],
      ['table-missing', 'public.right_side', true],
    ]);
    await f.restore(staging);
    expect(await f.db.query('SELECT body FROM remarks WHERE id = 1')).toEqual([{ body: 'body 1' }]);
  });

  it('restores through row-level security, and refuses a role that a policy hides rows from', async () => {
    const f = await fixture(version);
    const before = await f.content();
    await f.db.query(
      'ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE users FORCE ROW LEVEL SECURITY; CREATE POLICY none ON users USING (false)',
    );
    const staging = await f.stage();
    await f.db.query(`UPDATE users SET email = 'x' WHERE id = 1`);
    await f.restore(staging);
    expect(await f.content()).toEqual(before);
    const role = await f.db.role();
    const fresh = await f.stage();
    await f.db.query(
      `GRANT ALL ON SCHEMA ${fresh.schema} TO ${role.name}; GRANT SELECT ON ALL TABLES IN SCHEMA public, ${fresh.schema} TO ${role.name}`,
    );
    await expect(f.preview({ ...fresh, source: role.source })).rejects.toMatchObject({ code: 'row-security' });
  });
});
