import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tenantId } from '../../lib/domain/tenant.ts';
import { recordFleetRun } from '../../lib/operations/fleet/fleet-runs.ts';
import { listShard } from '../../lib/operations/fleet/list-shard.ts';
import { FleetRequest, planFleet } from '../../lib/operations/fleet/plan-fleet.ts';
import { snapshotFleet } from '../../lib/operations/fleet/snapshot-fleet.ts';
import { foldIncrementals } from '../../lib/operations/log/fold-tenant.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { type LogFixture, logFixture } from './log-fixture.ts';

describe.each(PG_VERSIONS)('a fleet run on PostgreSQL %i', version => {
  let log: LogFixture;
  beforeEach(async () => {
    log = await logFixture(version);
    await shipLog(log.ctx);
  });
  afterEach(() => log?.dispose());

  async function planned(request: object): Promise<string[]> {
    const { plan } = await planFleet(log.ctx, FleetRequest.parse(request));
    const shards = await Promise.all(plan.shards.map(shard => listShard(log.ctx, shard)));
    expect(shards.flat().length).toBe(plan.tenants);
    return shards.flat();
  }

  it('contains every tenant, and none that left the database', async () => {
    const both = [log.ref('a'), log.ref('b')].sort();
    expect(await planned({})).toEqual(both);
    await log.sql(`DELETE FROM tenants WHERE id = 'b'`);
    expect(await planned({})).toEqual([log.ref('a')]);
  });

  it('of changed tenants contains exactly those, and all of them before the first complete run', async () => {
    expect((await planned({ changed: true })).length).toBe(2);
    // The log so far is older than the clock margin before the last complete run began.
    const startedAt = new Date(Date.now() + 2 * 3600 * 1000).toISOString();
    await recordFleetRun(log.ctx, { workflow: 'fold-incrementals', reason: 'schedule', startedAt });
    expect(await planned({ changed: true })).toEqual([]);
    await recordFleetRun(log.ctx, {
      workflow: 'fold-incrementals',
      reason: 'schedule',
      startedAt: new Date().toISOString(),
    });
    await log.sql(`INSERT INTO orders VALUES ('b', 1, 'y')`);
    await shipLog(log.ctx);
    expect(await planned({ changed: true })).toEqual([log.ref('b')]);
  });

  it('of tenants that are due for a snapshot contains those without a new one, and all where no hours are set', async () => {
    await takeSnapshot(log.ctx, tenantId('a'), { reason: 'manual' });
    const both = [log.ref('a'), log.ref('b')].sort();
    expect((await planned({ due: true })).sort()).toEqual(both);
    const ctx = { ...log.ctx, snapshotHours: { critical: 6, standard: 24, historical: 24, archive: 24 } };
    const due = async () => (await planFleet(ctx, FleetRequest.parse({ due: true }))).plan.tenants;
    // That snapshot was taken before there were hours: nothing says when.
    expect(await due()).toBe(2);
    await takeSnapshot(ctx, tenantId('a'), { reason: 'manual' });
    expect(await due()).toBe(1);
    const { ok } = await snapshotFleet(ctx, 'all', { due: true });
    expect(ok.map(({ tenant }) => tenant)).toEqual([log.ref('b')]);
    expect(await due()).toBe(0);
  });

  it('folds a given tenant as it folds the fleet, and leaves the others', async () => {
    for (const name of ['a', 'b']) await takeSnapshot(log.ctx, tenantId(name), { reason: 'manual' });
    await log.sql(`INSERT INTO orders VALUES ('a', 1, 'x'), ('b', 1, 'y')`);
    await shipLog(log.ctx);
    expect((await foldIncrementals(log.ctx, { tenants: [log.ref('b')] })).map(each => each.tenant)).toEqual([
      log.ref('b'),
    ]);
    expect(await foldIncrementals(log.ctx, { tenants: [log.ref('b')] })).toEqual([]);
    expect((await foldIncrementals(log.ctx)).map(each => each.tenant)).toEqual([log.ref('a')]);
  });
});
