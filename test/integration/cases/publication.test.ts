/**
 * ALTER PUBLICATION does not wait for writers: what a transaction wrote meanwhile is not in the log, even when it
 * commits much later.
 */

import { expect, it } from 'vitest';
import { previewTenant } from '../../../lib/operations/restore/apply/run-restore.ts';
import { PG_VERSIONS, testDatabase } from '../../support/postgres.ts';
import { protect, requestOf } from '../../support/protected-database.ts';

it.each(PG_VERSIONS)(
  'rows written under another publication are read once their transaction has ended, on %i',
  async version => {
    const db = await testDatabase(version);
    await db.query(`CREATE TABLE tenants (id int PRIMARY KEY, name text);
    CREATE TABLE notes (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, body text);
    CREATE TABLE docs (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, body text);
    INSERT INTO tenants VALUES (1, 'one'), (2, 'two');
    INSERT INTO notes SELECT n, n % 2 + 1, 'body' FROM generate_series(1, 10) n; INSERT INTO docs SELECT * FROM notes`);
    const world = await protect(db);
    try {
      const good = await world.moment();
      await world.ship();
      const late = await db.connect();
      for (const change of [
        [
          `ALTER PUBLICATION holdfast SET (publish = 'insert')`,
          `ALTER PUBLICATION holdfast SET (publish = 'insert, update, delete, truncate')`,
        ],
        ['ALTER PUBLICATION holdfast DROP TABLE notes', 'ALTER PUBLICATION holdfast ADD TABLE notes'],
      ]) {
        await db.query(change[0]!);
        await late.query('BEGIN');
        await late.query(`UPDATE notes SET body = body || ' unseen' WHERE id < 6`);
        await db.query(change[1]!);
        const report = await world.ship();
        expect(report.gaps.find(gap => gap.reason === 'unprotected')).toMatchObject({
          tables: ['public.notes'],
        });
        await late.query('COMMIT');
        // Ended now, but not before the run: the table is refused until a run has seen that and read it again.
        await expect(previewTenant(world.ctx, requestOf('1', 'latest'))).rejects.toMatchObject({
          code: 'tables-in-gap',
        });
        await world.ship();
        await world.expectNothingDiffers();
        expect((await world.ship()).gaps).toEqual([]);
      }
      await world.restoreTo(good, '1');
      await world.restoreTo(good, '2');
      await late.end();
    } finally {
      await world.dispose();
    }
  },
);
