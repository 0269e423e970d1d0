/**
 * The process that fails over is killed at random moments, in the middle of any step, again and again, on two real servers:
 * whoever continues the request ends with one active region, and every row that the log had confirmed is in the promoted
 * database or is offered as a restore. Once by a person's request, once by the region itself.
 */
import { afterEach, expect, it } from 'vitest';
import { AUTOMATIC } from '../../lib/domain/automatic-failover.ts';
import type { FailoverRecord } from '../../lib/domain/failover.ts';
import { parseRestoreRequest } from '../../lib/domain/restore-request.ts';
import { SYSTEM, tenantId } from '../../lib/domain/tenant.ts';
import { refOf } from '../../lib/operations/context.ts';
import { failOverAutomatically } from '../../lib/operations/failover/fail-over-automatically.ts';
import { failoverKind } from '../../lib/operations/failover/failover-kind.ts';
import { type FailoverDeps, failoverRecords } from '../../lib/operations/failover/failover-steps.ts';
import { probeRegion } from '../../lib/operations/failover/probe-region.ts';
import { regionStatus } from '../../lib/operations/failover/region-status.ts';
import { probeAsWitness } from '../../lib/operations/failover/witness-probes.ts';
import type { ActionKind } from '../../lib/operations/governance/action-kind.ts';
import { appendEvent } from '../../lib/operations/governance/audit-trail.ts';
import { authorizer } from '../../lib/operations/governance/authorize.ts';
import { executeAction } from '../../lib/operations/governance/execute-action.ts';
import { readAudit } from '../../lib/operations/governance/read-audit.ts';
import { type GovernanceDeps, requestAction } from '../../lib/operations/governance/request-action.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { answersProbe } from '../../lib/postgres/server/replica.ts';
import { olga } from '../support/governed.ts';
import { mortalProcess } from '../support/mortal-process.ts';
import { type RegionPair, regionPair } from '../support/region-pair.ts';
import { randomOf } from '../support/region-world.ts';
import { execute, untilTrue } from '../support/replicated-servers.ts';
import { liveState, type State } from '../support/staged-world.ts';

const TENANTS = ['1', '2', '3'];
const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

const title = (tenant: string, text: string) =>
  `UPDATE public.projects SET title = '${text}' WHERE id = (SELECT min(id) FROM public.projects WHERE tenant_id = ${tenant})`;

/** What every tenant had when the region was lost, and the log had confirmed. */
async function lostRegion(): Promise<{ pair: RegionPair; confirmed: Map<string, State> }> {
  const pair = await regionPair(18, true);
  cleanup.push(pair.dispose);
  const a = pair.machine('a');
  await shipLog(a);
  for (const tenant of TENANTS) await takeSnapshot(a, tenantId(tenant));
  await pair.sql('a', title('2', 'in both'));
  await pair.caughtUp();
  await execute(pair.at.b.url, `ALTER SYSTEM SET primary_conninfo = ''`);
  await execute(pair.at.b.url, 'SELECT pg_reload_conf()');
  await untilTrue(pair.at.b.url, 'NOT EXISTS (SELECT FROM pg_stat_wal_receiver)');
  for (const tenant of ['1', '3']) await pair.sql('a', title(tenant, 'only in the vault'));
  await shipLog(a);
  const confirmed = new Map<string, State>();
  for (const tenant of TENANTS) confirmed.set(tenant, await liveState(a, tenant));
  await pair.replicate('a');
  return { pair, confirmed };
}

async function lose(pair: RegionPair): Promise<void> {
  await pair.servers.kill(pair.at.a);
  pair.lose('a');
}

/** The request path of a machine, where a person's fail-over needs no approval. */
function governed(deps: FailoverDeps): GovernanceDeps & FailoverDeps {
  const rule = { approvals: 0, from: ['approver' as const], tenantAdministrator: 'no' as const, expiresHours: 24 };
  return {
    ...deps,
    ...{ authorize: authorizer(), policyFor: () => rule },
    record: (tenant, draft) => appendEvent(deps, tenant, draft),
  };
}

/** Each call is of a new process, which is killed somewhere; the last one is left alone. */
async function throughKills(
  pair: RegionPair,
  seed: number,
  machine: () => FailoverDeps,
  work: (deps: GovernanceDeps & FailoverDeps) => Promise<unknown>,
): Promise<number> {
  const random = randomOf(seed);
  const endSessions = () =>
    execute(
      pair.at.b.url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'holdfast %'`,
    );
  for (let kills = 0; ; kills++) {
    const { deps, isDead } = mortalProcess(machine(), 1 + random(40 + 40 * kills), endSessions);
    const ended = await work(governed(deps)).then(
      () => undefined,
      error => error as Error,
    );
    if (!isDead() && ended === undefined) return kills;
    if (!isDead()) throw ended;
    // What it had under way when it was killed is over.
    await endSessions();
    await forgetExecutor(machine());
  }
}

/** The next one would wait for the end of its lease. */
async function forgetExecutor({ catalog }: FailoverDeps): Promise<void> {
  const partition = `tenant#${SYSTEM}#request-leases`;
  const found: string[] = [];
  for await (const { sort } of catalog.query(partition)) found.push(sort);
  for (const sort of found) await catalog.write([{ remove: { partition, sort } }]);
}

/** One region is active, and what the promoted database lacks is offered and comes back. */
async function expectWhole(pair: RegionPair, confirmed: Map<string, State>): Promise<FailoverRecord> {
  const b = pair.machine('b');
  expect(await regionStatus(b)).toMatchObject({ active: 'b', stands: true, mayAct: true });
  const records = await failoverRecords(b);
  expect(records).toHaveLength(1);
  const [record] = records;
  expect(record!.doubtful).toEqual([]);
  const offers = new Map(record!.offered.map(({ tenant, target }) => [tenant as string, target]));
  for (const tenant of TENANTS) {
    const target = offers.get(refOf(b, tenantId(tenant)));
    if (target !== undefined) {
      const asked = { tenant, target, requestedBy: 'ann', reason: 'offered' };
      await runRestore(b, parseRestoreRequest(asked));
    }
    expect(await liveState(b, tenant), tenant).toEqual(confirmed.get(tenant));
  }
  expect([...offers.keys()].sort()).toEqual(['1', '3'].map(tenant => refOf(b, tenantId(tenant))).sort());
  await pair.sql('b', title('2', 'goes on'));
  expect((await shipLog(b)).changes).toBeGreaterThan(0);
  return record!;
}

it('a person’s fail-over that is killed anywhere is continued by its request', { timeout: 600_000 }, async () => {
  const { pair, confirmed } = await lostRegion();
  await lose(pair);
  const machine = () => pair.machine('b', { pause: async () => {} });
  const input = { planned: false, fenced: [] };
  const asked = { principal: olga, action: 'fail-over' as const, tenant: SYSTEM, input, reason: 'region lost' };
  const kinds = [failoverKind as ActionKind];
  const { id } = await requestAction(governed(machine()), kinds, asked);
  const kills = await throughKills(pair, 11, machine, deps =>
    executeAction(deps, kinds, { principal: olga, tenant: SYSTEM, id }),
  );
  expect(kills).toBeGreaterThan(2);
  expect(await expectWhole(pair, confirmed)).toMatchObject({ region: 'b', from: 'a', responsible: { request: id } });
});

it('a region that takes over by itself does so once, although it is killed anywhere', {
  timeout: 600_000,
}, async () => {
  const { pair, confirmed } = await lostRegion();
  // It was probed until now.
  let minutes = -4;
  const clock = { now: () => new Date(Date.now() + minutes * 60_000) };
  const machine = () => pair.machine('b', { clock, pause: async () => {} });
  const aUrl = pair.machine('a').source;
  const minute = async () => {
    minutes += 1;
    const { regions, ...deps } = machine();
    const watched = [{ region: 'a', answers: () => answersProbe(aUrl) }];
    await probeAsWitness({ ...deps, vault: pair.witness, regions: { ...regions, region: 'w' } }, watched);
    return probeRegion(machine(), 'ann');
  };
  expect(await minute()).toMatchObject({ database: true, suspected: false });
  expect(await failOverAutomatically(governed(machine()))).toEqual({ state: 'waits', because: 'it-answers' });
  await lose(pair);
  for (let probe = 0; probe < 2; probe++) {
    await minute();
    expect(await failOverAutomatically(governed(machine()))).toMatchObject({ state: 'waits' });
  }
  expect(await minute()).toMatchObject({ database: false, suspected: true, witness: { database: false } });

  const kills = await throughKills(pair, 5, machine, failOverAutomatically);
  expect(kills).toBeGreaterThan(2);
  const record = await expectWhole(pair, confirmed);
  expect(record).toMatchObject({ automatic: true, responsible: { requestedBy: AUTOMATIC.name, approvedBy: [] } });
  expect(await failOverAutomatically(governed(machine()))).toEqual({ state: 'waits', because: 'nothing-to-take' });
  const events: string[] = [];
  for await (const { event } of readAudit(machine(), SYSTEM))
    if (event.who.name === AUTOMATIC.name) events.push(event.outcome);
  expect(events).toContain('requested');
  expect(events.at(-1)).toBe('done');
});
