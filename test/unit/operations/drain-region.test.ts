/**
 * What a planned fail-over waits for, with a database that only answers: nothing is promoted that lacks something, and writes
 * are allowed again exactly where the other region still serves.
 */
import { describe, expect, it } from 'vitest';
import { formatLsn, lsn } from '../../../lib/domain/lsn.ts';
import { logManifestKey } from '../../../lib/domain/object-key.ts';
import { positionIn, walLsn } from '../../../lib/domain/source-epoch.ts';
import { drainRegion, settleRegion } from '../../../lib/operations/failover/drain-region.ts';
import type { FailoverDeps, FailoverRun } from '../../../lib/operations/failover/failover-steps.ts';
import { proposeState } from '../../../lib/operations/failover/region-places.ts';
import type { ReplicaStatus } from '../../../lib/region-ports.ts';
import { memoryCatalog } from '../../support/memory-catalog.ts';
import { memoryVault } from '../../support/memory-vault.ts';
import { SIGNER } from '../../support/region-world.ts';

const STOPPED = { position: formatLsn(lsn(100n)), server: '7/1' };
const RUN = { id: 'f1', plan: { planned: true, from: 'a', region: 'b' }, done: [] } as unknown as FailoverRun;
const stateOf = (active: string | null) => ({
  ...{ active, phase: 'healthy' as const, fenced: [], by: 'ann', reason: 'test', planned: true },
});

const lose = () => {
  throw new Error('lost');
};
const LOST = { put: lose, get: lose, keys: lose };

interface Given {
  readonly role?: ReplicaStatus['role'];
  readonly replayed?: boolean;
}

/** Region `b` takes over. `asked`: what its database was asked, in order. */
async function world({ role = 'replica', replayed = true }: Given = {}) {
  const clock = { now: () => new Date('2026-05-01T10:00:00Z') };
  const vaults = { a: memoryVault(clock), b: memoryVault(clock) };
  const asked: string[] = [];
  const database = {
    status: async () => ({ role, lagSeconds: 0 }),
    stopWrites: async (all?: boolean) => {
      asked.push(all ? 'stop all' : 'stop');
      return STOPPED;
    },
    allowWrites: async () => void asked.push('allow'),
    hasReplayed: async ({ server }: typeof STOPPED) => replayed && server === STOPPED.server,
  };
  const places = (['a', 'b'] as const).map(region => ({ region, witness: false, vault: vaults[region] }));
  let drawn = 0;
  const deps = {
    ...{ clock, signer: SIGNER, vault: vaults.b, pause: async () => {} },
    random: { bytes: (count: number) => new Uint8Array(count).fill(++drawn) },
    regions: { region: 'b', home: 'a', places, leaseSeconds: 3, drainSeconds: 3, database },
  } as unknown as FailoverDeps;
  const active = (region: string | null) => proposeState({ ...deps, ...deps.regions }, stateOf(region), 'waited');
  await active('a');
  const logTo = async (region: 'a' | 'b', epoch: number, wal: bigint) => {
    const retainUntil = new Date('2027-05-01T10:00:00Z');
    const key = logManifestKey(positionIn(epoch, walLsn(wal)), `0mfs8t2xk-${epoch}-${wal}`);
    await vaults[region].put(key, Buffer.from('run'), { retainUntil });
  };
  return { deps, asked, active, logTo };
}

const late = { code: 'failover-not-drained' };

describe('a planned fail-over', () => {
  it('goes on once the database and the vault here have everything', async () => {
    const { deps, asked, logTo } = await world();
    await logTo('b', 0, 100n);
    expect(await drainRegion(deps, RUN)).toEqual({ position: STOPPED.position });
    expect(asked).toEqual(['stop']);
  });

  it('does not stop any write for a database that is no replica, which lacks what the other one wrote', async () => {
    const { deps, asked, logTo } = await world({ role: 'primary' });
    await logTo('b', 0, 100n);
    await expect(drainRegion(deps, RUN)).rejects.toMatchObject(late);
    expect(asked).toEqual([]);
  });

  it('is not misled by the positions of another source epoch', async () => {
    const { deps, logTo } = await world();
    await logTo('b', 0, 500n);
    await logTo('a', 1, 50n);
    await expect(drainRegion(deps, RUN)).rejects.toMatchObject(late);
    await logTo('b', 1, 100n);
    expect(await drainRegion(deps, RUN)).toEqual({ position: STOPPED.position });
  });

  it('that is given up allows the writes again, and not where another fail-over went on', async () => {
    const { deps, asked, active, logTo } = await world({ replayed: false });
    await logTo('b', 0, 100n);
    await expect(drainRegion(deps, RUN)).rejects.toMatchObject(late);
    expect(asked).toEqual(['stop', 'allow']);
    await active(null);
    await expect(drainRegion(deps, RUN)).rejects.toMatchObject(late);
    expect(asked).toEqual(['stop', 'allow', 'stop']);
  });
});

it('a drain that an error ended, in a call of a state machine, begins again: writes were allowed meanwhile', async () => {
  const { deps, asked, logTo } = await world({ replayed: false });
  await logTo('b', 0, 100n);
  const { database } = deps.regions;
  const catalog = memoryCatalog();
  const call = (change: Partial<typeof database>) => {
    const regions = {
      ...deps.regions,
      shared: { startSnapshots: async () => {} },
      database: { ...database, ...change },
    };
    return drainRegion({ ...deps, catalog, regions }, RUN);
  };
  await expect(call({})).rejects.toMatchObject({ code: 'request-unfinished' });
  await expect(call({})).rejects.toMatchObject({ code: 'request-unfinished' });
  expect(asked).toEqual(['stop']);
  await expect(call({ hasReplayed: () => Promise.reject(new Error('cut')) })).rejects.toThrow('cut');
  expect(asked).toEqual(['stop', 'allow']);
  expect(await call({ hasReplayed: async () => true })).toEqual({ position: STOPPED.position });
  expect(asked).toEqual(['stop', 'allow', 'stop']);
});

describe('once no other region is active', () => {
  it('everything is stopped and proved again before the promotion', async () => {
    const { deps, asked, logTo } = await world();
    await logTo('a', 0, 100n);
    await expect(settleRegion(deps, RUN)).rejects.toMatchObject(late);
    await logTo('b', 0, 100n);
    expect(await settleRegion(deps, RUN)).toBe(true);
    expect(asked).toEqual(['stop all', 'stop all']);
    const lacking = await world({ replayed: false });
    await expect(settleRegion(lacking.deps, RUN)).rejects.toMatchObject(late);
    // The other region is not active: nobody may write there.
    expect(lacking.asked).toEqual(['stop all']);
  });

  it('a fail-over that was not planned stops the writes of a region that still answers, and goes on if it cannot', async () => {
    const { deps, asked, logTo } = await world({ replayed: false });
    const unplanned = { ...RUN, plan: { ...RUN.plan, planned: false } };
    expect(await settleRegion(deps, unplanned)).toBe(true);
    expect(asked).toEqual(['stop all']);
    await logTo('a', 0, 100n);
    const database = { ...deps.regions.database, stopWrites: () => Promise.reject(new Error('refused')) };
    expect(await settleRegion({ ...deps, regions: { ...deps.regions, database } }, unplanned)).toBe(false);
  });

  it('a fail-over that was not planned asks nothing of a region that is lost', async () => {
    const { deps, asked } = await world();
    const places = deps.regions.places.map(place => ({ ...place, vault: place.region === 'a' ? LOST : place.vault }));
    const unplanned = { ...RUN, plan: { ...RUN.plan, planned: false } };
    expect(await settleRegion({ ...deps, regions: { ...deps.regions, places } }, unplanned)).toBe(false);
    expect(asked).toEqual([]);
  });
});
