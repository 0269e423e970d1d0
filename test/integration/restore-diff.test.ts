/** What the preview finds and the apply does, in place, on every server version. */
import { describe, expect, it } from 'vitest';
import { PG_VERSIONS } from '../support/postgres.ts';
import { fixture } from '../support/restore-fixture.ts';

const ACCIDENT = `
  DELETE FROM comments WHERE id IN (1, 2);
  DELETE FROM "Odd Tasks" WHERE id = 1;
  UPDATE "Odd Tasks" SET note = 'ruined', "Due ""Day" = NULL WHERE id = 3;
  UPDATE projects SET title = 'X' || title, raw = '{"b": 2}', spot = '(3,4)', amount = 1.5, tags = NULL, state = 'done' WHERE tenant_id = 1 AND id = 4;
  INSERT INTO users (tenant_id, email) VALUES (1, 'new@1');
  INSERT INTO projects (tenant_id, title, owner_id) SELECT 1, 'unwanted', max(id) FROM users;
  DELETE FROM events WHERE tenant_id = 1 AND at < '2026-01-01';
  UPDATE events SET at = at + 100 WHERE tenant_id = 1 AND at = '2026-01-02';
  UPDATE users SET manager_id = NULL WHERE tenant_id = 1;
  BEGIN; DELETE FROM right_side WHERE tenant_id = 1; DELETE FROM left_side WHERE tenant_id = 1; COMMIT;
  UPDATE tenants SET name = 'wiped' WHERE id = 1;`;

describe.each(PG_VERSIONS)('restoring in place on PostgreSQL %s', version => {
  it('puts every table back as it was, and leaves the other tenants alone', async () => {
    const f = await fixture(version);
    const before = await f.content();
    const staging = await f.stage();
    await f.db.query(ACCIDENT);
    const preview = await f.preview(staging);
    expect(preview.conflicts.filter(conflict => conflict.blocking)).toEqual([]);
    expect(Object.fromEntries(preview.tables.map(t => [t.table, [t.inserts, t.updates, t.deletes]]))).toEqual({
      'public.tenants': [0, 1, 0],
      'public.users': [0, 3, 1],
      'public.projects': [0, 1, 1],
      'public."Odd Tasks"': [1, 1, 0],
      'public.comments': [2, 0, 0],
      'public.events': [3, 0, 1],
      'public.left_side': [1, 0, 0],
      'public.right_side': [1, 0, 0],
    });
    const applied = await f.restore(staging);
    expect(applied.proof).toEqual({ left: {}, brokenReferences: 0 });
    expect(await f.content()).toEqual(before);
    const again = await f.preview(staging);
    expect(again.totals.rows).toBe(0);
  });

  it('notices a json text, a point and a numeric scale that equality would miss', async () => {
    const f = await fixture(version);
    const staging = await f.stage();
    await f.db.query(
      `UPDATE projects SET raw = '{"b": 2}', spot = '(1,2.5)', amount = 1.5 WHERE tenant_id = 1 AND id = 1`,
    );
    const preview = await f.preview(staging);
    expect(preview.tables.find(t => t.table === 'public.projects')?.columns).toEqual({ amount: 1, raw: 1, spot: 1 });
    expect(preview.tables[0]?.samples[0]).toEqual({
      op: 'update',
      key: { tenant_id: '1', id: '1' },
      about: { title: expect.any(String), state: expect.any(String) },
      changes: {
        amount: { now: '1.5', target: '1.50' },
        raw: { now: '{"b": 2}', target: '{"b":  2}' },
        spot: { now: '(1,2.5)', target: '(1,2)' },
      },
    });
  });

  it('shows in samples which row it is, of rows that go as they are now and of others as they will be', async () => {
    const f = await fixture(version);
    const staging = await f.stage();
    const titleOf = async (id: number) => (await f.db.query(`SELECT title FROM projects WHERE id = ${id}`))[0].title;
    const title = await titleOf(4);
    await f.db.query(`UPDATE projects SET title = 'other', state = 'done' WHERE tenant_id = 1 AND id = 4;
      INSERT INTO projects (tenant_id, title, owner_id) SELECT 1, 'unwanted', min(id) FROM users WHERE tenant_id = 1`);
    const { samples } = (await f.preview(staging)).tables.find(t => t.table === 'public.projects')!;
    const update = samples.find(({ op }) => op === 'update')!;
    expect(update.changes.title).toEqual({ now: 'other', target: title });
    expect(Object.keys(update.about ?? {}).filter(name => name in update.changes)).toEqual([]);
    expect(samples.find(({ op }) => op === 'delete')?.about).toMatchObject({ title: 'unwanted' });
  });

  it('restores only missing rows when no live row may be touched', async () => {
    const f = await fixture(version);
    const staging = await f.stage();
    await f.db.query(
      `DELETE FROM comments WHERE id = 1; UPDATE comments SET body = 'newer' WHERE id = 2; UPDATE tenants SET name = 'newer' WHERE id = 1`,
    );
    await f.restore(staging, { mode: 'missing-only' });
    expect(await f.db.query('SELECT id, body FROM comments WHERE id < 3 ORDER BY id')).toEqual([
      { id: 1, body: 'body 1' },
      { id: 2, body: 'newer' },
    ]);
    expect(await f.db.query('SELECT name FROM tenants WHERE id = 1')).toEqual([{ name: 'newer' }]);
  });

  it('restores only the given columns', async () => {
    const f = await fixture(version);
    const staging = await f.stage();
    await f.db.query(`UPDATE "Odd Tasks" SET note = 'ruined', "Due ""Day" = '2027-01-01' WHERE tenant_id = 1`);
    const applied = await f.restore(staging, { mode: 'columns', columns: { 'Odd Tasks': ['note'] } });
    expect(applied.tables).toEqual([{ table: 'public."Odd Tasks"', inserted: 0, updated: 5, deleted: 0 }]);
    expect(
      await f.db.query(`SELECT DISTINCT note, "Due ""Day"::text AS due FROM "Odd Tasks" WHERE tenant_id = 1`),
    ).toEqual([{ note: 'note', due: '2027-01-01' }]);
  });

  it('restores a filtered row with the parents it needs, and nothing else', async () => {
    const f = await fixture(version);
    const staging = await f.stage();
    await f.db.query(
      `DELETE FROM comments WHERE id < 4; DELETE FROM projects WHERE tenant_id = 1 AND id < 4; UPDATE tenants SET name = 'newer' WHERE id = 1`,
    );
    const preview = await f.preview(staging, { keys: { comments: [['2']] } });
    expect(
      Object.fromEntries(preview.tables.map(t => [t.table, [t.inserts, t.updates, t.deletes, t.alongside]])),
    ).toEqual({
      'public.projects': [1, 0, 0, 1],
      'public."Odd Tasks"': [1, 0, 0, 1],
      'public.comments': [1, 0, 0, 0],
    });
    await f.restore(staging, { keys: { comments: [['2']] } });
    expect(await f.db.query('SELECT id FROM projects WHERE tenant_id = 1 ORDER BY id')).toEqual([
      { id: 2 },
      { id: 4 },
      { id: 5 },
    ]);
    expect(await f.db.query('SELECT name FROM tenants WHERE id = 1')).toEqual([{ name: 'newer' }]);
  });

  it.each(['missing-only', 'exact'] as const)(
    'restores dependent rows on request, and reports where it does not: %s',
    async mode => {
      const f = await fixture(version);
      const before = await f.content();
      const staging = await f.stage();
      await f.db.query(
        `DELETE FROM comments WHERE id IN (2, 3); DELETE FROM projects WHERE tenant_id = 1 AND id IN (2, 3)`,
      );
      const request = { mode, keys: { projects: [['2']] } };
      const alone = await f.preview(staging, request);
      expect(alone.totals).toMatchObject({ inserts: 1, rows: 1 });
      expect(alone.notes.filter(note => note.code === 'children-stay-away').map(note => note.text)).toEqual([
        '1 rows of public."Odd Tasks" that belonged to these rows at the target are not restored; add --with-children.',
        '1 rows of public.comments that belonged to these rows at the target are not restored; add --with-children.',
      ]);
      const together = { ...request, withChildren: true };
      const preview = await f.preview(staging, together);
      expect(Object.fromEntries(preview.tables.map(t => [t.table, [t.inserts, t.alongside]]))).toEqual({
        'public.projects': [1, 0],
        'public."Odd Tasks"': [1, 1],
        'public.comments': [1, 1],
      });
      expect(preview.notes.filter(note => note.code === 'children-stay-away')).toEqual([]);
      const applied = await f.restore(staging, together);
      expect(applied.proof).toEqual({ left: {}, brokenReferences: 0 });
      await f.restore(staging, { ...together, keys: { projects: [['3']] } });
      expect(await f.content()).toEqual(before);
    },
  );

  it('removes the rows that refer to a row it removes, also outside the filter', async () => {
    const f = await fixture(version);
    const staging = await f.stage();
    await f.db.query(`INSERT INTO projects (tenant_id, id, title) VALUES (1, 900, 'extra'); INSERT INTO "Odd Tasks" VALUES (900, 1, 900);
      INSERT INTO comments VALUES (900, 900, 'c'); UPDATE "Odd Tasks" SET project_id = 900 WHERE id = 2; UPDATE comments SET body = 'kept' WHERE id = 3`);
    const preview = await f.preview(staging, { tables: ['projects'] });
    expect(Object.fromEntries(preview.tables.map(t => [t.table, [t.inserts, t.updates, t.deletes]]))).toEqual({
      'public.projects': [0, 0, 1],
      'public."Odd Tasks"': [0, 1, 1],
      'public.comments': [0, 0, 1],
    });
    await f.restore(staging, { tables: ['projects'] });
    expect(await f.db.query('SELECT project_id FROM "Odd Tasks" WHERE id IN (2, 900)')).toEqual([{ project_id: 2 }]);
    expect(await f.db.query('SELECT body FROM comments WHERE id = 3')).toEqual([{ body: 'kept' }]);
  });

  it('restricts to rows that match a predicate now or at the target', async () => {
    const f = await fixture(version);
    const staging = await f.stage();
    await f.db.query(
      `UPDATE projects SET state = 'done', amount = 9 WHERE tenant_id = 1 AND id = 1; UPDATE projects SET amount = 7 WHERE tenant_id = 1 AND id IN (2, 3)`,
    );
    const rows = { projects: `state = 'done' OR (amount = 7 AND id IN (2)) AND lower(title) LIKE 'p%'` };
    const preview = await f.preview(staging, { rows });
    expect(preview.totals).toEqual({ inserts: 0, updates: 2, deletes: 0, rows: 2 });
  });

  it('restores in batches to the same state', async () => {
    const f = await fixture(version);
    const before = await f.content();
    const staging = await f.stage();
    await f.db.query(ACCIDENT);
    await f.restore(staging, { batches: 1 });
    expect(await f.content()).toEqual(before);
  });

  it('swaps unique values back, and moves sequences only forward', async () => {
    const f = await fixture(version);
    const before = await f.content();
    const staging = await f.stage();
    await f.db.query(`UPDATE users SET email = 'tmp' WHERE email = 'u1@1'; UPDATE users SET email = 'u1@1' WHERE email = 'u2@1'; UPDATE users SET email = 'u2@1' WHERE email = 'tmp';
      SELECT setval('users_id_seq', 2, true), setval('projects_id_seq', 5000, true)`);
    const preview = await f.preview(staging);
    expect(preview.totals.updates).toBe(2);
    await f.restore(staging);
    expect(await f.content()).toEqual(before);
    await f.db.query('DELETE FROM users WHERE id = 4');
    const moved = await f.preview(staging);
    expect(moved.sequences).toEqual([
      { sequence: 'public.users_id_seq', table: 'public.users', column: 'id', now: '2', to: '4' },
    ]);
    await f.restore(staging);
    expect(await f.db.query(`SELECT nextval('users_id_seq')::int AS u, nextval('projects_id_seq')::int AS p`)).toEqual([
      { u: 5, p: 5001 },
    ]);
  });
});
