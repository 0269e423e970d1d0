/** Destroying and departing, with a real database: plan, schedules, restores, expiry and the log of others. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Departure } from '../../lib/domain/departure.ts';
import { departureKey } from '../../lib/domain/governance-key.ts';
import type { Responsible } from '../../lib/domain/governed-action.ts';
import { parseLsn } from '../../lib/domain/lsn.ts';
import { type TenantId, tenantId } from '../../lib/domain/tenant.ts';
import { backups, runs, tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { fleetStatus } from '../../lib/operations/catalog/timeline.ts';
import { FleetRequest, planFleet } from '../../lib/operations/fleet/plan-fleet.ts';
import { snapshotFleet } from '../../lib/operations/fleet/snapshot-fleet.ts';
import { cancelDestruction } from '../../lib/operations/governance/destruction/cancel-destruction.ts';
import { destructionDeps } from '../../lib/operations/governance/destruction/destruction-deps.ts';
import { executeDestruction } from '../../lib/operations/governance/destruction/execute-destruction.ts';
import { finishDestruction } from '../../lib/operations/governance/destruction/finish-destruction.ts';
import { planDestruction } from '../../lib/operations/governance/destruction/plan-destruction.ts';
import { foldIncrementals } from '../../lib/operations/log/fold-tenant.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { planRestore } from '../../lib/operations/restore/plan/plan-restore.ts';
import { planExpiry } from '../../lib/operations/retention/expire-backups.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { readSigned } from '../../lib/operations/storage/signed-document.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { type LogFixture, logFixture } from './log-fixture.ts';

const DAY_MS = 24 * 3600 * 1000;
const policy = { dailyDays: 30, weeklyDays: 84, monthlyDays: 365, annualDays: 2557, logDays: 35 };

describe.each(PG_VERSIONS)('on PostgreSQL %i', version => {
  let log: LogFixture;
  beforeEach(async () => {
    log = await logFixture(version);
    await shipLog(log.ctx);
    await log.sql(`INSERT INTO orders VALUES ('a', 1, 'x'), ('a', 2, 'x'), ('b', 1, 'y')`);
    await snapshotFleet(log.ctx, 'all');
    await shipLog(log.ctx);
  });
  afterEach(() => log?.dispose());

  const deps = () => destructionDeps(log.ctx);
  const responsible = (request = 'one'): Responsible => ({
    ...{
      request,
      requestedBy: 'ann',
      approvedBy: ['bob'],
      reason: 'left',
      planHash: 'a'.repeat(64),
      brokeGlass: false,
    },
  });
  async function destroy(tenant: string) {
    const plan = await planDestruction(deps(), log.ref(tenant));
    await executeDestruction(deps(), log.ref(tenant), plan, responsible());
    return plan;
  }
  const planned = async () => (await planFleet(log.ctx, FleetRequest.parse({}))).plan;

  it('a plan counts the live rows, and says that they stay', async () => {
    const plan = await planDestruction(deps(), log.ref('a'));
    expect(plan.live).toContainEqual({ table: 'public.orders', rows: 2 });
    expect(plan.staging).toEqual([]);
    expect(plan.log?.runs).toBe(1);
    expect(plan.outside[0]).toEqual({
      what: '3 rows of the tenant in the database',
      ends: 'when the application deletes them',
    });
  });

  it('a destroyed tenant is in no schedule, and its backups and restores are refused', async () => {
    await destroy('a');
    expect((await planned()).tenants).toBe(1);
    const fleet = await snapshotFleet(log.ctx, 'all');
    expect(fleet.failed).toEqual([]);
    expect(fleet.ok.map(({ tenant }) => tenant)).toEqual([log.ref('b')]);
    await log.sql(`INSERT INTO orders VALUES ('a', 3, 'x'), ('b', 2, 'y')`);
    await shipLog(log.ctx);
    expect((await foldIncrementals(log.ctx)).map(({ tenant }) => tenant)).toEqual([log.ref('b')]);
    const { tenants: shown } = await fleetStatus(log.ctx);
    expect(shown.find(({ tenant }) => tenant === log.ref('a'))?.outside).toBe('destroyed');
    await expect(takeSnapshot(log.ctx, tenantId('a'))).rejects.toMatchObject({ code: 'key-destroyed' });
    await expect(planRestore(log.ctx, tenantId('a'), { kind: 'latest' })).rejects.toMatchObject({
      code: 'key-destroyed',
    });
  });

  it('the same after the tenant was created again under its id', async () => {
    await destroy('a');
    log.deps.clock.advance(8 * DAY_MS);
    await finishDestruction(deps(), log.ref('a'), 'ann');
    await log.sql(`DELETE FROM orders WHERE tenant_id = 'a'; DELETE FROM tenants WHERE id = 'a'`);
    await shipLog(log.ctx);
    await log.sql(`INSERT INTO tenants VALUES ('a', 'again'); INSERT INTO orders VALUES ('a', 9, 'new')`);
    expect(await shipLog(log.ctx)).toMatchObject({ discarded: 2 });
    expect((await planned()).tenants).toBe(1);
    await expect(takeSnapshot(log.ctx, tenantId('a'))).rejects.toMatchObject({ code: 'key-destroyed' });
    await expect(planRestore(log.ctx, tenantId('a'), { kind: 'latest' })).rejects.toMatchObject({
      code: 'key-destroyed',
    });
    expect(await tenants.get(log.deps.catalog, log.ref('a'))).toMatchObject({ tenantId: null, destruction: 'done' });
  });

  it('a cancelled one is protected again, and keeps all it had', async () => {
    const before = await backups.list(log.deps.catalog, log.ref('a'));
    await destroy('a');
    const plan = await planExpiry(log.deps, () => policy);
    expect(plan.owners.find(({ owner }) => owner === log.ref('a'))!.decisions.every(({ keep }) => keep)).toBe(true);
    await cancelDestruction(deps(), log.ref('a'), { by: 'ann', reason: 'a mistake' });
    expect(await backups.list(log.deps.catalog, log.ref('a'))).toEqual(before);
    expect((await planned()).tenants).toBe(2);
    await expect(takeSnapshot(log.ctx, tenantId('a') as TenantId)).resolves.toBeDefined();
  });

  it('a departed tenant is noted with proof, keeps its backups, and keeps no log of others', async () => {
    await log.sql(`DELETE FROM orders WHERE tenant_id = 'a'; DELETE FROM tenants WHERE id = 'a'`);
    await shipLog(log.ctx);
    expect((await planned()).tenants).toBe(1);
    const item = await tenants.get(log.deps.catalog, log.ref('a'));
    expect(item).toMatchObject({ left: true, tenantId: 'a' });
    const position = parseLsn(item!.departed!.lsn);
    const note = await readSigned(log.deps, departureKey(log.ref('a'), position), Departure);
    expect(note).toMatchObject({ tenant: log.ref('a'), lsn: item!.departed!.lsn });
    // The deletion lies before it.
    expect(parseLsn((await runs.latest(log.deps.catalog))!.to)).toBeLessThanOrEqual(position);
    expect((await shipLog(log.ctx)).needSnapshot).toEqual([]);
    const need = async () =>
      (await planExpiry(log.deps, () => policy)).owners.find(({ owner }) => owner === log.ref('a'))!;
    const now = await need();
    expect(now.logNeed).toMatchObject({ from: null, departed: true });
    expect(now.logNeed.spans.at(-1)).toMatchObject({ to: item!.departed!.lsn });
    expect(now.decisions.every(({ keep }) => keep)).toBe(true);
    log.deps.clock.advance(40 * DAY_MS);
    const later = await need();
    // No moment before it left is inside the window: its classes alone keep its backups.
    expect(later.logNeed.spans.every(({ to }) => parseLsn(to) < position)).toBe(true);
    expect(later.decisions.flatMap(({ reasons }) => reasons).join()).not.toContain('newest');
  });

  it('a departed tenant that returns is protected as before', async () => {
    await log.sql(`DELETE FROM orders WHERE tenant_id = 'a'; DELETE FROM tenants WHERE id = 'a'`);
    await planned();
    await log.sql(`INSERT INTO tenants VALUES ('a', 'again')`);
    await shipLog(log.ctx);
    const item = await tenants.get(log.deps.catalog, log.ref('a'));
    expect(item?.left ?? item?.departed).toBeUndefined();
    expect((await planned()).tenants).toBe(2);
  });
});
