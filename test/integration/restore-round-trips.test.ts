/**
 * How often a restore waits for the database: against a remote one, each wait costs as much as hundreds of rows. A count
 * keeps what was saved from being lost again, which no measurement on a local socket would notice.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { type DatabaseLine, databaseLine } from '../support/database-line.ts';
import { PG_VERSIONS, type PgVersion, testDatabase } from '../support/postgres.ts';
import { type ProtectedDatabase, protect, requestOf } from '../support/protected-database.ts';

const TABLES = 'tenant_id int NOT NULL REFERENCES tenants, id int NOT NULL, note text, PRIMARY KEY (tenant_id, id)';

/** A tenant table and so many others, each with rows of two tenants. */
async function protectedTables(version: PgVersion, others: number): Promise<ProtectedDatabase> {
  const db = await testDatabase(version);
  await db.query('CREATE TABLE tenants (id int PRIMARY KEY); INSERT INTO tenants VALUES (1), (2)');
  for (let n = 1; n <= others; n++)
    await db.query(
      `CREATE TABLE t${n} (${TABLES}); INSERT INTO t${n} SELECT 1 + i % 2, i, 'a' FROM generate_series(1, 20) i`,
    );
  return protect(db);
}

describe.each(PG_VERSIONS)('a restore on PostgreSQL %i', version => {
  const few = 3;
  const many = 30;
  const databases = new Map<number, { made: ProtectedDatabase; line: DatabaseLine }>();

  beforeAll(async () => {
    for (const others of [few, many]) {
      const made = await protectedTables(version, others);
      databases.set(others, { made, line: await databaseLine(Number(new URL(made.db.url).port)) });
    }
  });
  afterAll(async () => {
    for (const { made, line } of databases.values()) {
      await line.stop();
      await made.dispose();
    }
  });

  /** Round trips and connections of a restore to before the change. */
  async function restoreAfter(others: number, change: (table: string) => string) {
    const { made, line } = databases.get(others)!;
    const moment = await made.moment();
    for (let n = 1; n <= others; n++) await made.db.query(change(`t${n}`));
    await made.ship();
    const ctx = { ...made.ctx, source: { url: line.url(made.db.url) } };
    const before = { roundTrips: line.roundTrips, connections: line.connections };
    const { record } = await runRestore(ctx, requestOf('1', moment.time));
    return {
      roundTrips: line.roundTrips - before.roundTrips,
      connections: line.connections - before.connections,
      updated: record.totals.updated,
    };
  }

  it('that finds nothing to do opens one connection, and asks no more than three times for each table', async () => {
    const none = () => 'SELECT 1';
    const [less, more] = [await restoreAfter(few, none), await restoreAfter(many, none)];
    expect(less).toMatchObject({ connections: 1, updated: 0 });
    expect(more).toMatchObject({ connections: 1, updated: 0 });
    // A COPY each, in a transaction of its own; nothing else depends on how many tables there are.
    expect((more.roundTrips - less.roundTrips) / (many - few)).toBeLessThanOrEqual(3);
    expect(less.roundTrips).toBeLessThanOrEqual(80);
  });

  it('that updates every table asks each a fixed number of questions', async () => {
    const change = (table: string) => `UPDATE ${table} SET note = 'b' WHERE tenant_id = 1`;
    const [less, more] = [await restoreAfter(few, change), await restoreAfter(many, change)];
    expect([less.updated, more.updated]).toEqual([few * 10, many * 10]);
    expect((more.roundTrips - less.roundTrips) / (many - few)).toBeLessThanOrEqual(11);
  });
});
