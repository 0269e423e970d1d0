/**
 * Adding a column writes no row, so no row of the log shows when it was added. A moment after it is restored with the
 * values of that time, a moment before it leaves the column alone, and where it is unknown which applies, the table is
 * refused.
 */

import { afterEach, describe, expect, it } from 'vitest';
import { previewTenant, runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { PG_VERSIONS, testDatabase } from '../support/postgres.ts';
import { type Moment, type ProtectedDatabase, protect, requestOf } from '../support/protected-database.ts';

const SCHEMA = `
  CREATE TABLE tenants (id int PRIMARY KEY);
  CREATE TABLE notes (id int, tenant_id int REFERENCES tenants, body text, PRIMARY KEY (tenant_id, id));
  CREATE TABLE events (id int, tenant_id int REFERENCES tenants, at int, PRIMARY KEY (tenant_id, id, at)) PARTITION BY RANGE (at);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
  CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20);
  INSERT INTO tenants VALUES (1), (2);
  INSERT INTO notes SELECT i, t, 'note' FROM generate_series(1, 3) i, generate_series(1, 2) t;
  INSERT INTO events SELECT i, t, i * 4 FROM generate_series(1, 3) i, generate_series(1, 2) t`;
const ADD = `ALTER TABLE notes ADD vat int DEFAULT 7; ALTER TABLE notes ADD mark text; ALTER TABLE events ADD vat int DEFAULT 7`;
const WRITE = `UPDATE notes SET vat = 9, mark = 'since'; UPDATE events SET vat = 9`;
const UNTOLD = `DROP EVENT TRIGGER holdfast_ddl_command_end; DROP EVENT TRIGGER holdfast_sql_drop; DROP EVENT TRIGGER holdfast_table_rewrite`;

describe.each(PG_VERSIONS)('a column that was added on PostgreSQL %s', version => {
  let p: ProtectedDatabase;
  afterEach(() => p.dispose());
  const made = async (also = '') => {
    const db = await testDatabase(version);
    await db.query(SCHEMA);
    p = await protect(db);
    if (also) await db.query(also);
    await p.ship();
  };
  const inPlace = (moment: Moment, exclude: string[] = []) =>
    runRestore(p.ctx, requestOf('1', moment.time, { exclude }));
  const values = () => p.db.query(`SELECT DISTINCT vat, mark FROM notes WHERE tenant_id = 1`);

  it('has its first value afterwards and is left alone before, where triggers record the position', async () => {
    await made();
    const before = await p.moment();
    await p.db.query(ADD);
    const after = await p.moment();
    await p.db.query(WRITE);
    await p.restoreTo(after, '1');
    await p.db.query(WRITE);
    await p.ship();
    const { preview } = await inPlace(before);
    expect(preview!.notes.filter(({ code }) => code === 'column-gained')).toHaveLength(3);
    expect(preview!.totals.rows).toBe(0);
    expect(await values()).toEqual([{ vat: 9, mark: 'since' }]);
  });

  it('refuses its table between two runs where nothing records the position, and at no other moment', async () => {
    await made(UNTOLD);
    const before = await p.moment();
    await p.ship();
    const untouched = await p.moment();
    await p.db.query(ADD);
    const after = await p.moment();
    await p.ship();
    const seen = await p.moment();
    await p.db.query(WRITE);
    await p.ship();
    for (const moment of [untouched, after])
      await expect(inPlace(moment)).rejects.toMatchObject({
        code: 'tables-in-gap',
        details: { tables: ['public.events', 'public.notes'] },
      });
    await inPlace(after, ['public.events', 'public.notes']);
    expect(await values()).toEqual([{ vat: 9, mark: 'since' }]);
    expect((await previewTenant(p.ctx, requestOf('1', before.time))).totals.rows).toBe(0);
    await p.restoreTo(seen, '1');
  });

  it('has its first value also where VACUUM FULL wrote it into the rows before one was changed', async () => {
    await made();
    await p.db.query(ADD);
    await p.ship();
    await p.db.query('VACUUM FULL notes');
    await p.db.query('VACUUM FULL events_1');
    await p.ship();
    await p.db.query(`UPDATE notes SET body = 'other' WHERE id = 1; UPDATE events SET vat = 8 WHERE id = 1`);
    const moment = await p.moment();
    await p.db.query(WRITE);
    await p.restoreTo(moment, '1');
  });

  it('is in a snapshot taken in between as it was then', async () => {
    await made(UNTOLD);
    await p.db.query(ADD);
    await p.snapshot();
    const moment = await p.moment();
    await p.db.query(WRITE);
    await p.restoreTo(moment, '1');
  });

  it('is in such a snapshot also after the rows from before it were replayed', async () => {
    await made();
    await p.db.query(`UPDATE notes SET body = 'earlier' WHERE id = 1; UPDATE events SET at = at + 1`);
    await p.db.query(`${ADD}; ALTER TABLE notes RENAME body TO text`);
    await p.snapshot();
    const moment = await p.moment();
    await p.db.query(WRITE);
    await p.db.query('DELETE FROM notes WHERE id = 2');
    await p.restoreTo(moment, '1');
  });

  it.each(['', UNTOLD])(
    'is not taken from a later snapshot by a tenant that wrote nothing in between %#',
    async also => {
      await made(also);
      const before = await p.moment();
      if (also) await p.ship();
      await p.db.query(ADD);
      await p.snapshot();
      await p.db.query(WRITE);
      await p.ship();
      expect((await inPlace(before)).preview!.totals.rows).toBe(0);
      expect(await values()).toEqual([{ vat: 9, mark: 'since' }]);
    },
  );

  it('is not restored where it was dropped and added again under its name', async () => {
    await made();
    await p.db.query(`${ADD}; ${WRITE}`);
    await p.ship();
    await p.db.query('ALTER TABLE notes DROP vat');
    const dropped = await p.moment();
    await p.ship();
    await p.db.query(`ALTER TABLE notes ADD vat int DEFAULT 5`);
    const again = await p.moment();
    await p.db.query('UPDATE notes SET vat = 6');
    await p.ship();
    expect((await inPlace(dropped)).preview!.totals.rows).toBe(0);
    await p.restoreTo(again, '1');
  });
});
