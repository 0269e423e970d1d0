/**
 * A fail-over as the state machine carries it out: call after call, over one catalog for both regions, with RDS as a double
 * that really promotes a server in physical replication. The calls run the product's steps; the waits are the machine's.
 */
import { afterEach, expect, it } from 'vitest';
import { rdsFailover } from '../../lib/aws/rds-failover.ts';
import { HoldfastError } from '../../lib/domain/errors.ts';
import { FAILOVER_STEPS, FailoverInput, type FailoverPlan, type FailoverRecord } from '../../lib/domain/failover.ts';
import { NO_GOVERNANCE } from '../../lib/domain/governance-settings.ts';
import { SYSTEM, tenantId } from '../../lib/domain/tenant.ts';
import { runs } from '../../lib/operations/catalog/catalog-index.ts';
import { refOf } from '../../lib/operations/context.ts';
import { actsHere, joinRegions } from '../../lib/operations/failover/acts-here.ts';
import { failoverKind } from '../../lib/operations/failover/failover-kind.ts';
import { type FailoverDeps, failoverRecords } from '../../lib/operations/failover/failover-steps.ts';
import { leaveRegion } from '../../lib/operations/failover/leave-region.ts';
import { planFailover } from '../../lib/operations/failover/plan-failover.ts';
import { runFailover } from '../../lib/operations/failover/run-failover.ts';
import type { ActionKind } from '../../lib/operations/governance/action-kind.ts';
import { carryOutRequest } from '../../lib/operations/governance/carry-out-request.ts';
import { decideRequest } from '../../lib/operations/governance/decide-request.ts';
import { requestAction } from '../../lib/operations/governance/request-action.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { rebuildCatalog } from '../../lib/operations/rebuild/rebuild-catalog.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { timeBudget } from '../../lib/operations/time-budget.ts';
import { replicaFailover } from '../../lib/postgres/server/replica.ts';
import type { AwsPorts } from '../../lib/runtime/aws.ts';
import { governanceDeps } from '../../lib/runtime/carry-out.ts';
import { definitions, FAILOVER_DEPLOYMENT, synthesized } from '../infra/synthesized.ts';
import { anna, olga } from '../support/governed.ts';
import { interpret } from '../support/interpreted-machine.ts';
import { rdsDouble } from '../support/rds-double.ts';
import { type RegionPair, regionPair } from '../support/region-pair.ts';
import { execute, untilTrue } from '../support/replicated-servers.ts';
import { liveState, stateAt } from '../support/staged-world.ts';

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

interface Played {
  readonly pair: RegionPair;
  readonly double: ReturnType<typeof rdsDouble>;
  readonly snapshots: string[];
  deps(region: 'a' | 'b', more?: Partial<FailoverDeps>): FailoverDeps;
}

async function played(kind: 'replica' | 'global-cluster'): Promise<Played> {
  const pair = await regionPair(18);
  cleanup.push(pair.dispose);
  const double = rdsDouble(kind, pair.at.b.url);
  const snapshots: string[] = [];
  const { catalog } = pair.machine('a');
  const deps = (region: 'a' | 'b', more: Partial<FailoverDeps> = {}) => {
    const own = pair.machine(region, { catalog, ...more });
    const left = pair.machine(region === 'a' ? 'b' : 'a');
    const regions = {
      ...own.regions,
      database: rdsFailover({
        ...{ rds: double.rds, database: double.database, region },
        leaving: {
          reachesOther: () => leaveRegion(left.source, 'probe').then(() => true),
          stopWrites: async all => (await leaveRegion(left.source, all ? 'stop-all-writes' : 'stop-writes')).stopped!,
          allowWrites: async () => void (await leaveRegion(left.source, 'allow-writes')),
        },
        server: replicaFailover(own.source, own.source),
      }),
      shared: { startSnapshots: async (id: string) => void snapshots.push(id) },
    };
    // A budget that is used up: one tenant is compared in a call.
    return { ...own, regions, budget: timeBudget(0) };
  };
  for (const tenant of ['1', '2', '3'])
    await (tenant === '1' ? shipLog(deps('a')) : Promise.resolve()).then(() =>
      takeSnapshot(deps('a'), tenantId(tenant)),
    );
  await pair.replicate('a');
  await pair.caughtUp();
  return { pair, double, snapshots, deps };
}

/** As the state machine calls it: one step in each call, until the record is there. `meanwhile`: what goes on in the waits. */
async function carriedOut(
  { deps }: Played,
  plan: FailoverPlan,
  meanwhile = async () => {},
): Promise<{ record: FailoverRecord; calls: number }> {
  for (let calls = 1; ; calls++) {
    try {
      return { record: (await runFailover(deps('b'), 'f1', plan, responsible)).record, calls };
    } catch (error) {
      if (!(error instanceof HoldfastError && error.code === 'request-unfinished')) throw error;
      await meanwhile();
    }
  }
}

const title = (tenant: string, text: string) =>
  `UPDATE public.projects SET title = '${text}' WHERE id = (SELECT min(id) FROM public.projects WHERE tenant_id = ${tenant})`;

it('a lost region: the replica is promoted once, protection goes on, and what the vault never got is not believed', {
  timeout: 300_000,
}, async () => {
  const world = await played('replica');
  const { pair, double, deps, snapshots } = world;
  await execute(pair.at.b.url, `ALTER SYSTEM SET primary_conninfo = ''`);
  await execute(pair.at.b.url, 'SELECT pg_reload_conf()');
  await untilTrue(pair.at.b.url, 'NOT EXISTS (SELECT FROM pg_stat_wal_receiver)');
  await pair.sql('a', title('1', 'only in the vault'));
  await shipLog(deps('a'));
  await pair.replicate('a');
  const kept = (await runs.latest(deps('a').catalog))!;
  const state = await liveState(deps('a'), '1');
  // This run is in the catalog, which both regions have, and never in the vault of the other.
  await pair.sql('a', title('2', 'lost with the region'));
  await shipLog(deps('a'));
  const never = (await runs.latest(deps('a').catalog))!;
  await pair.servers.kill(pair.at.a);
  pair.lose('a');

  expect(await actsHere(deps('b'))).toBe(false);
  expect(await joinRegions(deps('b'), async () => deps('b').regions)).toBe(false);
  const plan = await planFailover(deps('b'), FailoverInput.parse({ planned: false, fenced: ['a'] }));
  expect(plan).toMatchObject({
    from: 'a',
    missingRuns: null,
    newest: { position: kept.to },
    replica: { role: 'replica' },
  });
  const { record, calls } = await carriedOut(world, plan);
  expect(calls).toBeGreaterThan(FAILOVER_STEPS.length);
  expect(double.requests.filter(name => name === 'PromoteReadReplica')).toHaveLength(1);
  expect(record).toMatchObject({ region: 'b', continued: false, before: kept.to });
  expect(record.offered).toMatchObject([{ tenant: refOf(deps('b'), tenantId('1')), verdict: 'lacks' }]);
  expect(snapshots).toEqual(['f1']);
  expect(pair.moved).toEqual(['b']);

  expect(await actsHere(deps('b'))).toBe(true);
  await pair.sql('b', title('3', 'in the other region'));
  await shipLog(deps('b'));
  expect(await stateAt(deps('b'), '1', kept.toTime)).toEqual(state);
  // The vault alone tells the same: no run of the other region is needed to follow the log.
  const rebuilt = pair.machine('b');
  expect((await rebuildCatalog(rebuilt)).leftOut).toEqual([]);
  expect((await runs.latest(rebuilt.catalog))!.to).toBe((await runs.latest(deps('b').catalog))!.to);
  expect(await stateAt(rebuilt, '1', kept.toTime)).toEqual(state);

  // What the other region wrote to its copy of the catalog comes late, and the objects later still.
  await takeSnapshot(deps('b'), tenantId('3'));
  await deps('b').catalog.write([runs.put(never)]);
  const recent = await liveState(deps('b'), '3');
  await pair.sql('b', title('2', 'and again'));
  await shipLog(deps('b'));
  expect(await stateAt(deps('b'), '3', (await runs.latest(deps('b').catalog))!.toTime)).toEqual(recent);
  await pair.replicate('a');
  expect(await stateAt(deps('b'), '1', kept.toTime)).toEqual(state);
});

it('a planned fail-over of a global database switches over, and loses nothing', { timeout: 300_000 }, async () => {
  const world = await played('global-cluster');
  const { pair, double, deps, snapshots } = world;
  await pair.sql('a', title('3', 'just before'));
  const state = await liveState(deps('a'), '3');
  const plan = await planFailover(deps('b'), FailoverInput.parse({ planned: true }));
  const { record } = await carriedOut(world, plan, async () => {
    await shipLog(deps('a')).catch(() => {});
    await pair.replicate('a');
    await pair.caughtUp().catch(() => {});
  });
  expect(double.requests).toContain('SwitchoverGlobalCluster');
  expect(double.requests).not.toContain('FailoverGlobalCluster');
  expect(record).toMatchObject({ planned: true, offered: [], doubtful: [] });
  expect(snapshots).toHaveLength(record.continued ? 0 : 1);
  expect(await liveState(deps('b'), '3')).toEqual(state);
  await expect(pair.sql('a', title('1', 'too late'))).rejects.toThrow(/read-only/);
  await pair.sql('b', title('1', 'writes are allowed here'));
});

it('a planned fail-over that does not get everything in time changes nothing, and can be asked for again', {
  timeout: 300_000,
}, async () => {
  const world = await played('global-cluster');
  const { pair, double, deps } = world;
  await pair.sql('a', title('1', 'not replicated'));
  const plan = await planFailover(deps('b'), FailoverInput.parse({ planned: true }));
  let now = Date.now();
  const clock = { now: () => new Date(now) };
  const later = async () => runFailover(deps('b', { clock }), 'f1', plan, responsible);
  await expect(later()).rejects.toMatchObject({ code: 'request-unfinished' });
  await expect(pair.sql('a', title('1', 'stopped'))).rejects.toThrow(/read-only/);
  now += 3_600_000;
  await expect(later()).rejects.toMatchObject({ code: 'failover-not-drained' });
  await pair.sql('a', title('1', 'allowed again'));
  expect(double.requests).not.toContain('SwitchoverGlobalCluster');
  expect(await actsHere(deps('a'))).toBe(true);
  await expect(later()).rejects.toMatchObject({ code: 'request-unfinished' });
});

/** A function whose process ends in the middle, as the state machine sees it. */
const ENDED = Object.assign(new Error('exited'), { name: 'Runtime.ExitError' });

it('the state machine carries an approved request out, whatever ends in the middle, once it is redriven', {
  timeout: 300_000,
}, async () => {
  const { pair, double, snapshots, deps } = await played('replica');
  // Before their snapshots end, nothing is recoverable.
  await shipLog(deps('a'));
  await pair.replicate('a');
  await pair.caughtUp();
  await pair.servers.kill(pair.at.a);
  pair.lose('a');
  const kills = new Map<string, number>();
  let step = '';
  /** Ends once after the work of each step, and once after it is written down. */
  const crash = (point: string) => {
    const here = `${step} ${point}`;
    if (!point.startsWith('failover.') || kills.has(here)) return;
    kills.set(here, 1);
    throw ENDED;
  };
  const progress = (event: { readonly step: string }) => {
    if (event.step.startsWith('failover.')) step = event.step;
  };
  const governed = (more: Partial<FailoverDeps> = {}) => {
    const own = deps('b', { pause: async () => {}, ...more });
    const aws = { governance: NO_GOVERNANCE, otherVaults: new Map(), config: { name: 'holdfast', region: 'b' } };
    return { ...governanceDeps(own, aws as unknown as AwsPorts), source: own.source, regions: own.regions };
  };
  const kinds = [failoverKind as ActionKind];
  const input = { planned: false, fenced: ['a'] };
  const asked = { action: 'fail-over', tenant: SYSTEM, input, reason: 'region lost' } as const;
  const { id, planHash } = await requestAction(governed(), kinds, { principal: olga, ...asked });
  await decideRequest(governed(), { principal: anna, tenant: SYSTEM, id, planHash, agrees: true });

  const machine = definitions(synthesized(FAILOVER_DEPLOYMENT).templates.get('holdfast-recovery-standby')!);
  const execution = { tenant: SYSTEM, request: id, action: 'fail-over' };
  const failures: unknown[] = [];
  const run = () =>
    interpret(machine.get('holdfast-fail-over'), execution, {
      'Fail over': async ({ tenant, request }) => {
        const on = { ...governed({ crash, progress }), budget: timeBudget(0) };
        return { done: (await carryOutRequest(on, kinds, { tenant, id: request })) !== undefined };
      },
      'Record the failure': event => void failures.push(event.workflow),
    });
  let done = await run();
  while (done.failure !== undefined && failures.length <= 2 * FAILOVER_STEPS.length) done = await run();

  expect(done.failure).toBeUndefined();
  const steps = FAILOVER_STEPS.slice(1);
  expect([...kills.keys()]).toEqual(
    steps.flatMap(name => ['after-work', 'after-step'].map(point => `failover.${name} failover.${point}`)),
  );
  expect(failures).toEqual(Array.from(kills, () => 'fail-over'));
  expect(double.requests.filter(name => name === 'PromoteReadReplica')).toHaveLength(1);
  expect(new Set(snapshots)).toEqual(new Set([id]));
  const [record] = await failoverRecords(deps('b'));
  expect(record).toMatchObject({ id, region: 'b', offered: [], doubtful: [] });
  expect(record!.responsible).toMatchObject({ requestedBy: 'olga', approvedBy: ['anna'] });
  expect(await actsHere(deps('b'))).toBe(true);
  await pair.sql('b', title('1', 'protected here'));
  await shipLog(deps('b'));
});
