/**
 * A protected database of small tenant tables behind a line that counts: how often an operation waits for the database
 * and how many connections it opens, for few tables and for many.
 */
import type { Context } from '../../lib/operations/context.ts';
import { type DatabaseLine, databaseLine } from './database-line.ts';
import { type PgVersion, testDatabase } from './postgres.ts';
import { type ProtectedDatabase, protect } from './protected-database.ts';

const TABLE = 'tenant_id int NOT NULL REFERENCES tenants, id int NOT NULL, note text, PRIMARY KEY (tenant_id, id)';

export interface CountedDatabase {
  readonly made: ProtectedDatabase;
  /** The tenants, and as many tables beside it: t1, t2, … */
  readonly others: number;
  /** What the work costs that runs over the counting line. */
  counted<T>(work: (ctx: Context) => Promise<T>): Promise<{ result: T; roundTrips: number; connections: number }>;
  dispose(): Promise<void>;
}

/** Each table has rows of the tenants 1 and 2. */
export async function countedDatabase(version: PgVersion, others: number): Promise<CountedDatabase> {
  const db = await testDatabase(version);
  await db.query('CREATE TABLE tenants (id int PRIMARY KEY); INSERT INTO tenants VALUES (1), (2)');
  for (let n = 1; n <= others; n++)
    await db.query(
      `CREATE TABLE t${n} (${TABLE}); INSERT INTO t${n} SELECT 1 + i % 2, i, 'a' FROM generate_series(1, 20) i`,
    );
  const made = await protect(db);
  const line: DatabaseLine = await databaseLine(Number(new URL(db.url).port));
  return {
    made,
    others,
    counted: async work => {
      const before = { roundTrips: line.roundTrips, connections: line.connections };
      const result = await work({ ...made.ctx, source: { url: line.url(db.url) } });
      return {
        result,
        roundTrips: line.roundTrips - before.roundTrips,
        connections: line.connections - before.connections,
      };
    },
    dispose: async () => {
      await line.stop();
      await made.dispose();
    },
  };
}
