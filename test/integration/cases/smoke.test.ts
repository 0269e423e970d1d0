/** Tests the support code of the other tests in this folder on the simplest schema: its checks must be able to fail. */
import { expect, it } from 'vitest';
import { PG_VERSIONS, testDatabase } from '../../support/postgres.ts';
import { protect } from '../../support/protected-database.ts';

it.each(PG_VERSIONS)(
  'a protected database is restored to a moment, and the observer sees every difference on %i',
  async version => {
    const db = await testDatabase(version);
    await db.query(`CREATE TABLE tenants (id int PRIMARY KEY, name text);
    CREATE TABLE notes (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, body text);
    INSERT INTO tenants VALUES (1, 'one'), (2, 'two');
    INSERT INTO notes SELECT n, n % 2 + 1, 'body ' || n FROM generate_series(1, 20) n`);
    const world = await protect(db);
    try {
      await db.query(`UPDATE notes SET body = 'good' WHERE id < 5`);
      const good = await world.moment();
      await db.query(`DELETE FROM notes WHERE id < 8; UPDATE notes SET body = 'bad' WHERE id > 15`);
      await world.ship();
      await world.expectNothingDiffers();
      await world.restoreTo(good, '1');
      await world.restoreTo(good, '2');
      await db.query('SET session_replication_role = replica; ALTER TABLE notes DISABLE TRIGGER ALL');
      const later = await world.moment();
      await db.query(`UPDATE notes SET body = 'x' WHERE id = 1`);
      expect((await world.moment()).rows).not.toEqual(later.rows);
      await expect(world.expectNothingDiffers()).rejects.toThrow('differing');
    } finally {
      await world.dispose();
    }
  },
);
