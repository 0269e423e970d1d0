/**
 * A region that takes over by itself, between processes that are killed, lines that are cut, databases that stop and come
 * back, and people who fail over, give up and go back at the same time: never two active regions, never twice within an
 * hour, never over a lease that holds, never over what people did since; and a person always finds the way forward. Deciding,
 * freezing and activating are the product's.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AUTOMATIC } from '../../../lib/domain/automatic-failover.ts';
import { HoldfastError } from '../../../lib/domain/errors.ts';
import { formatLsn, lsn } from '../../../lib/domain/lsn.ts';
import { PROBES_KEPT, type RegionProbe } from '../../../lib/domain/region-probe.ts';
import { regionProbes } from '../../../lib/operations/catalog/region-probes.ts';
import { decideHere } from '../../../lib/operations/failover/decide-failover.ts';
import type { PlanDeps } from '../../../lib/operations/failover/plan-failover.ts';
import { type RegionLease, regionLease } from '../../../lib/operations/failover/region-lease.ts';
import { proposeState, type RegionDeps, regionHistory } from '../../../lib/operations/failover/region-places.ts';
import { activateRegion, freezeRegions, type Takeover } from '../../../lib/operations/failover/take-region.ts';
import type { Catalog } from '../../../lib/ports.ts';
import { memoryCatalog } from '../../support/memory-catalog.ts';
import { otherSite, RegionChanges, type Site } from '../../support/region-changes.ts';
import { RegionWorld, randomOf, SEEDS, settled } from '../../support/region-world.ts';

const SITES: readonly Site[] = ['a', 'b'];
const PLACES = ['a', 'b', 'w'] as const;
const HOUR_MS = 3600 * 1000;
/** Clocks of the model differ by up to 3 % each, from when their process began. */
const LEAST_MS = HOUR_MS * 0.9;

class Play {
  readonly rnd: (below: number) => number;
  readonly world: RegionWorld;
  readonly changes = new RegionChanges();
  /** False: it takes over from whatever state there is by then, which the test must notice. */
  readonly keepsBase: boolean;
  readonly catalogs: Record<Site, Catalog> = { a: memoryCatalog(), b: memoryCatalog() };
  readonly leases = new Map<Site, RegionLease>();
  readonly violations: string[] = [];
  /** How often a region took over by itself. */
  taken = 0;
  actors = 0;

  constructor(seed: number, keepsBase = true) {
    this.rnd = randomOf(seed);
    this.world = new RegionWorld(PLACES, this.rnd);
    this.keepsBase = keepsBase;
  }

  deps(site: Site): RegionDeps {
    return this.world.deps(`actor ${++this.actors}`, site, 0.97 + this.rnd(7) / 100);
  }

  check(): void {
    const acting = SITES.filter(site => this.leases.get(site)?.isHeld());
    if (acting.length > 1) this.violations.push(`${acting.join(' and ')} act at ${this.world.now}`);
  }

  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps && !this.world.isQuiet; step++) {
      await this.world.step();
      this.check();
    }
  }

  async finish<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const end = () => (over = true);
    void work.then(end, end);
    for (;;) {
      await settled();
      if (over) return work;
      await this.run(1);
    }
  }

  async ship(site: Site): Promise<void> {
    const lease = this.leases.get(site) ?? regionLease(this.deps(site), site);
    this.leases.set(site, lease);
    await lease.require();
    if (lease.isHeld()) this.changes.ship(site);
  }

  /** What both the region and the witness find of the other's database. */
  async probe(site: Site): Promise<void> {
    const { changes, catalogs } = this;
    const left = changes.servers[otherSite(site)];
    const end = changes.newest(site);
    const isUp = left.isUp && left.isPrimary;
    const found: RegionProbe = {
      ...{ at: new Date(this.world.now).toISOString(), database: isUp && this.rnd(8) > 0, vault: true },
      ...{ newest: end ? formatLsn(lsn(BigInt(end.epoch * 1000 + end.to + 1))) : null, newestThere: null, seen: null },
      witness: this.rnd(8) > 0 ? { database: isUp && this.rnd(8) > 0, vault: true } : null,
    };
    const probes = [...(await regionProbes.list(catalogs[site])), found].slice(-PROBES_KEPT);
    await catalogs[site].write([regionProbes.put(probes)]);
  }

  /** fail-over-automatically.ts without its request: the decision, and the steps with the state that it was made on. */
  async byItself(site: Site): Promise<void> {
    const deps = this.deps(site);
    const status = async () => ({ role: this.changes.servers[site].isPrimary ? 'primary' : 'replica', lagSeconds: 0 });
    const regions = { ...deps, region: site, home: 'a', database: { status } };
    const planDeps = { ...deps, regions, catalog: this.catalogs[site] } as unknown as PlanDeps;
    const decision = await decideHere(planDeps);
    if (decision.wait !== null) return;
    const { name: by } = AUTOMATIC;
    const takeover = { ...{ region: site, home: 'a', by, reason: 'lost', planned: false, fenced: [] } };
    const { base } = decision;
    await this.takeOver(site, deps, { ...takeover, ...(this.keepsBase && { base }) });
    this.taken += 1;
  }

  async byPerson(site: Site): Promise<void> {
    const takeover = { ...{ region: site, home: 'a', by: 'ann', reason: 'test', planned: false, fenced: [] } };
    await this.takeOver(site, this.deps(site), takeover);
  }

  async takeOver(site: Site, deps: RegionDeps, takeover: Takeover): Promise<void> {
    const { changes } = this;
    const frozen = await freezeRegions(deps, takeover);
    await activateRegion(deps, takeover, frozen);
    changes.everActive.add(site);
    const lease = regionLease(deps, site);
    await lease.require();
    const other = this.leases.get(otherSite(site));
    if (other?.isHeld()) this.violations.push('promoted while the other holds its lease');
    if (!changes.servers[site].isUp) return;
    changes.promote(site);
    await lease.require();
    changes.ship(site, { mayBeCut: true });
    changes.servers[site].acceptsWrites = true;
    changes.traffic = site;
  }

  /** The server stops; where the line is cut too, the region is lost. */
  stop(site: Site): void {
    this.changes.servers[site].isUp = false;
    if (this.rnd(2) > 0) return;
    for (const place of PLACES) if (place !== site) this.world.cut(site, place);
  }

  start(site: Site): void {
    const { servers } = this.changes;
    servers[site].isUp = true;
    this.world.mend();
    if (servers[otherSite(site)].isPrimary && this.changes.traffic !== site) this.changes.rejoin(site);
  }

  act(): void {
    const site = SITES[this.rnd(2)]!;
    const { changes } = this;
    const acts: (() => void)[] = [
      () => changes.commit(),
      () => changes.replicate(site),
      () => background(this.ship(changes.traffic)),
      () => background(this.ship(site)),
      () => changes.copyVault(site, this.rnd(3)),
      () => background(this.byPerson(site)),
      () => this.stop(changes.traffic),
      () => this.start(site),
      () => this.world.cut(site, PLACES[this.rnd(3)]!),
      () => this.world.mend(),
      () => this.world.kill(`actor ${1 + this.rnd(Math.max(1, this.actors))}`),
      () => this.world.pass(this.rnd(40) * 60_000),
    ];
    acts[this.rnd(acts.length)]!();
  }

  /** The probes of both regions, whatever else happens. */
  async minutes(count: number): Promise<void> {
    for (let minute = 0; minute < count; minute++) {
      for (const site of SITES) {
        await this.probe(site);
        background(this.byItself(site));
      }
      await this.run(this.rnd(120));
      this.world.pass(60_000);
    }
  }

  async started(): Promise<this> {
    const first = {
      ...{ active: 'a', phase: 'healthy' as const, fenced: [], by: 'ann', reason: 'test', planned: true },
    };
    await this.finish(proposeState(this.deps('a'), first));
    this.world.pass(2 * HOUR_MS);
    await this.finish(this.ship('a'));
    return this;
  }

  async play(acts: number): Promise<this> {
    for (let act = 0; act < acts; act++) {
      this.act();
      await settled();
      await this.run(this.rnd(60));
      if (this.rnd(3) === 0) await this.minutes(this.rnd(8));
      this.changes.check();
    }
    return this;
  }

  /** Of the states that a majority has, those that froze the regions by themselves soon after another change of the active one. */
  async tooSoon(): Promise<string[]> {
    this.world.mend();
    const deps = this.deps('a');
    const kept = await Promise.all(deps.places.map(place => this.finish(regionHistory(deps, place))));
    const all = kept.flat();
    const standing = new Map(all.map(state => [state.id, state]));
    for (const { id } of all) if (all.filter(state => state.id === id).length < 2) standing.delete(id);
    let changed = Number.NEGATIVE_INFINITY;
    let active: string | null = null;
    const found: string[] = [];
    for (const state of [...standing.values()].sort((a, b) => a.term - b.term)) {
      const at = Date.parse(state.since);
      const isOwn = state.by === AUTOMATIC.name;
      if (isOwn && state.active === null && at - changed < LEAST_MS) found.push(`${at - changed} ms after another`);
      if (state.active === null || state.active !== active) changed = at;
      active = state.active;
    }
    return found;
  }

  /** A person repeats the command, with everything at work again. */
  async wayForward(site: Site): Promise<boolean> {
    await this.run(Number.POSITIVE_INFINITY);
    this.world.mend();
    for (const each of SITES) this.changes.servers[each].isUp = true;
    for (const each of SITES) this.changes.copyVault(each);
    for (let attempt = 0; attempt < 8; attempt++) {
      try {
        await this.finish(this.byPerson(site));
        this.changes.rejoin(otherSite(site));
        this.changes.commit();
        this.leases.clear();
        await this.finish(this.ship(site));
        if (this.changes.ledger.get(this.changes.ledger.size - 1) === true && this.changes.traffic === site)
          return true;
      } catch (error) {
        known(error);
      }
    }
    return false;
  }
}

function known(error: unknown): void {
  if (!(error instanceof HoldfastError)) throw error;
}

function background(work: Promise<unknown>): void {
  work.catch(known);
}

it('is never two regions at once, nor twice within an hour, nor over a lease; and there is always a way forward', async () => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(SEEDS, fc.integer({ min: 1, max: 30 }), async (seed, acts) => {
      const play = await (await new Play(seed).started()).play(acts);
      expect(await play.tooSoon()).toEqual([]);
      const site = SITES[play.rnd(2)]!;
      expect(await play.wayForward(site)).toBe(true);
      for (const each of SITES) play.changes.copyVault(each);
      play.changes.check();
      expect([...play.violations, ...play.changes.violations]).toEqual([]);
      expect(play.changes.lost()).toEqual([]);
      taken += play.taken;
    }),
    { numRuns: Number(process.env.HOLDFAST_HISTORIES ?? 60) },
  );
  expect(taken).toBeGreaterThan(3);
});

it('a region that is lost while nobody is there is taken over within minutes, and a line that is cut changes nothing', async () => {
  const lost = await new Play(7).started();
  lost.changes.servers.a.isUp = false;
  for (const place of ['b', 'w']) lost.world.cut('a', place);
  for (let minute = 0; minute < 12 && lost.taken === 0; minute++) {
    await lost.probe('b');
    await lost.finish(lost.byItself('b').catch(known));
    lost.world.pass(60_000);
  }
  expect(lost.taken).toBe(1);
  expect(lost.changes.traffic).toBe('b');

  const cut = await new Play(7).started();
  cut.world.cut('a', 'b');
  for (let minute = 0; minute < 12; minute++) {
    await cut.probe('b');
    await cut.finish(cut.byItself('b').catch(known));
    await cut.finish(cut.ship('a'));
    cut.world.pass(60_000);
  }
  expect(cut.taken).toBe(0);
  expect(cut.changes.traffic).toBe('a');
});

it('a region that takes over from whatever state there is by then is noticed by this test', async () => {
  let violations = 0;
  for (let seed = 1; seed <= 300 && violations === 0; seed++) {
    const play = await (await new Play(seed, false).started()).play(30);
    violations += play.violations.length + (await play.tooSoon()).length;
  }
  expect(violations).toBeGreaterThan(0);
});
