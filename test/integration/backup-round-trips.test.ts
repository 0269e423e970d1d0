/**
 * How often shipping and a snapshot wait for the database where little or nothing changed: both run all the time, and
 * most of what such a run costs does not depend on the changes.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantId } from '../../lib/domain/tenant.ts';
import { shipAndCloseGaps } from '../../lib/operations/fleet/close-gaps.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { type CountedDatabase, countedDatabase } from '../support/counted-database.ts';
import { PG_VERSIONS } from '../support/postgres.ts';

describe.each(PG_VERSIONS)('on PostgreSQL %i', version => {
  let few: CountedDatabase;
  let many: CountedDatabase;

  beforeAll(async () => {
    few = await countedDatabase(version, 3);
    many = await countedDatabase(version, 30);
  });
  afterAll(async () => {
    for (const database of [few, many]) await database?.dispose();
  });

  it('a snapshot after one change opens one connection, reads the catalogs once, however many tables there are', async () => {
    const costs = [];
    for (const { made, counted } of [few, many]) {
      await made.db.query(
        `UPDATE t1 SET note = 'c' WHERE tenant_id = 1 AND id = (SELECT min(id) FROM t1 WHERE tenant_id = 1)`,
      );
      await made.ship();
      const { result, ...cost } = await counted(ctx => takeSnapshot(ctx, tenantId('1')));
      expect(result).toMatchObject({ read: 'changed' });
      costs.push(cost);
    }
    expect(costs[1]).toEqual(costs[0]);
    expect(costs[0]).toMatchObject({ connections: 1 });
    expect(costs[0]!.roundTrips).toBeLessThanOrEqual(30);
  });

  it('shipping nothing opens three connections, and reads the catalogs once, however many tables there are', async () => {
    const costs = [];
    for (const { counted } of [few, many]) {
      const { result, ...cost } = await counted(ctx => shipAndCloseGaps(ctx));
      expect(result).toMatchObject({ changes: 0, caughtUp: true });
      costs.push(cost);
    }
    expect(costs[1]).toEqual(costs[0]);
    expect(costs[0]).toMatchObject({ connections: 3 });
    expect(costs[0]!.roundTrips).toBeLessThanOrEqual(40);
  });
});
