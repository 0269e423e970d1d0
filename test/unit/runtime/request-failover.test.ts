/** What people can ask of the entry for fail-overs of a region, who may, and what starts only once somebody else approved. */
import { ExecutionDoesNotExist } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from 'vitest';
import { NO_GOVERNANCE } from '../../../lib/domain/governance-settings.ts';
import type { Principal } from '../../../lib/domain/principal.ts';
import { SYSTEM } from '../../../lib/domain/tenant.ts';
import { placeVault } from '../../../lib/operations/failover/place-vault.ts';
import { beginRegions } from '../../../lib/operations/failover/region-status.ts';
import { decideRequest } from '../../../lib/operations/governance/decide-request.ts';
import type { Regions } from '../../../lib/region-ports.ts';
import type { AwsPorts } from '../../../lib/runtime/aws.ts';
import { governanceDeps } from '../../../lib/runtime/carry-out.ts';
import { requestFailover } from '../../../lib/runtime/request-failover.ts';
import { anna, governedWorld, olga, owner, type World } from '../../support/governed.ts';
import { memoryVault } from '../../support/memory-vault.ts';

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0)) await step();
});

async function region() {
  const world: World = await governedWorld();
  cleanup.push(world.deps.dispose);
  const promoted: boolean[] = [];
  const places = [
    { region: 'a', witness: false, vault: placeVault(memoryVault(world.deps.clock), 'a') },
    { region: 'b', witness: false, vault: placeVault(world.deps.vault, 'b') },
  ];
  const regions: Regions = {
    ...{ region: 'b', home: 'a', places, leaseSeconds: 1, drainSeconds: 1 },
    database: {
      status: async () => ({ role: 'replica', lagSeconds: 3 }),
      reachesOther: async () => true,
      stopWrites: async () => ({ position: '0/1', server: '1/1' }),
      allowWrites: async () => {},
      hasReplayed: async () => true,
      promote: async planned => {
        promoted.push(planned);
        return true;
      },
    },
    traffic: { move: async () => {} },
    shared: { startSnapshots: async () => {} },
  };
  await beginRegions({ ...world.deps, regions: { ...regions, region: 'a' } }, 'holdfast');
  const started: { stateMachineArn: string; name: string; input: unknown }[] = [];
  const workflows = {
    async send({ constructor: { name }, input }: { constructor: { name: string }; input: never }) {
      if (name === 'DescribeExecutionCommand') throw new ExecutionDoesNotExist({ message: 'none', $metadata: {} });
      started.push(input);
      return {};
    },
  };
  const restoreTenant = 'arn:aws:states:b:111122223333:stateMachine:holdfast-restore-tenant';
  const aws = {
    ...{ governance: NO_GOVERNANCE, otherVaults: new Map(), workflows, regions: async () => regions },
    config: { name: 'holdfast', region: 'b', workflows: { restoreTenant } },
  } as unknown as AwsPorts;
  const ask = (principal: Principal, body: unknown) => requestFailover(principal, body, { ctx: world.deps, aws });
  return { ask, started, promoted, deps: governanceDeps(world.deps, aws) };
}

const LOST = { failOver: { planned: false, fenced: ['a'] }, reason: 'region lost' };

describe('the entry for fail-overs', () => {
  it('shows an operator which region is active, and what a fail-over would lose', async () => {
    const { ask } = await region();
    expect(await ask(olga, { show: 'status' })).toMatchObject({ region: 'b', active: 'a', mayAct: false });
    const plan = { show: 'plan', input: { planned: false } };
    expect(await ask(olga, plan)).toMatchObject({ from: 'a', replica: { lagSeconds: 3 }, tenants: 0 });
    expect(await ask(olga, { show: 'records' })).toEqual({ records: [] });
  });

  it('starts the state machine of this region once somebody else approved, and promotes nothing itself', async () => {
    const { ask, started, promoted, deps } = await region();
    const kept = (await ask(olga, LOST)) as { id: string; planHash: string };
    expect(kept).toMatchObject({ tenant: SYSTEM, action: 'fail-over', approvals: 1, started: false });
    const execute = { step: 'execute', tenant: SYSTEM, id: kept.id };
    await expect(ask(olga, execute)).rejects.toMatchObject({ code: 'not-approved' });
    const decision = { tenant: SYSTEM, id: kept.id, planHash: kept.planHash, agrees: true };
    await decideRequest(deps, { principal: anna, ...decision });
    expect(await ask(olga, execute)).toMatchObject({ state: 'approved', started: true });
    expect(started).toEqual([
      {
        stateMachineArn: 'arn:aws:states:b:111122223333:stateMachine:holdfast-fail-over',
        name: kept.id,
        input: JSON.stringify({ tenant: SYSTEM, request: kept.id, action: 'fail-over' }),
      },
    ]);
    expect(promoted).toEqual([]);
  });

  it('shows nothing to whoever may not fail over, and takes no request of theirs', async () => {
    const { ask, started } = await region();
    for (const body of [{ show: 'status' }, { show: 'records' }, { settle: true }, LOST])
      for (const principal of [anna, owner])
        await expect(ask(principal, body)).rejects.toMatchObject({ code: 'not-permitted' });
    await expect(ask(olga, { show: 'everything' })).rejects.toMatchObject({ code: 'bad-request' });
    expect(started).toEqual([]);
  });
});
