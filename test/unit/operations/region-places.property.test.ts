/**
 * Two regions are never active at once, whatever happens: messages lost or late, processes killed in the middle, clocks
 * of different rates, several people who act at the same time, regions fenced and returned. And from every state that
 * this leads to, a person finds a way back to one active region.
 */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { HoldfastError } from '../../../lib/domain/errors.ts';
import { newestState, type RegionState, stands } from '../../../lib/domain/region-state.ts';
import { type RegionLease, regionLease } from '../../../lib/operations/failover/region-lease.ts';
import {
  endFences,
  type Proposal,
  proposeState,
  type RegionDeps,
  readPlaces,
} from '../../../lib/operations/failover/region-places.ts';
import { activateRegion, freezeRegions } from '../../../lib/operations/failover/take-region.ts';
import type { RegionPlace } from '../../../lib/region-ports.ts';
import { memoryVault } from '../../support/memory-vault.ts';
import { RegionWorld, randomOf, SEEDS, SIGNER, settled } from '../../support/region-world.ts';

const by = { by: 'ann', reason: 'test', planned: false };
const none = (fenced: string[] = []): Proposal => ({
  ...by,
  active: null,
  phase: 'failing-over',
  fenced: fenced.map(region => ({ region, by: 'ann', reason: 'switched off' })),
});
const names = (active: string): Proposal => ({ ...by, active, phase: 'active-elsewhere', fenced: [] });

/** What the runner of a fail-over does with the places. */
async function takeOver(deps: RegionDeps, region: string, fenced: string[]): Promise<RegionState> {
  const takeover = { ...by, region, home: 'a', fenced: none(fenced).fenced };
  return activateRegion(deps, takeover, await freezeRegions(deps, takeover));
}

class Play {
  readonly world: RegionWorld;
  readonly rnd: (below: number) => number;
  readonly regions: readonly string[];
  /** Of the process that works in a region. */
  readonly leases = new Map<string, RegionLease>();
  /** Switched off by a person, and told to the places so. */
  readonly off = new Set<string>();
  readonly violations: string[] = [];
  /** False leaves the wait out, which the test must notice. */
  readonly wait: boolean;
  actors = 0;
  handovers = 0;

  constructor(seed: number, witness: boolean, wait = true) {
    this.rnd = randomOf(seed);
    this.regions = witness ? ['a', 'b', 'w'] : ['a', 'b'];
    this.world = new RegionWorld(this.regions, this.rnd);
    this.wait = wait;
  }

  deps(region: string): RegionDeps {
    const actor = `actor ${++this.actors}`;
    const deps = this.world.deps(actor, region, 0.97 + this.rnd(7) / 100);
    return this.wait ? deps : { ...deps, pause: async () => {} };
  }

  /** Never two that hold a lease and are not switched off. */
  check(): void {
    const acting = ['a', 'b'].filter(region => !this.off.has(region) && this.leases.get(region)?.isHeld());
    if (acting.length > 1) this.violations.push(`${acting.join(' and ')} at ${this.world.now}`);
  }

  /** Runs everything that is under way, for at most this many messages. */
  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps && !this.world.isQuiet; step++) {
      await this.world.step();
      this.check();
    }
  }

  async finish<T>(work: Promise<T>): Promise<T> {
    const ended = work.then(
      () => {},
      () => {},
    );
    let over = false;
    void ended.then(() => (over = true));
    for (;;) {
      await settled();
      if (over) return work;
      await this.world.step();
      this.check();
    }
  }

  working(region: string): void {
    if (this.off.has(region)) return;
    if (!this.leases.has(region) || this.rnd(4) === 0) this.leases.set(region, regionLease(this.deps(region), region));
    background(this.leases.get(region)!.require());
  }

  act(): void {
    const region = this.rnd(2) === 0 ? 'a' : 'b';
    const other = region === 'a' ? 'b' : 'a';
    const at = this.regions[this.rnd(this.regions.length)]!;
    const acts: (() => void)[] = [
      () => this.working('a'),
      () => this.working('b'),
      () => this.working(region),
      () => background(this.handOver(region, [])),
      () => background(this.fence(other).then(() => this.handOver(region, [other]))),
      () => background(proposeState(this.deps(at), none())),
      () => background(proposeState(this.deps(at), names(region))),
      () => background(proposeState(this.deps(at), { ...names(region), phase: 'suspected' })),
      () => background(this.unfence()),
      () => this.world.cut(region, this.regions[this.rnd(this.regions.length)]!),
      () => this.world.mend(),
      () => this.world.kill(`actor ${1 + this.rnd(Math.max(1, this.actors))}`),
      () => this.world.pass(this.rnd(40_000)),
    ];
    acts[this.rnd(acts.length)]!();
  }

  async handOver(region: string, fenced: string[]): Promise<void> {
    await takeOver(this.deps(region), region, fenced);
    this.handovers += 1;
  }

  /** First it is off, then a person says so. */
  async fence(region: string): Promise<void> {
    this.off.add(region);
    this.leases.delete(region);
  }

  /** A region is switched on again only when every place has a state that does not fence it. */
  async unfence(): Promise<void> {
    const deps = this.deps('a');
    await endFences(deps, 'ann');
    const readings = [...(await readPlaces(deps)).values()];
    const [first] = readings;
    if (typeof first !== 'object') return;
    if (!readings.every(each => typeof each === 'object' && each.id === first.id && each.fenced.length === 0)) return;
    this.off.clear();
  }
}

function background(work: Promise<unknown>): void {
  work.catch(error => {
    if (!(error instanceof HoldfastError)) throw error;
  });
}

async function started(seed: number, witness: boolean, wait = true): Promise<Play> {
  const play = new Play(seed, witness, wait);
  await play.finish(proposeState(play.deps('a'), { ...names('a'), phase: 'healthy' }));
  await play.finish(regionLease(play.deps('a'), 'a').require());
  return play;
}

async function* never(): AsyncIterable<string> {
  await new Promise(() => {});
}

/** What a person does when all machines and lines work again: repeat the command until it succeeds. */
async function wayForward(play: Play, region: string): Promise<void> {
  play.world.mend();
  await play.run(Number.POSITIVE_INFINITY);
  for (let attempt = 0; attempt < 6; attempt++) {
    try {
      await play.finish(endFences(play.deps(region), 'ann'));
      await play.finish(proposeState(play.deps(region), none()));
      await play.finish(takeOver(play.deps(region), region, []));
      await play.finish(proposeState(play.deps(region), { ...names(region), phase: 'healthy' }));
      await play.finish(play.unfence());
      return;
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
    }
  }
}

describe.each([
  ['with a witness', true],
  ['with two regions and a person', false],
])('%s', (_name, witness) => {
  it('two regions are never active at once, and there is always a way forward', async () => {
    let handovers = 0;
    await fc.assert(
      fc.asyncProperty(SEEDS, fc.integer({ min: 1, max: 60 }), async (seed, acts) => {
        const play = await started(seed, witness);
        for (let act = 0; act < acts; act++) {
          play.act();
          await settled();
          await play.run(play.rnd(90));
          play.check();
        }
        handovers += play.handovers;
        const wanted = play.rnd(2) === 0 ? 'a' : 'b';
        await wayForward(play, wanted);
        expect(play.violations).toEqual([]);
        const deps = play.deps(wanted);
        const readings = await play.finish(readPlaces(deps));
        const newest = newestState(readings)!;
        expect(newest).toMatchObject({ active: wanted, phase: 'healthy' });
        expect(stands(deps.places, readings, newest)).toBe(true);
        expect(play.off).toEqual(new Set());
        await play.finish(regionLease(deps, wanted).require());
      }),
      { numRuns: Number(process.env.HOLDFAST_HISTORIES ?? 300) },
    );
    expect(handovers).toBeGreaterThan(20);
  });

  it('a fail-over that does not wait for the leases is noticed by this test', async () => {
    let violations = 0;
    for (let seed = 1; seed <= 300 && violations === 0; seed++) {
      const play = await started(seed, witness, false);
      for (let act = 0; act < 60; act++) {
        play.act();
        await settled();
        await play.run(play.rnd(90));
        play.check();
      }
      violations += play.violations.length;
    }
    expect(violations).toBeGreaterThan(0);
  });
});

describe('of two regions', () => {
  it('a place that never answers does not stop the active one', async () => {
    const clock = { now: () => new Date() };
    const [own, other] = [memoryVault(clock), memoryVault(clock)];
    const place = (region: string, vault: RegionPlace['vault']) => ({ region, witness: false, vault });
    const random = { bytes: (count: number) => new Uint8Array(count) };
    const deps = { clock, random, signer: SIGNER, leaseSeconds: 30, places: [place('a', own), place('b', other)] };
    await proposeState(deps, names('a'));
    vi.useFakeTimers();
    try {
      const hangs = place('b', { ...other, keys: never });
      const asked = regionLease({ ...deps, places: [place('a', own), hangs] }, 'a').require();
      await vi.advanceTimersByTimeAsync(20_000);
      await asked;
    } finally {
      vi.useRealTimers();
    }
  });

  it('the active one goes on without the other, and the other takes over only when a person says that it is off', async () => {
    const play = await started(7, false);
    play.world.cut('a', 'b');
    await play.finish(regionLease(play.deps('a'), 'a').require());
    await expect(play.finish(takeOver(play.deps('b'), 'b', []))).rejects.toMatchObject({ code: 'region-undecided' });
    await play.finish(takeOver(play.deps('b'), 'b', ['a']));
    await play.finish(regionLease(play.deps('b'), 'b').require());
  });
});

describe('with a witness', () => {
  it('the active region stops when it is cut off, and the other takes over without a person', async () => {
    const play = await started(7, true);
    play.world.cut('a', 'b');
    play.world.cut('a', 'w');
    const lost = regionLease(play.deps('a'), 'a');
    await expect(play.finish(lost.require())).rejects.toMatchObject({ code: 'region-not-active' });
    await play.finish(takeOver(play.deps('b'), 'b', []));
    await play.finish(regionLease(play.deps('b'), 'b').require());
    play.world.mend();
    await expect(play.finish(lost.require())).rejects.toMatchObject({ code: 'region-not-active' });
  });
});
