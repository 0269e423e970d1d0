/** How far back each tenant falls when its chain breaks, and for how long that is remembered. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM, tenantId } from '../../lib/domain/tenant.ts';
import { processMemory } from '../../lib/local/process-memory.ts';
import { gaps, runs, tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { writeAll } from '../../lib/operations/catalog/typed-items.ts';
import { verificationAge } from '../../lib/operations/catalog/verification-age.ts';
import { lastFleetRun, recordFleetRun, sinceFleetRun } from '../../lib/operations/fleet/fleet-runs.ts';
import { FleetRequest, planFleet } from '../../lib/operations/fleet/plan-fleet.ts';
import { openGaps } from '../../lib/operations/log/open-gaps.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { verifyBackup } from '../../lib/operations/verify/verify-backup.ts';
import { type LogFixture, logFixture } from './log-fixture.ts';

const DAY_MS = 24 * 3600 * 1000;
let log: LogFixture;
beforeEach(async () => {
  log = await logFixture(18);
});
afterEach(() => log?.dispose());

const later = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
const snapshot = (tenant: string) => takeSnapshot(log.ctx, tenantId(tenant));
const fleet = () => planFleet(log.ctx, FleetRequest.parse({}));

/** The very first run has a gap before it, for all tenants. */
async function beginning() {
  const first = await shipLog(log.ctx);
  await fleet();
  return first;
}

describe('a gap of all tenants', () => {
  it('sets back the tenants without a snapshot beyond it, to the moment when it began', async () => {
    const first = await beginning();
    const { fromTime } = first.gaps[0]!;
    expect((await shipLog(log.ctx)).behind).toEqual([{ tenants: 'all', since: fromTime }]);
    await snapshot('a');
    expect((await shipLog(log.ctx)).behind).toEqual([{ tenants: [log.ref('b')], since: fromTime }]);
    await snapshot('b');
    expect((await shipLog(log.ctx)).behind).toEqual([]);
  });

  it('is remembered while a tenant lacks its snapshot, however long, and then looked up for that tenant alone', async () => {
    const first = await beginning();
    await snapshot('a');
    for (const days of [0.5, 2, 30]) {
      const open = await openGaps(log.ctx, later(days));
      expect(open.behind).toEqual([{ tenants: [log.ref('b')], since: first.gaps[0]!.fromTime }]);
      expect(open.needSnapshot).toEqual([log.ref('b')]);
    }
    expect((await gaps.listOpen(log.deps.catalog)).map(gap => gap.tenant)).toEqual([log.ref('b')]);
    await snapshot('b');
    expect(await openGaps(log.ctx, later(30))).toEqual({ ids: [], needSnapshot: [], behind: [] });
    expect(await gaps.listOpen(log.deps.catalog)).toEqual([]);
  });

  it('looks up each tenant once for all gaps, and reads none of the backups before them', async () => {
    await beginning();
    for (const tenant of ['a', 'b', 'a', 'b', 'a']) await snapshot(tenant);
    const { catalog } = log.deps;
    await shipLog(log.ctx);
    const run = await runs.latest(catalog);
    const gap = { tenant: SYSTEM, reason: 'slot-lost' as const, to: null, toTime: null };
    for (const id of ['x', 'y', 'z'])
      await catalog.write([gaps.putOpen({ ...gap, id, from: run!.to, fromTime: run!.toTime, seen: run!.to })]);
    await snapshot('a');
    const read: string[] = [];
    const counting = Object.assign(Object.create(catalog), {
      query: async function* (...[partition, range]: Parameters<typeof catalog.query>) {
        const isBackups = /^tenant#.*#backups$/.test(partition);
        if (isBackups) read.push('asked');
        for await (const item of catalog.query(partition, range)) {
          if (isBackups) read.push('read');
          yield item;
        }
      },
    });
    const open = await openGaps({ catalog: counting, memory: processMemory() }, later(0.5));
    expect(open.needSnapshot).toEqual([log.ref('b')]);
    expect(open.ids).toEqual(['x', 'y', 'z']);
    expect(read.sort()).toEqual(['asked', 'asked', 'read']);
  });

  it('waits for no tenant that left the database, and for every tenant that came back', async () => {
    await beginning();
    await snapshot('a');
    await log.sql(`DELETE FROM tenants WHERE id = 'b'`);
    await fleet();
    expect(await tenants.get(log.deps.catalog, log.ref('b'))).toMatchObject({ left: true });
    await log.sql(`INSERT INTO tenants VALUES ('b', 'B')`);
    await fleet();
    expect(await tenants.get(log.deps.catalog, log.ref('b'))).not.toHaveProperty('left');
    expect((await openGaps(log.ctx, later(2))).needSnapshot).toEqual([log.ref('b')]);
    await log.sql(`DELETE FROM tenants WHERE id = 'b'`);
    await fleet();
    expect((await openGaps(log.ctx, later(2))).behind).toEqual([]);
    expect(await gaps.listOpen(log.deps.catalog)).toEqual([]);
  });
});

describe('a gap before any tenant is known', () => {
  it('concerns all tenants at first, and none if there is still no tenant after a day', async () => {
    await shipLog(log.ctx);
    expect((await openGaps(log.ctx, later(0.5))).needSnapshot).toBe('all');
    expect(await openGaps(log.ctx, later(2))).toEqual({ ids: [], needSnapshot: [], behind: [] });
  });
});

describe('a tenant that left', () => {
  it('is known again as soon as the log has rows of it', async () => {
    await beginning();
    await log.sql(`DELETE FROM tenants WHERE id = 'b'`);
    await fleet();
    await log.sql(`INSERT INTO orders VALUES ('b', 1, 'x')`);
    await shipLog(log.ctx);
    expect(await tenants.get(log.deps.catalog, log.ref('b'))).not.toHaveProperty('left');
  });
});

describe('the age of a verification', () => {
  it('counts from the last success, before that from the first snapshot, and not at all where nothing can be verified', async () => {
    await beginning();
    const begun = log.ctx.clock.now().getTime();
    const at = (days: number) => ({ ...log.ctx, clock: { now: () => new Date(begun + days * DAY_MS) } });
    const age = (days: number) => verificationAge(at(days), log.ref('a'));
    expect(await age(3)).toBeUndefined();
    await snapshot('a');
    expect((await age(3))! / 86_400).toBeCloseTo(3, 1);
    const { catalog } = log.deps;
    await verifyBackup(at(2), tenantId('a'));
    expect((await age(3))! / 86_400).toBeCloseTo(1, 1);
    const item = (await tenants.get(catalog, log.ref('a')))!;
    await writeAll(catalog, [tenants.put({ ...item, left: true })]);
    expect(await age(3)).toBeUndefined();
  });
});

describe('the time since a fleet run', () => {
  it('counts from the first shipped log while there is no run: a first run that never happens is late too', async () => {
    expect(await sinceFleetRun(log.ctx, 'verify-fleet')).toBeUndefined();
    await beginning();
    await shipLog(log.ctx);
    const { fromTime } = (await runs.list(log.deps.catalog))[0]!;
    const now = new Date(Date.parse(fromTime) + 5000);
    expect(await sinceFleetRun({ ...log.ctx, clock: { now: () => now } }, 'verify-fleet')).toBe(5);
  });

  it('counts from the first recorded end, even if the same run is reported again', async () => {
    const at = (seconds: number) => ({
      ...log.ctx,
      clock: { now: () => new Date(Date.UTC(2026, 0, 31, 1, 0, seconds)) },
    });
    const run = { workflow: 'back-up-fleet', reason: 'schedule', startedAt: '2026-01-31T00:00:00Z' };
    const first = await recordFleetRun(at(10), run);
    expect(await recordFleetRun(at(50), run)).toEqual(first);
    expect(await sinceFleetRun(at(60), 'back-up-fleet')).toBe(50);
    await recordFleetRun(at(70), { ...run, startedAt: '2026-01-31T00:30:00Z' });
    expect((await lastFleetRun(log.ctx, 'back-up-fleet'))!.finishedAt).toBe(at(70).clock.now().toISOString());
  });
});
