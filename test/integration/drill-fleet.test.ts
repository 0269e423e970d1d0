/** A fleet of 200 tenants, restored as a whole into an empty database. */
import { expect, it, onTestFinished } from 'vitest';
import type { DrillPlant, HookRequest } from '../../lib/operations/drills/drill-run.ts';
import { runDrill } from '../../lib/operations/drills/run-drill.ts';
import { lookIntoScratch, rowsOfAll } from '../support/drilled-world.ts';
import { testDatabase } from '../support/postgres.ts';
import { protect } from '../support/protected-database.ts';

const TENANTS = 200;

it('restores every tenant of a fleet into an empty database, as it is, and measures it', async () => {
  const db = await testDatabase(18);
  await db.query(`
    CREATE TABLE shops (id int PRIMARY KEY, name text NOT NULL);
    CREATE TABLE customers (shop_id int NOT NULL REFERENCES shops, id int NOT NULL, email text, PRIMARY KEY (shop_id, id));
    CREATE TABLE orders (id int PRIMARY KEY, shop_id int NOT NULL REFERENCES shops, customer_id int NOT NULL,
      FOREIGN KEY (shop_id, customer_id) REFERENCES customers (shop_id, id));
    CREATE TABLE order_lines (order_id int NOT NULL REFERENCES orders, line int NOT NULL, PRIMARY KEY (order_id, line));
    INSERT INTO shops SELECT n, 'Shop ' || n FROM generate_series(1, ${TENANTS}) n;
    INSERT INTO customers SELECT s, n, 'c' || n FROM generate_series(1, ${TENANTS}) s, generate_series(1, 3) n;
    INSERT INTO orders SELECT s * 10 + n, s, n FROM generate_series(1, ${TENANTS}) s, generate_series(1, 3) n;
    INSERT INTO order_lines SELECT id, 1 FROM orders`);
  const { ctx, ship, dispose } = await protect(db, { settings: { tenantParallelism: 4 } });
  onTestFinished(dispose);
  await db.query(
    `UPDATE customers SET email = 'new' WHERE shop_id % 2 = 0; DELETE FROM order_lines WHERE order_id % 10 = 3`,
  );
  await ship();
  let seen: unknown;
  const plant: DrillPlant = {
    tierOf: () => 'standard',
    acceptanceHook: async (request: HookRequest) => {
      seen = await lookIntoScratch(db, request);
      return [{ check: 'seen', ok: true }];
    },
  };
  const { record } = await runDrill(ctx, plant, { kind: 'whole-system', startedBy: 'alice' });
  expect(record).toMatchObject({ outcome: 'passed', findings: [] });
  expect(record.tenants).toHaveLength(TENANTS);
  expect(record.prediction).toMatchObject({ tenants: TENANTS, restoredTenants: TENANTS, atOnce: 4 });
  expect(seen).toEqual(await rowsOfAll(db));
  expect(JSON.stringify(record).length).toBeLessThan(TENANTS * 1000);
}, 600_000);
