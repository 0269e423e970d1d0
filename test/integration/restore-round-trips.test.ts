/**
 * How often a restore waits for the database: against a remote one, each wait costs as much as hundreds of rows. A count
 * keeps what was saved from being lost again, which no measurement on a local socket would notice.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { type CountedDatabase, countedDatabase } from '../support/counted-database.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { requestOf } from '../support/protected-database.ts';

describe.each(PG_VERSIONS)('a restore on PostgreSQL %i', version => {
  let few: CountedDatabase;
  let many: CountedDatabase;

  beforeAll(async () => {
    few = await countedDatabase(version, 3);
    many = await countedDatabase(version, 30);
  });
  afterAll(async () => {
    for (const database of [few, many]) await database?.dispose();
  });

  /** Round trips and connections of a restore to before the change. */
  async function restoreAfter({ made, others, counted }: CountedDatabase, change: (table: string) => string) {
    const moment = await made.moment();
    for (let n = 1; n <= others; n++) await made.db.query(change(`t${n}`));
    await made.ship();
    const { result, ...cost } = await counted(ctx => runRestore(ctx, requestOf('1', moment.time)));
    return { ...cost, updated: result.record.totals.updated };
  }

  it('that finds nothing to do opens one connection, and asks no more than three times for each table', async () => {
    const none = () => 'SELECT 1';
    const [less, more] = [await restoreAfter(few, none), await restoreAfter(many, none)];
    expect(less).toMatchObject({ connections: 1, updated: 0 });
    expect(more).toMatchObject({ connections: 1, updated: 0 });
    // A COPY each, in a transaction of its own; nothing else depends on how many tables there are.
    expect((more.roundTrips - less.roundTrips) / (many.others - few.others)).toBeLessThanOrEqual(3);
    expect(less.roundTrips).toBeLessThanOrEqual(80);
  });

  it('that updates every table asks each a fixed number of questions', async () => {
    const change = (table: string) => `UPDATE ${table} SET note = 'b' WHERE tenant_id = 1`;
    const [less, more] = [await restoreAfter(few, change), await restoreAfter(many, change)];
    expect([less.updated, more.updated]).toEqual([few.others * 10, many.others * 10]);
    expect((more.roundTrips - less.roundTrips) / (many.others - few.others)).toBeLessThanOrEqual(11);
  });
});
