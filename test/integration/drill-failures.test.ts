/** Drills that do not pass, and those of lost regions and game days: each has its record, its alarm and its clean-up. */
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { FailoverPlan } from '../../lib/domain/failover.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { damageObject } from '../../lib/local/damage-object.ts';
import { backups } from '../../lib/operations/catalog/catalog-index.ts';
import { refOf } from '../../lib/operations/context.ts';
import { drillsDue, reportLateDrills } from '../../lib/operations/drills/drills-due.ts';
import { runDrill } from '../../lib/operations/drills/run-drill.ts';
import { listDrillDatabases, removeDrillDatabases } from '../../lib/operations/drills/scratch.ts';
import { findDrill, listDrills } from '../../lib/operations/storage/drill-records.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import { createScratch } from '../../lib/postgres/drill/scratch-database.ts';
import { copiedRegion, drilledWorld, lookIntoScratch, lostRegion } from '../support/drilled-world.ts';
import { testDatabase } from '../support/postgres.ts';

const BY = { startedBy: 'alice' };
const FAILOVER: FailoverPlan = {
  ...{ region: 'b', from: 'a', planned: false, fenced: [], unreachable: ['a'], missingRuns: null, tenants: 3 },
  ...{ replica: { role: 'replica', lagSeconds: 1 }, newest: null, behind: [] },
};

async function world() {
  const made = await drilledWorld(18);
  onTestFinished(made.dispose);
  const alarms = () => made.deps.notices.map(({ code }) => code).filter(code => code !== 'possible-accident');
  return { ...made, alarms };
}

it('restores from the copy of vault and keys in another region alone, and writes nothing to it', async () => {
  const { ctx, deps, db, plant, states, isClean } = await world();
  const region = await copiedRegion({ deps, ctx });
  const seen: unknown[] = [];
  const there = {
    ...{ ...plant, scratch: db.source, openRegion: region.open, planFailover: async () => FAILOVER },
    acceptanceHook: async (request: Parameters<typeof lookIntoScratch>[1]) => {
      seen.push(await lookIntoScratch(db, request));
      return [{ check: 'seen', ok: true }];
    },
  };
  // The record is written where the drill runs; everything else of the first region is gone.
  const asked = { kind: 'region', tenants: [tenantId('1')], moment: 'latest', ...BY } as const;
  const { record } = await runDrill(lostRegion(ctx), there, asked);
  expect(record).toMatchObject({ outcome: 'passed', findings: [], scratch: { place: 'outside' } });
  expect(record.phases.map(({ phase }) => phase)).toEqual([
    'open',
    'scratch',
    'catalog',
    'restore',
    'acceptance',
    'clean',
    'failover-plan',
  ]);
  expect(record.failover).toEqual(FAILOVER);
  expect(seen).toEqual([{ 1: states.at(-1)!.rows['1'] }]);
  expect(await isClean(record)).toBe(true);
});

it('fails, with an alarm, where the copy in the other region misses an object', async () => {
  const { ctx, deps, db, plant, alarms } = await world();
  const [item] = await backups.list(ctx.catalog, refOf(ctx, tenantId('2')));
  const region = await copiedRegion({ deps, ctx });
  await damageObject(join(region.directory, 'vault'), item!.key);
  const { record, error } = await runDrill(
    ctx,
    { ...plant, scratch: db.source, openRegion: region.open },
    { kind: 'region', tenants: [tenantId('2')], ...BY },
  );
  expect(record).toMatchObject({ outcome: 'failed' });
  expect(error).toMatchObject({ code: 'region-incomplete' });
  expect(alarms()).toContain('drill-failed');
});

it('refuses a drill of a lost region and a game day where none is configured, without a record', async () => {
  const { ctx, plant } = await world();
  await expect(runDrill(ctx, plant, { kind: 'region', ...BY })).rejects.toMatchObject({
    code: 'region-not-configured',
  });
  await expect(runDrill(ctx, plant, { kind: 'game-day', ...BY })).rejects.toMatchObject({
    code: 'not-a-test-installation',
  });
  expect(await listDrills(ctx)).toEqual({ drills: [], altered: [] });
});

it('records what was damaged under the tenant whose backup it is, and drills the others', async () => {
  const { ctx, deps, plant, alarms, isClean } = await world();
  const ref = refOf(ctx, tenantId('2'));
  for (const { key } of await backups.list(ctx.catalog, ref)) await deps.tamper(key, bytes => bytes.subarray(1));
  const { record } = await runDrill(ctx, plant, { kind: 'whole-system', ...BY });
  expect(record.outcome).toBe('failed');
  const failed = record.tenants.filter(({ outcome }) => outcome === 'failed');
  expect(failed).toMatchObject([
    { tenant: ref, restore: null, problem: { code: expect.stringMatching(/^(object|catalog|manifest)-/) } },
  ]);
  expect(record.tenants.filter(({ outcome }) => outcome === 'passed')).toHaveLength(2);
  expect(alarms()).toContain('drill-failed');
  expect(await isClean(record)).toBe(true);
});

it('lets the team’s own SQL decide, read-only and of the tenant that was restored', async () => {
  const { ctx, plant } = await world();
  const run = async (acceptanceSql: string) =>
    (await runDrill(ctx, { ...plant, acceptanceSql }, { kind: 'single-tenant', tenants: [tenantId('3')], ...BY }))
      .record;
  const own = `SELECT 'only shop ' || current_setting('holdfast.tenant') AS check, array_agg(id::text) = ARRAY[current_setting('holdfast.tenant')] AS ok FROM shops`;
  const accepted = await run(own);
  expect(accepted).toMatchObject({ outcome: 'passed' });
  expect(accepted.acceptance).toMatchObject([
    { by: 'sql', checks: [{ check: 'only shop 3', ok: true }], problem: null },
  ]);
  expect(await run(`SELECT 'orders' AS check, count(*) = 0 AS ok FROM orders`)).toMatchObject({ outcome: 'failed' });
  for (const broken of [
    'DELETE FROM orders RETURNING note AS check, true AS ok',
    "SELECT 'x' AS check, true AS ok; COMMIT",
    'SELECT note AS check FROM orders',
    'SELECT nothing',
    "SELECT 'none' AS check, true AS ok WHERE false",
  ]) {
    const { outcome, acceptance } = await run(broken);
    expect({ outcome, acceptance }).toMatchObject({
      outcome: 'failed',
      acceptance: [{ checks: [], problem: { code: 'acceptance-failed' } }],
    });
  }
});

it('restores outside the source system where the configuration names a place, from a template with shared tables', async () => {
  const { ctx, db, plant } = await world();
  const template = await testDatabase(18);
  onTestFinished(() => template.drop());
  await template.query(
    `CREATE TABLE countries (code text PRIMARY KEY, name text NOT NULL); INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France')`,
  );
  await template.query(`SELECT 1`);
  const elsewhere = new URL(db.url);
  elsewhere.hostname = elsewhere.hostname === 'localhost' ? '127.0.0.1' : 'localhost';
  await withConnection(db.source, 'test', connection =>
    connection.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${template.name}'`),
  );
  const { record } = await runDrill(
    ctx,
    { ...plant, scratch: { url: elsewhere.href }, template: template.name },
    { kind: 'single-tenant', tenants: [tenantId('1')], ...BY },
  );
  expect(record).toMatchObject({ outcome: 'passed', scratch: { place: 'outside' } });
  // With the shared table there, its foreign key is enforced too.
  expect(record.tenants[0]!.restore!.foreignKeys).toBe(5);
});

it('says what is missing where no scratch database can be made', async () => {
  const { ctx, db, plant, alarms } = await world();
  const { source } = await db.role('');
  const { record, error } = await runDrill(ctx, { ...plant, scratch: source }, { kind: 'single-tenant', ...BY });
  expect(error).toMatchObject({ code: 'scratch-refused', hint: expect.stringContaining('CREATEDB') });
  expect(record).toMatchObject({ outcome: 'failed', scratch: null });
  expect(alarms()).toContain('drill-failed');
});

it('finds the scratch database of a killed drill, and never touches one that is in use', async () => {
  const { ctx, db, plant } = await world();
  const dead = await createScratch(db.source, '0mb2c4f1a-3f8a2c1d');
  const living = await createScratch(db.source, '0mb2c4f1a-3f8a2c1e');
  onTestFinished(() => living.drop());
  await db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${dead.name}'`);
  const states = async () =>
    Object.fromEntries((await listDrillDatabases(ctx, plant)).map(({ database, state }) => [database, state]));
  await expect.poll(states).toMatchObject({ [dead.name]: 'left over', [living.name]: 'in use' });
  expect(await removeDrillDatabases(ctx, plant)).toContain(dead.name);
  expect(await states()).toMatchObject({ [living.name]: 'in use' });
  expect(Object.keys(await states())).not.toContain(dead.name);
});

it('notices a record of a drill that was altered or that somebody else wrote', async () => {
  const { ctx, deps, plant } = await world();
  const { key, record } = await runDrill(ctx, plant, { kind: 'single-tenant', tenants: [tenantId('1')], ...BY });
  expect((await findDrill(ctx, record.id)).record).toEqual(record);
  await deps.tamper(key, bytes => Buffer.from(bytes.toString().replace('passed', 'failed')));
  await expect(findDrill(ctx, record.id)).rejects.toMatchObject({ code: 'object-altered' });
  expect(await listDrills(ctx)).toEqual({ drills: [], altered: [key] });
  expect((await drillsDue(ctx, false)).map(({ last }) => last)).toEqual([null, null, null, null]);
});

it('induces each fault of a game day, sees its alarm, and mends it', async () => {
  const { ctx, deps, plant, alarms } = await world();
  const faults = { damageObject: (key: string) => damageObject(join(deps.dir, 'vault'), key) };
  const { record } = await runDrill(ctx, { ...plant, faults }, { kind: 'game-day', ...BY });
  expect(record.findings).toEqual([]);
  expect(record.faults).toMatchObject([
    { fault: 'slot-dropped', expected: 'log-gap', mended: true },
    { fault: 'shipper-stopped', expected: 'recovery-point-age', mended: true },
    { fault: 'object-damaged', expected: 'integrity-failed', mended: true },
    { fault: 'key-disabled', expected: 'backup-failed', mended: true },
    { fault: 's3-throttled', expected: 'backup-failed', mended: true },
    { fault: 'database-restarted', expected: null, raised: [], mended: true },
    { fault: 'failover-in-restore', expected: null, raised: [], mended: true },
  ]);
  // People see them too.
  expect(alarms()).toEqual(record.faults!.flatMap(({ raised }) => raised));
});

it('raises an alarm for a drill that was slower than its objective, and for one that is late', async () => {
  const { ctx, deps, plant } = await world();
  // A machine on which an hour passes between two looks at the time.
  const real = performance.now.bind(performance);
  let hours = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => real() + hours++ * 3_600_000);
  onTestFinished(() => clock.mockRestore());
  const { record } = await runDrill(ctx, plant, { kind: 'single-tenant', tenants: [tenantId('1')], ...BY });
  clock.mockRestore();
  expect(record).toMatchObject({ outcome: 'slow', tenants: [{ outcome: 'slow', problem: null }] });
  expect(deps.notices.at(-1)).toMatchObject({ severity: 'alarm', code: 'drill-slow', details: { drill: record.id } });
  const inAYear = { ...ctx, clock: { now: () => new Date(Date.now() + 400 * 24 * 3600 * 1000) } };
  const due = await drillsDue(inAYear, false);
  expect(due.filter(({ state }) => state === 'late').map(({ kind }) => kind)).toEqual([
    ...['single-tenant', 'several-tenants', 'accident', 'whole-system'],
  ]);
  await reportLateDrills(ctx, due);
  expect(deps.notices.at(-1)).toMatchObject({ severity: 'alarm', code: 'drill-late' });
});

it('predicts from drills how long staging will take', async () => {
  const { ctx, plant } = await world();
  const drill = async () =>
    (await runDrill(ctx, plant, { kind: 'single-tenant', tenants: [tenantId('1')], ...BY })).record.tenants[0]!
      .restore!;
  expect((await drill()).predictedStageMs).toBeNull();
  expect((await drill()).predictedStageMs).toBeGreaterThan(0);
});
