/**
 * No snapshot reads a tenant's rows while a restore of it is applied, in whatever order they come, however slow the
 * catalog is and whoever is killed; a restore is never refused for a step of a snapshot that ends, and a killed process
 * stands in nobody's way for longer than one minute.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { HoldfastError } from '../../../lib/domain/errors.ts';
import type { TenantRef } from '../../../lib/domain/tenant.ts';
import { TURN_MS } from '../../../lib/domain/tenant-turns.ts';
import { duringRestore, duringSnapshot, TURN_WAIT_MS } from '../../../lib/operations/catalog/tenant-turn.ts';
import { timeBudget } from '../../../lib/operations/time-budget.ts';
import type { Catalog } from '../../../lib/ports.ts';
import { memoryCatalog } from '../../support/memory-catalog.ts';
import { randomOf } from '../../support/region-world.ts';

const TENANT = 'tenant' as TenantRef;
const MINUTE = 60_000;
const LONGEST_WORK = 12 * MINUTE;

interface Actor {
  readonly work: 'snapshot' | 'restore';
  readonly startsAt: number;
  readonly takes: number;
  readonly waits: boolean;
  /** A restore that is called again whenever the time of one call is used up, as on AWS. */
  readonly budget: boolean;
  readonly killedAfter: number | undefined;
}

const ACTOR: fc.Arbitrary<Actor> = fc.record({
  work: fc.constantFrom('snapshot', 'restore'),
  startsAt: fc.integer({ min: 0, max: 15 * MINUTE }),
  takes: fc.integer({ min: 0, max: LONGEST_WORK }),
  waits: fc.boolean(),
  budget: fc.boolean(),
  killedAfter: fc.option(fc.integer({ min: 0, max: LONGEST_WORK }), { nil: undefined, freq: 3 }),
});

const pause = (milliseconds: number) => new Promise<void>(done => setTimeout(done, milliseconds));
const never = () => new Promise<never>(() => {});

interface Outcome {
  readonly actor: Actor;
  readonly ended: 'done' | 'killed' | string;
  readonly waitedMs: number;
}

class Play {
  readonly #catalog: Catalog;
  readonly #rnd: (below: number) => number;
  readonly working: { snapshot: Set<Actor>; restore: Set<Actor> } = { snapshot: new Set(), restore: new Set() };
  readonly violations: string[] = [];
  readonly outcomes: Outcome[] = [];
  /** Both kinds were there at the same time, and one had to wait. */
  waited = 0;
  #ids = 0;

  constructor(seed: number, catalog: Catalog) {
    this.#rnd = randomOf(seed);
    this.#catalog = catalog;
  }

  /** The catalog as one process sees it: slow, and never again once the process is killed. */
  deps(isDead: () => boolean = () => false) {
    const slow = async <T>(work: () => Promise<T>): Promise<T> => {
      await pause(this.#rnd(700));
      if (isDead()) return never();
      const result = await work();
      await pause(this.#rnd(700));
      return isDead() ? never() : result;
    };
    const catalog: Catalog = {
      ...this.#catalog,
      get: (partition, sort) => slow(() => this.#catalog.get(partition, sort)),
      write: writes => slow(() => this.#catalog.write(writes)),
    };
    const bytes = (count: number) =>
      Uint8Array.from({ length: count }, (_, at) => (++this.#ids >> (8 * (at % 4))) & 255);
    return { catalog, clock: { now: () => new Date() }, random: { bytes }, pause };
  }

  async act(actor: Actor): Promise<void> {
    await pause(actor.startsAt);
    const began = Date.now();
    let dead = false;
    const kill = new Promise<'killed'>(done => {
      if (actor.killedAfter === undefined) return;
      setTimeout(() => {
        dead = true;
        this.working[actor.work].delete(actor);
        done('killed');
      }, actor.killedAfter);
    });
    let waitedMs = 0;
    const work = async () => {
      if (dead) return never();
      waitedMs = Date.now() - began;
      this.#begin(actor);
      await pause(actor.takes);
      if (dead) return never();
      this.working[actor.work].delete(actor);
      return 'done' as const;
    };
    const run = actor.work === 'snapshot' ? this.#snapshot : this.#restore;
    const ended = await Promise.race([
      kill,
      run
        .call(
          this,
          this.deps(() => dead),
          actor,
          work,
        )
        .catch(codeOf),
    ]);
    this.outcomes.push({ actor, ended, waitedMs });
  }

  #begin(actor: Actor): void {
    const other = actor.work === 'snapshot' ? 'restore' : 'snapshot';
    if (this.working[other].size > 0) this.violations.push(`${actor.work} beside a ${other} at ${Date.now()}`);
    this.working[actor.work].add(actor);
  }

  #snapshot(deps: ReturnType<Play['deps']>, actor: Actor, work: () => Promise<'done'>): Promise<'done'> {
    return duringSnapshot(deps, { tenant: TENANT, waitMs: actor.waits ? TURN_WAIT_MS : 0 }, work);
  }

  async #restore(deps: ReturnType<Play['deps']>, actor: Actor, work: () => Promise<'done'>): Promise<'done'> {
    for (;;) {
      const budget = actor.budget ? timeBudget(2 * MINUTE, Date.now) : undefined;
      const done = await duringRestore(deps, { tenant: TENANT, budget }, work);
      if (done !== undefined) return done;
      this.waited += 1;
    }
  }
}

function codeOf(error: unknown): string {
  if (error instanceof HoldfastError) return error.code;
  throw error;
}

async function played(seed: number, actors: readonly Actor[], catalog = memoryCatalog()): Promise<Play> {
  const play = new Play(seed, catalog);
  const all = Promise.all(actors.map(actor => play.act(actor)));
  await vi.advanceTimersByTimeAsync(actors.length * (LONGEST_WORK + TURN_MS) + 30 * MINUTE);
  await all;
  return play;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('no snapshot of a tenant runs beside a restore of it, and each ends or says why it did not begin', async () => {
  const seen = { waited: 0, refused: 0, killed: 0, done: 0 };
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(ACTOR, { minLength: 2, maxLength: 6 }), async (seed, actors) => {
      const play = await played(seed, actors);
      expect(play.violations).toEqual([]);
      expect(play.outcomes).toHaveLength(actors.length);
      for (const { actor, ended, waitedMs } of play.outcomes) {
        if (ended === 'killed') continue;
        // A restore comes first; only a snapshot can be refused, and only where there was a restore.
        const restores = actors.some(each => each.work === 'restore');
        if (actor.work === 'restore' || !restores) expect(ended).toBe('done');
        else expect(['done', 'tenant-in-restore']).toContain(ended);
        seen.waited += waitedMs > 10_000 ? 1 : 0;
        seen.refused += ended === 'done' ? 0 : 1;
        seen.done += ended === 'done' ? 1 : 0;
      }
      seen.killed += play.outcomes.filter(({ ended }) => ended === 'killed').length;
      // Everybody is gone, or dead for longer than a turn.
      const after = Promise.all([
        duringSnapshot(play.deps(), { tenant: TENANT }, async () => 'done'),
        pause(MINUTE / 2).then(() => duringRestore(play.deps(), { tenant: TENANT }, async () => 'done')),
      ]);
      await vi.advanceTimersByTimeAsync(2 * MINUTE);
      expect(await after).toEqual(['done', 'done']);
    }),
    { numRuns: Number(process.env.HOLDFAST_HISTORIES ?? 15) },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(1);
});

it('a process that is killed stands in the way for one minute, and no longer', async () => {
  const killed = { startsAt: 0, takes: LONGEST_WORK, waits: true, budget: false, killedAfter: 10_000 } as const;
  for (const [dead, next] of [
    ['snapshot', 'restore'],
    ['restore', 'snapshot'],
  ] as const) {
    const actor = { ...killed, startsAt: 12_000, takes: 0, killedAfter: undefined, work: next };
    const { outcomes } = await played(1, [{ ...killed, work: dead }, actor]);
    const { ended, waitedMs } = outcomes.find(each => each.actor === actor)!;
    expect(ended).toBe('done');
    expect(waitedMs).toBeGreaterThan(30_000);
    expect(waitedMs).toBeLessThan(TURN_MS + 10_000);
  }
});

it('a catalog that does not keep its conditions is noticed by this test', async () => {
  let violations = 0;
  for (let seed = 1; seed <= 100 && violations === 0; seed++) {
    const whole = memoryCatalog();
    const careless: Catalog = {
      ...whole,
      write: writes => whole.write(writes.map(write => ('put' in write ? { put: write.put } : write))),
    };
    const actors = (['snapshot', 'restore', 'snapshot', 'restore'] as const).map((work, at) => ({
      ...{ work, startsAt: 100 * at, takes: MINUTE, waits: true, budget: false, killedAfter: undefined },
    }));
    violations += (await played(seed, actors, careless)).violations.length;
  }
  expect(violations).toBeGreaterThan(0);
});
