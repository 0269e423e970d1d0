/**
 * A region is lost, or left as planned, on two real servers in physical replication: whatever is killed in the middle, the
 * fail-over goes on, protection runs in the other region, every moment stays recoverable, and rows that only the vault has
 * are named and brought back.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { FAILOVER_STEPS, FailoverInput, type FailoverPlan, type FailoverRecord } from '../../lib/domain/failover.ts';
import { parseRestoreRequest } from '../../lib/domain/restore-request.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { runs } from '../../lib/operations/catalog/catalog-index.ts';
import { refOf } from '../../lib/operations/context.ts';
import type { FailoverDeps } from '../../lib/operations/failover/failover-steps.ts';
import { planFailover } from '../../lib/operations/failover/plan-failover.ts';
import { runFailover } from '../../lib/operations/failover/run-failover.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { connect } from '../../lib/postgres/connection.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { type RegionPair, regionPair } from '../support/region-pair.ts';
import { execute, untilTrue } from '../support/replicated-servers.ts';
import { liveState, type State, stateAt } from '../support/staged-world.ts';

const TENANTS = ['1', '2', '3'];
const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

const responsible = {
  ...{
    request: 'f1',
    requestedBy: 'ann',
    approvedBy: ['bob'],
    reason: 'region lost',
    planHash: 'h',
    brokeGlass: false,
  },
};

interface Remembered {
  readonly tenant: string;
  readonly time: string;
  readonly state: State;
}

async function protectedPair(version: 15 | 18): Promise<{ pair: RegionPair; old: Remembered[] }> {
  const pair = await regionPair(version);
  cleanup.push(pair.dispose);
  const a = pair.machine('a');
  await shipLog(a);
  for (const tenant of TENANTS) await takeSnapshot(a, tenantId(tenant));
  const old = [await remembered(pair, 'a', '1', 'first'), await remembered(pair, 'a', '2', 'second')];
  await pair.replicate('a');
  await pair.caughtUp();
  return { pair, old };
}

const title = (tenant: string, text: string) =>
  `UPDATE public.projects SET title = '${text}' WHERE id = (SELECT min(id) FROM public.projects WHERE tenant_id = ${tenant})`;

async function remembered(pair: RegionPair, at: 'a' | 'b', tenant: string, text: string): Promise<Remembered> {
  const deps = pair.machine(at);
  await pair.sql(at, title(tenant, text));
  await shipLog(deps);
  const { toTime } = (await runs.latest(deps.catalog))!;
  return { tenant, time: toTime, state: await liveState(deps, tenant) };
}

async function expectRecoverable(deps: FailoverDeps, moments: readonly Remembered[]): Promise<void> {
  for (const { tenant, time, state } of moments) expect(await stateAt(deps, tenant, time), time).toEqual(state);
}

/** The standby keeps the slot once its log on the primary has gone on; that takes work on the primary. */
async function slotFollows(pair: RegionPair): Promise<void> {
  for (;;) {
    await pair.sql('a', 'SELECT pg_log_standby_snapshot()');
    await shipLog(pair.machine('a'));
    const [row] = await execute(
      pair.at.b.url,
      `SELECT count(*)::int AS n, pg_sleep(0.2) FROM pg_replication_slots WHERE slot_name = 'holdfast' AND synced AND NOT temporary`,
    );
    if (row!.n === 1) return;
  }
}

class Killed extends Error {}

/** Runs it again after every kill: when a step has done its work, and when that is written. */
async function killedEverywhere(
  pair: RegionPair,
  region: 'a' | 'b',
  plan: FailoverPlan,
  more: Partial<FailoverDeps> = {},
): Promise<{ record: FailoverRecord; kills: string[] }> {
  const kills: string[] = [];
  let step = '';
  for (;;) {
    const deps = pair.machine(region, {
      ...more,
      progress: event => {
        if (event.step.startsWith('failover.')) step = event.step;
      },
      crash: point => {
        const here = `${step} ${point}`;
        if (!point.startsWith('failover.') || kills.includes(here)) return;
        kills.push(here);
        throw new Killed(here);
      },
    });
    try {
      return { record: (await runFailover(deps, 'f1', plan, responsible)).record, kills };
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
}

const input = (fenced: string[] = []) => FailoverInput.parse({ planned: false, fenced });

// Two servers, killed twice in every step.
describe.each(PG_VERSIONS)('on PostgreSQL %i', { timeout: 900_000 }, version => {
  it('the region that is left is protected, whatever is killed, and rows that only the vault has come back', async () => {
    const { pair, old } = await protectedPair(version);
    // The standby gets nothing more, and the vault does.
    await execute(pair.at.b.url, `ALTER SYSTEM SET primary_conninfo = ''`);
    await execute(pair.at.b.url, 'SELECT pg_reload_conf()');
    await untilTrue(pair.at.b.url, 'NOT EXISTS (SELECT FROM pg_stat_wal_receiver)');
    const lost = await remembered(pair, 'a', '1', 'only in the vault');
    await pair.replicate('a');
    await pair.servers.kill(pair.at.a);
    pair.lose('a');

    const b = pair.machine('b');
    await expect(shipLog(b)).rejects.toMatchObject({ code: 'region-not-active' });
    const plan = await planFailover(b, input(['a']));
    expect(plan).toMatchObject({ region: 'b', from: 'a', unreachable: ['a'], missingRuns: null, behind: [] });
    expect(plan.newest?.time).toBe(lost.time);
    await expect(runFailover(b, 'early', { ...plan, fenced: [] }, responsible)).rejects.toMatchObject({
      code: 'region-undecided',
    });

    const { record, kills } = await killedEverywhere(pair, 'b', plan);
    for (const step of FAILOVER_STEPS.slice(1)) expect(kills).toContain(`failover.${step} failover.after-work`);
    expect(record).toMatchObject({ region: 'b', planned: false, continued: false, doubtful: [] });
    const ref = refOf(b, tenantId('1'));
    expect(record.offered).toMatchObject([{ tenant: ref, verdict: 'lacks' }]);
    expect(record.durations.map(({ step }) => step)).toEqual(FAILOVER_STEPS.slice(1));
    expect(pair.moved.at(-1)).toBe('b');

    const after = pair.machine('b');
    expect(await liveState(after, '1')).not.toEqual(lost.state);
    await expectRecoverable(after, [...old, lost]);
    const recent = [await remembered(pair, 'b', '2', 'in the other region')];
    await runRestore(
      after,
      parseRestoreRequest({ tenant: '1', target: record.offered[0]!.target, requestedBy: 'ann', reason: 'offered' }),
    );
    expect(await liveState(after, '1')).toEqual(lost.state);
    await shipLog(after);
    await expectRecoverable(after, [...old, lost, ...recent]);
    expect((await runFailover(after, 'f1', plan, responsible)).record).toEqual(record);
  });

  it('a run that reaches the other vault late harms nothing', async () => {
    const { pair, old } = await protectedPair(version);
    const late = await remembered(pair, 'a', '2', 'replicated late');
    await pair.caughtUp();
    await pair.servers.kill(pair.at.a);
    pair.lose('a');
    const b = pair.machine('b');
    const plan = await planFailover(b, input(['a']));
    const { record } = await runFailover(b, 'f1', plan, responsible);
    // The database has it; the vault does not, and nothing was lost.
    expect(record).toMatchObject({ continued: false, offered: [], doubtful: [] });
    expect(await liveState(b, '2')).toEqual(late.state);
    const recent = [await remembered(pair, 'b', '3', 'after')];
    await pair.replicate('a');
    await planFailover(b, input());
    // Its moment lies in the gap, and all others are as before.
    await expectRecoverable(b, [...old, ...recent]);
  });

  it('a planned fail-over that gets nothing changes nothing, and one that is given up leaves the region as it was', async () => {
    const { pair, old } = await protectedPair(version);
    const b = pair.machine('b', { pause: async () => {} });
    const plan = await planFailover(b, FailoverInput.parse({ planned: true }));
    // The vault is not replicated any more.
    await expect(runFailover(b, 'f1', plan, responsible)).rejects.toMatchObject({ code: 'failover-not-drained' });
    const still = await remembered(pair, 'a', '1', 'still here');

    const killed = pair.machine('b', {
      crash: point => {
        if (point === 'failover.after-step') throw new Killed(point);
      },
    });
    await expect(runFailover(killed, 'f2', { ...plan, planned: false }, responsible)).rejects.toThrow(Killed);
    await expect(shipLog(pair.machine('a'))).rejects.toMatchObject({ code: 'region-not-active' });
    const a = pair.machine('a');
    const given = await planFailover(a, input());
    expect(given).toMatchObject({ region: 'a', from: null, replica: { role: 'primary' } });
    const { record } = await runFailover(a, 'f3', given, responsible);
    expect(record).toMatchObject({ region: 'a', offered: [], doubtful: [] });
    const again = await remembered(pair, 'a', '2', 'given up');
    await expectRecoverable(pair.machine('a'), [...old, still, again]);
  });

  it('a planned fail-over and the way back lose nothing, and old sessions write nothing', async () => {
    const { pair, old } = await protectedPair(version);
    const shipping = (from: 'a' | 'b') => async (milliseconds: number) => {
      const left = pair.machine(from);
      await shipLog(left).catch(() => {});
      await pair.replicate(from);
      await new Promise(done => setTimeout(done, milliseconds > 1000 ? milliseconds : 100));
    };
    const last = await remembered(pair, 'a', '3', 'just before');
    if (version >= 17) await slotFollows(pair);
    const plan = await planFailover(pair.machine('b'), FailoverInput.parse({ planned: true }));
    expect(plan).toMatchObject({ from: 'a', unreachable: [] });
    const { record, kills } = await killedEverywhere(pair, 'b', plan, { pause: shipping('a') });
    expect(kills).toContain('failover.drain failover.after-work');
    // Its slot went along, where the server can do that.
    expect(record).toMatchObject({ planned: true, continued: version >= 17, offered: [], doubtful: [] });
    await expect(pair.sql('a', title('1', 'too late'))).rejects.toThrow(/read-only/);
    await expect(shipLog(pair.machine('a'))).rejects.toMatchObject({ code: 'region-not-active' });
    const there = [await remembered(pair, 'b', '1', 'there')];
    await expectRecoverable(pair.machine('b'), [...old, last, ...there]);

    await pair.rejoin('a');
    await pair.replicate('b');
    const back = await planFailover(pair.machine('a'), FailoverInput.parse({ planned: true }));
    expect(back).toMatchObject({ region: 'a', from: 'b' });
    const home = await runFailover(pair.machine('a', { pause: shipping('b') }), 'f2', back, responsible);
    expect(home.record).toMatchObject({ region: 'a', offered: [], doubtful: [] });
    const again = [await remembered(pair, 'a', '2', 'home again')];
    await expectRecoverable(pair.machine('a'), [...old, last, ...there, ...again]);
    expect(pair.moved.at(-1)).toBe('a');
  });
});

it('what is written between the drain and the freeze, by the application or by a process that was suspended, is not lost', {
  timeout: 300_000,
}, async () => {
  const { pair } = await protectedPair(18);
  let isCut = false;
  const shipping = async (milliseconds: number) => {
    await shipLog(pair.machine('a')).catch(() => {});
    await pair.replicate('a');
    // In the wait for this region, not in that for the leases.
    if (isCut && milliseconds <= 1000) await execute(pair.at.b.url, 'SELECT pg_wal_replay_resume()');
    await new Promise(done => setTimeout(done, 100));
  };
  const plan = await planFailover(pair.machine('b'), FailoverInput.parse({ planned: true }));
  const crash = (point: string) => {
    if (point === 'failover.after-step') throw new Killed(point);
  };
  const killed = pair.machine('b', { pause: shipping, crash });
  await expect(runFailover(killed, 'f1', plan, responsible)).rejects.toThrow(Killed);
  await expect(pair.sql('a', title('1', 'too early'))).rejects.toThrow(/read-only/);

  // Another fail-over was given up meanwhile, and the replica does not get on.
  await execute(pair.at.b.url, 'SELECT pg_wal_replay_pause()');
  isCut = true;
  await killed.regions.database.allowWrites();
  await pair.sql('a', title('1', 'allowed again'));
  const suspended = await connect(pair.machine('a').source, 'restore');
  cleanup.push(() => suspended.end().catch(() => {}));
  suspended.on('error', () => {});
  await suspended.query('BEGIN');
  await suspended.query(title('2', 'never committed'));
  const state = { one: await liveState(pair.machine('a'), '1'), two: await liveState(pair.machine('a'), '2') };

  const on = pair.machine('b', { pause: awaiting(shipping) });
  const { record } = await runFailover(on, 'f1', plan, responsible);
  await expect(suspended.query('COMMIT')).rejects.toThrow();
  expect(record).toMatchObject({ planned: true, offered: [], doubtful: [] });
  expect(await liveState(pair.machine('b'), '1')).toEqual(state.one);
  expect(await liveState(pair.machine('b'), '2')).toEqual(state.two);
});

/** The leases of the other region really end. */
function awaiting(shipping: (milliseconds: number) => Promise<void>) {
  return async (milliseconds: number) => {
    await shipping(milliseconds);
    if (milliseconds > 1000) await new Promise(done => setTimeout(done, milliseconds));
  };
}
