/**
 * A fail-over without a person, as far as it goes without a database: the witness's probes, the one request on the path of
 * every request, what continues it after a kill, and that what people did since wins.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AUTOMATIC } from '../../../lib/domain/automatic-failover.ts';
import { witnessProbesPrefix } from '../../../lib/domain/object-key.ts';
import { RegionsFile } from '../../../lib/domain/regions-file.ts';
import { SYSTEM } from '../../../lib/domain/tenant.ts';
import { failOverAutomatically } from '../../../lib/operations/failover/fail-over-automatically.ts';
import type { FailoverDeps } from '../../../lib/operations/failover/failover-steps.ts';
import { planFailover } from '../../../lib/operations/failover/plan-failover.ts';
import { probeRegion } from '../../../lib/operations/failover/probe-region.ts';
import { proposeState } from '../../../lib/operations/failover/region-places.ts';
import { beginRegions, regionStatus } from '../../../lib/operations/failover/region-status.ts';
import { activateRegion, freezeRegions } from '../../../lib/operations/failover/take-region.ts';
import { probeAsWitness } from '../../../lib/operations/failover/witness-probes.ts';
import { authorizer } from '../../../lib/operations/governance/authorize.ts';
import { listRequests } from '../../../lib/operations/governance/list-requests.ts';
import type { GovernanceDeps } from '../../../lib/operations/governance/request-action.ts';
import type { Regions } from '../../../lib/region-ports.ts';
import { governedWorld } from '../../support/governed.ts';
import { memoryVault } from '../../support/memory-vault.ts';

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0)) await step();
});

const HOUR = 3600_000;

/** Region `a` is active, `b` looks at it, `w` is the witness. */
async function regions() {
  const world = await governedWorld();
  const { clock, vault, notices } = world.deps;
  cleanup.push(world.deps.dispose);
  const lost = { value: false };
  const witness = memoryVault(clock);
  const other = memoryVault(clock);
  const places = [
    { region: 'a', witness: false, vault: other },
    { region: 'b', witness: false, vault },
    { region: 'w', witness: true, vault: witness },
  ];
  const database = {
    status: async () => ({ role: 'replica' as const, lagSeconds: 0 }),
    reachesOther: async () => !lost.value,
  } as unknown as Regions['database'];
  const at = (region: string): Regions => ({
    ...{ region, home: 'a', places, leaseSeconds: 30, drainSeconds: 1, automatic: true, database },
    traffic: { move: async () => {} },
  });
  /** Each call is of a new process. `last`: the step after which it is killed. */
  const machine = (last = 'failover.freeze') => {
    let step = '';
    const deps = {
      ...world.deps,
      ...{ regions: at('b'), source: { url: 'postgres://nobody@none.invalid/none' }, pause: async () => {} },
      progress: (event: { step: string }) => {
        step = event.step;
      },
      crash: (point: string) => {
        if (point === 'failover.after-step' && step === last) throw new Error('killed');
      },
    };
    return deps as unknown as GovernanceDeps & FailoverDeps;
  };
  const lookAsWitness = () =>
    probeAsWitness({ ...world.deps, vault: witness, regions: at('w') }, [
      { region: 'a', answers: async () => !lost.value },
    ]);
  await beginRegions({ ...world.deps, regions: at('a') }, 'ann');
  clock.advance(2 * HOUR);
  const minute = async (witnessLooks = true) => {
    clock.advance(60_000);
    if (witnessLooks) await lookAsWitness();
    return probeRegion(machine(), 'ann');
  };
  const minutes = async (count: number) => {
    for (let each = 0; each < count; each++) await minute();
  };
  const requests = async () =>
    (await listRequests(machine(), { tenant: SYSTEM, ended: 9 })).filter(
      ({ request }) => request.requestedBy.name === AUTOMATIC.name,
    );
  const status = () => regionStatus({ ...world.deps, regions: at('b') });
  return { world, lost, witness, at, machine, minute, minutes, lookAsWitness, requests, status, notices, clock };
}

describe('the probes of the witness', () => {
  it('count once each, are signed, and only the last five are kept', async () => {
    const { minute, lost, witness, machine } = await regions();
    expect(await minute()).toMatchObject({ witness: null });
    expect(await minute()).toMatchObject({ witness: { database: true, vault: true } });
    expect(await minute(false)).toMatchObject({ witness: null });
    lost.value = true;
    for (let look = 0; look < 6; look++) expect((await minute()).witness).toMatchObject({ database: false });
    const keys: string[] = [];
    for await (const key of witness.keys(witnessProbesPrefix('a'))) keys.push(key);
    expect(keys).toHaveLength(5);
    // One that somebody wrote who has not the key.
    const forged = `${keys.at(-1)}9`;
    const [text] = [Buffer.from(await witness.get(keys.at(-1)!)).toString()];
    await witness.put(forged, Buffer.from(text!), { retainUntil: new Date() });
    expect(await probeRegion(machine(), 'ann')).toMatchObject({ witness: null });
  });
});

describe('a region that takes over by itself', () => {
  it('asks once, in its own name and audited, and tells people', async () => {
    const { machine, minutes, lost, requests, status, world, notices } = await regions();
    await minutes(2);
    lost.value = true;
    await minutes(3);
    await expect(failOverAutomatically(machine())).rejects.toThrow('killed');
    const [view] = await requests();
    expect(view!.request).toMatchObject({ rule: { approvals: 0 }, ticket: 'configuration: automatic' });
    expect(await status()).toMatchObject({ active: null, phase: 'failing-over', by: AUTOMATIC.name });
    const trail = await world.trail(SYSTEM);
    expect(trail.map(({ who, outcome }) => `${who.name} ${outcome}`)).toEqual(
      expect.arrayContaining([`${AUTOMATIC.name} requested`, `${AUTOMATIC.name} started`]),
    );
    expect(notices.filter(({ code }) => code === 'failover-automatic')).toHaveLength(1);
    // The next probe goes on, although it now finds everything well.
    lost.value = false;
    await minutes(1);
    await expect(failOverAutomatically(machine('failover.activate'))).rejects.toThrow('killed');
    expect(await status()).toMatchObject({ active: 'b', phase: 'active-elsewhere', by: AUTOMATIC.name });
    expect(await requests()).toHaveLength(1);
    expect(notices.filter(({ code }) => code === 'failover-automatic')).toHaveLength(1);
  });

  it('does nothing without the witness, and nothing once the other region is back before the freeze', async () => {
    const { machine, minute, minutes, lost, requests, status } = await regions();
    await minutes(2);
    lost.value = true;
    for (let each = 0; each < 5; each++) await minute(false);
    expect(await failOverAutomatically(machine())).toEqual({ state: 'waits', because: 'witness-does-not-agree' });
    await minutes(3);
    const killed = { ...machine(), crash: (point: string) => point === 'request.started' && kill() };
    await expect(failOverAutomatically(killed as unknown as ReturnType<typeof machine>)).rejects.toThrow('killed');
    lost.value = false;
    await minutes(1);
    expect(await failOverAutomatically(machine())).toEqual({ state: 'waits', because: 'it-answers' });
    expect(await status()).toMatchObject({ active: 'a' });
    expect(await requests()).toHaveLength(1);
  });

  it('gives way to whoever made the other region active again, and not within an hour of it', async () => {
    const { machine, minutes, lost, at, world, status, requests, clock } = await regions();
    await minutes(2);
    lost.value = true;
    await minutes(3);
    await expect(failOverAutomatically(machine())).rejects.toThrow('killed');
    const ann = { ...world.deps, ...at('a'), pause: async () => {} };
    const back = { region: 'a', home: 'a', by: 'ann', reason: 'not lost', planned: false, fenced: [] };
    await activateRegion(ann, back, await freezeRegions(ann, back));
    await minutes(5);
    expect(await failOverAutomatically(machine())).toEqual({ state: 'waits', because: 'failed-over-lately' });
    expect(await status()).toMatchObject({ active: 'a', by: expect.not.stringMatching(AUTOMATIC.name) });
    clock.advance(HOUR);
    await minutes(5);
    await expect(failOverAutomatically(machine())).rejects.toThrow('killed');
    expect(await requests()).toHaveLength(2);
  });

  it('never freezes a state that is newer than the one on which it was decided', async () => {
    const { machine, minutes, lost, world, at } = await regions();
    await minutes(2);
    lost.value = true;
    await minutes(3);
    const late = machine();
    const note = {
      ...{ active: 'a', phase: 'healthy' as const, fenced: [], by: 'ann' },
      reason: 'seen',
      planned: false,
    };
    let isNoted = false;
    const between = {
      ...late,
      crash: async (point: string) => {
        if (point !== 'request.started' || isNoted) return;
        isNoted = true;
        await proposeState({ ...world.deps, ...at('a') }, note);
      },
    } as unknown as typeof late;
    await expect(failOverAutomatically(between)).rejects.toMatchObject({ code: 'region-elsewhere' });
  });

  it('obeys a policy that forbids it', async () => {
    const { machine, minutes, lost, status } = await regions();
    await minutes(2);
    lost.value = true;
    await minutes(3);
    const text = `@id("no-automatic")\nforbid (principal == Principal::"${AUTOMATIC.name}", action == Action::"failOver", resource);`;
    const forbidding = { ...machine(), authorize: authorizer([{ name: 'own.cedar', text }]) };
    await expect(failOverAutomatically(forbidding)).rejects.toMatchObject({ code: 'not-permitted' });
    expect(await status()).toMatchObject({ active: 'a' });
  });
});

it('nothing is made active at the witness, nor promoted', async () => {
  const { machine, at } = await regions();
  const witness = { ...machine(), regions: at('w') };
  await expect(beginRegions(witness, 'ann')).rejects.toMatchObject({ code: 'region-is-witness' });
  await expect(planFailover(witness, { planned: false, fenced: [] })).rejects.toMatchObject({
    code: 'region-is-witness',
  });
});

describe('a file of regions', () => {
  const place = (region: string, more = {}) => ({ region, vault: `/${region}`, ...more });
  const file = { format: 'holdfast.regions/1', region: 'b', home: 'a', places: [place('a'), place('b')] };
  const withWitness = { ...file, places: [...file.places, place('w', { witness: true })] };

  it('allows automatic fail-over with a witness only, and with a lease that probes outlast', () => {
    const problems = (given: object) => RegionsFile.safeParse(given).error?.issues.map(({ message }) => message);
    expect(problems({ ...file, automatic: true })).toEqual([expect.stringMatching(/automatic needs a witness/)]);
    expect(problems({ ...withWitness, automatic: true })).toBeUndefined();
    expect(problems({ ...withWitness, automatic: true, leaseSeconds: 300 })).toEqual([
      expect.stringMatching(/at most 120/),
    ]);
    expect(RegionsFile.parse(file).automatic).toBe(false);
  });

  it('is that of the witness too', () => {
    expect(RegionsFile.safeParse({ ...withWitness, region: 'w' }).success).toBe(true);
    expect(RegionsFile.safeParse({ ...withWitness, region: 'x' }).success).toBe(false);
    expect(RegionsFile.safeParse({ ...withWitness, home: 'w' }).success).toBe(false);
  });
});

function kill(): never {
  throw new Error('killed');
}
