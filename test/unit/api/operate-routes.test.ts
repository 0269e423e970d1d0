/** What the routes about drills, regions, cost, configuration, protection and messages answer and do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DrillRecord } from '../../../lib/domain/drill.ts';
import type { DrillKind } from '../../../lib/domain/drill-kind.ts';
import { eventOf } from '../../../lib/domain/event.ts';
import { drillRecordKey } from '../../../lib/domain/governance-key.ts';
import { formatLsn, lsn } from '../../../lib/domain/lsn.ts';
import { newId } from '../../../lib/domain/new-id.ts';
import { defaultSettings } from '../../../lib/domain/settings.ts';
import { SYSTEM } from '../../../lib/domain/tenant.ts';
import type { BackupItem } from '../../../lib/operations/catalog/catalog-index.ts';
import { archives, backups } from '../../../lib/operations/catalog/catalog-index.ts';
import { putDrillRecord } from '../../../lib/operations/storage/drill-records.ts';
import { noteAlarm } from '../../../lib/operations/telling/kept-alarms.ts';
import { type Answered, type ApiWorld, apiWorld } from '../../support/api-world.ts';
import { acme, person } from '../../support/governed.ts';
import { memoryVault } from '../../support/memory-vault.ts';
import { type Operated, operatingParts } from '../../support/operating-deps.ts';

const root = person('rosa', ['system-administrator']);
const olga = person('olga', ['operator']);

let operated: Operated;
let world: ApiWorld;
beforeEach(async () => {
  operated = { sent: [], regions: undefined };
  world = await apiWorld({ known: ['acme', 'other'], parts: of => operatingParts(of, operated) });
});
afterEach(async () => {
  await world.apiDeps.executions.settled();
  await world.deps.dispose();
});

async function putDrill(kind: DrillKind, outcome: DrillRecord['outcome'], recoveryMs = 1000): Promise<string> {
  const { deps: local } = world;
  local.clock.advance(60_000);
  const id = newId(local);
  const at = local.clock.now().toISOString();
  const phases = { planMs: 0, stageMs: recoveryMs, diffMs: 0, applyMs: 0, proveMs: 0 };
  await putDrillRecord(
    { ...local, settings: defaultSettings() },
    {
      ...{ format: 'holdfast.drill-record/1', id, kind, installation: local.installation, startedBy: 'olga' },
      ...{ startedAt: at, endedAt: at, outcome, seed: 's', scratch: null, findings: [], phases: [], acceptance: [] },
      tenants: [
        {
          ...{ tenant: acme, tier: 'standard', objectiveMs: 10_000, outcome, refused: [], problem: null },
          restore: {
            ...{
              moment: 'latest',
              target: formatLsn(lsn(0n)),
              phases,
              recoveryMs,
              predictedStageMs: null,
              bytes: 1,
              rows: 1,
            },
            ...{ tables: [], differing: 0, brokenReferences: 0, foreignKeys: 0, snapshot: 's', backup: null },
          },
        },
      ],
    },
  );
  return id;
}

describe('drills', () => {
  it('are paged, the newest first, whatever their kind', async () => {
    const ids: string[] = [];
    for (const kind of ['single-tenant', 'accident', 'single-tenant', 'several-tenants', 'accident'] as const)
      ids.push(await putDrill(kind, 'passed'));
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const { body }: Answered = await world.call(olga, `/drills?limit=2${next === '' ? '' : `&cursor=${next}`}`);
      expect(body.drills.length).toBeLessThanOrEqual(2);
      seen.push(...body.drills.map(({ id }: { id: string }) => id));
      next = body.next;
    }
    expect(seen).toEqual(ids.reverse());
    const { body } = await world.call(olga, '/drills?kind=accident');
    expect(body.drills.map(({ id }: { id: string }) => id)).toEqual([ids[0], ids[3]]);
  });

  it('tell how near the slowest tenant was to its objective, and what is due', async () => {
    const id = await putDrill('single-tenant', 'slow', 12_000);
    const { body } = await world.call(olga, '/drills/due');
    expect(body.newest).toMatchObject([{ id, recovery: { ms: 12_000, objectiveMs: 10_000 }, tenants: 1 }]);
    expect(body.due.map(({ kind }: { kind: string }) => kind)).not.toContain('region');
    expect((await world.call(olga, `/drills/${id}`)).body).toMatchObject({ id, outcome: 'slow' });
  });

  it('whose record was altered are named and show nothing', async () => {
    const id = await putDrill('accident', 'passed');
    await world.deps.tamper(drillRecordKey('accident', id), bytes =>
      Buffer.from(bytes.toString().replace('passed', 'failed')),
    );
    const { body } = await world.call(olga, '/drills');
    expect(body).toMatchObject({ drills: [], altered: [drillRecordKey('accident', id)] });
    expect((await world.call(olga, `/drills/${id}`)).status).toBe(409);
    expect((await world.call(olga, '/drills/nothing')).status).toBe(404);
  });

  it('are run as work to follow, which ends with a signed record even where the database cannot be reached', async () => {
    const begun = await world.call(olga, '/drills', { kind: 'single-tenant', seed: 'again' });
    expect(begun.status).toBe(202);
    const { body } = await world.followed(olga, begun.body);
    expect(body).toMatchObject({ state: 'done', result: { outcome: 'failed', startedBy: 'olga' } });
    expect((await world.call(olga, `/drills/${body.result.id}`)).body.seed).toBe('again');
    const events = (await world.trail(SYSTEM)).filter(({ action }) => action === 'drill');
    expect(events.map(({ outcome }) => outcome)).toEqual(['started', 'done']);
  });

  it('that damage the installation are not started through the API', async () => {
    expect((await world.call(root, '/drills', { kind: 'game-day' })).body).toMatchObject({ code: 'bad-input' });
  });
});

describe('regions', () => {
  it('of an installation with one are none, and nothing can be planned', async () => {
    expect((await world.call(olga, '/regions')).body).toEqual({ status: null, probes: [], isSuspected: false });
    expect((await world.call(olga, '/regions/plan')).body.code).toBe('no-regions');
    expect((await world.call(olga, '/regions/records')).body).toEqual({ records: [] });
  });

  it('are shown, probed, planned as a dry run, and a fail-over is only asked for', async () => {
    const { deps: local } = world;
    const place = (region: string, witness: boolean) => ({
      region,
      witness,
      vault: witness ? memoryVault(local.clock) : local.vault,
    });
    const other = { region: 'eu', witness: false, vault: memoryVault(local.clock) };
    operated.regions = {
      ...{
        region: 'us',
        home: 'eu',
        places: [other, place('us', false), place('w', true)],
        leaseSeconds: 60,
        drainSeconds: 60,
      },
      database: { status: async () => ({ role: 'replica', lagSeconds: 3 }), reachesOther: async () => false } as never,
      traffic: { move: async () => expect.fail('nothing is moved') },
    };
    const { body } = await world.call(olga, '/regions');
    expect(body.status).toMatchObject({ region: 'us', home: 'eu', active: null });
    expect((await world.call(olga, '/regions/probe', {})).body).toMatchObject({ region: 'eu', database: false });
    expect((await world.call(olga, '/regions')).body.probes).toHaveLength(1);
    const plan = await world.call(olga, '/regions/plan?fenced=eu');
    expect(plan.body.plan).toMatchObject({ region: 'us', planned: false, fenced: ['eu'], replica: { lagSeconds: 3 } });
    expect(plan.body.sentences.join(' ')).toContain('3 s behind');
    const asked = await world.call(olga, '/regions/failover', { planned: false, fenced: ['eu'], reason: 'lost' });
    expect(asked.body).toMatchObject({ action: 'fail-over', state: 'waiting', approvals: 1, result: null });
    expect((await world.call(olga, '/regions/failover', { planned: true, reason: '' })).status).toBe(400);
    expect((await world.call(olga, '/regions/records')).body).toEqual({ records: [] });
  });
});

describe('cost', () => {
  it('is the sum of its lines, and advice the difference of two bills', async () => {
    const { body } = await world.call(olga, '/cost?tenants=1000');
    const sum = body.lines.reduce((total: number, { usd }: { usd: number }) => total + usd, 0);
    expect(sum).toBeCloseTo(body.usd, 6);
    expect(body.profile.counted).toEqual(['tenants']);
    const advice = (await world.call(olga, '/advice?tenants=1000')).body;
    expect(advice.usd).toBeCloseTo(body.usd, 6);
    const fewer = advice.advice.find(({ id }: { id: string }) => id === 'two-regions');
    const there = (await world.call(olga, '/cost?tenants=1000&regions=2')).body;
    expect(fewer.savesUsd).toBeCloseTo(body.usd - there.usd, 6);
    expect((await world.call(olga, '/cost?regions=4')).status).toBe(400);
  });
});

describe('the configuration', () => {
  it('is readable without its password', async () => {
    const { body } = await world.call(root, '/configuration');
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(body.editable.keep).toMatchObject({ dailyDays: 14, weeklyDays: 84 });
    expect(body.model.tables).toEqual([
      { table: 'public.shops', kind: 'root', component: 'data', columns: ['id'], via: [], reason: null },
    ]);
  });

  it('is edited as a patch, and the file stays as it is', async () => {
    const { body } = await world.call(root, '/configuration/patch', { keep: { dailyDays: 21 } });
    expect(body).toMatchObject({ file: 'holdfast.yaml', changed: ['settings.keep.dailyDays'] });
    expect(body.patch).toContain('+    dailyDays: 21');
    const after = (await world.call(root, '/configuration')).body;
    expect(after.editable.keep.dailyDays).toBe(14);
  });

  it('refuses an edit that is not valid, and names the fields', async () => {
    const bad = await world.call(root, '/configuration/patch', {
      ...{ keep: { dailyDays: 0 }, approvals: [{ action: 'restore', approvals: 99 }] },
      messages: [{ name: 'on-call', kind: 'slack' }],
    });
    expect(bad.status).toBe(400);
    expect(bad.body.details.fields).toEqual(
      expect.arrayContaining(['keep.dailyDays', 'approvals.0.approvals', 'messages.0']),
    );
    expect((await world.call(root, '/configuration/patch', { people: [] })).status).toBe(400);
  });
});

describe('backups of a tenant', () => {
  const item = (n: number, kind: BackupItem['kind']): BackupItem => {
    const at = new Date(Date.parse('2026-01-01T00:00:00Z') + n * 3600_000).toISOString();
    const lsn = `0/${(n + 1).toString(16)}`;
    return {
      ...{ id: `backup-${n}`, kind, key: `k${n}`, sha256: '0'.repeat(64), from: lsn as never, to: lsn as never },
      ...{ fromTime: at, toTime: at, createdAt: at, rows: n, bytes: n, storedBytes: n, chunks: 1, reusedChunks: 0 },
      ...{ durationMs: 1, reason: 'manual' },
    };
  };

  it('are paged, the newest first, and by kind', async () => {
    for (let n = 0; n < 7; n++)
      await world.deps.catalog.write([backups.put(acme, item(n, n % 2 === 0 ? 'snapshot' : 'incremental'))]);
    const first = (await world.call(olga, `/tenants/${acme}/backups?limit=4`)).body;
    expect(first.total).toBe(7);
    const second = (await world.call(olga, `/tenants/${acme}/backups?limit=4&cursor=${first.next}`)).body;
    expect([...first.backups, ...second.backups].map(({ rows }: { rows: number }) => rows)).toEqual([
      6, 5, 4, 3, 2, 1, 0,
    ]);
    expect(second.next).toBeNull();
    expect((await world.call(olga, `/tenants/${acme}/backups?kind=incremental`)).body.total).toBe(3);
  });

  it('have archives with the end of their retention', async () => {
    const archive = {
      ...{ id: 'a', key: 'k', sha256: '0'.repeat(64), to: '0/1' as never, toTime: '2026-01-01T00:00:00.000Z' },
    };
    await world.deps.catalog.write([
      archives.put(acme, { ...archive, createdAt: archive.toTime, keep: 'monthly', rows: 1, storedBytes: 1 }),
    ]);
    const { body } = await world.call(olga, `/tenants/${acme}/archives`);
    expect(body.archives).toMatchObject([{ id: 'a', tenant: acme, until: '2027-01-01T00:00:00.000Z' }]);
    // Its manifest is not there: the proof says so.
    const begun = await world.call(olga, `/tenants/${acme}/archives/verifications`, {});
    expect((await world.followed(olga, begun.body)).body).toMatchObject({
      state: 'failed',
      problem: { code: 'object-missing' },
    });
  });

  it('are made as work to follow, whose failure is a problem with its code', async () => {
    for (const [path, body] of [
      ['snapshots', { reason: 'pre-migration' }],
      ['verifications', { live: true }],
      ['archives', { keep: 'annual' }],
    ] as const) {
      const begun = await world.call(olga, `/tenants/${acme}/${path}`, body);
      expect([path, begun.status, begun.body.tenant]).toEqual([path, 202, acme]);
      const { body: ended } = await world.followed(olga, begun.body);
      expect([path, ended.state, typeof ended.problem.code]).toEqual([path, 'failed', 'string']);
      expect(ended.problem.code).not.toBe('unexpected');
    }
    expect((await world.call(olga, `/tenants/${acme}/snapshots`, { reason: 'because' })).status).toBe(400);
  });
});

describe('alarms', () => {
  it('are listed, acknowledged in a name that the caller cannot choose, and on record', async () => {
    const { deps: local } = world;
    const event = { installation: local.installation, severity: 'alarm', code: 'log-gap', message: 'A gap.' } as const;
    await noteAlarm(local, eventOf({ ...event, at: local.clock.now().toISOString(), details: { tenant: acme } }));
    const [alarm] = (await world.call(olga, '/alarms')).body.alarms;
    expect(alarm).toMatchObject({ count: 1, acknowledged: null });
    const done = await world.call(olga, '/alarms/acknowledgement', { alarm: alarm.id, reason: 'looking into it' });
    expect(done.body.acknowledged).toMatchObject({ by: 'olga', reason: 'looking into it' });
    expect((await world.trail(SYSTEM)).at(-1)).toMatchObject({ action: 'protect', outcome: 'allowed' });
    expect((await world.call(olga, '/alarms/acknowledgement', { alarm: 'none' })).body.code).toBe('unknown-alarm');
  });

  it('reach the recipients that a test names', async () => {
    expect((await world.call(olga, '/recipients/test', { recipient: 'team' })).body).toEqual({
      tested: [{ recipient: 'team', failed: null }],
    });
    await world.call(olga, '/recipients/test', {});
    expect(operated.sent).toEqual(['team', 'on-call', 'team']);
    expect((await world.call(olga, '/recipients/test', { recipient: 'nobody' })).status).toBe(400);
  });
});
