/**
 * Regions with places in memory, in which a test decides what happens next: every call to a place is a message that waits
 * for its turn, may be lost on the way there or back, or comes after its sender died; every machine has a clock of its own
 * rate. The operations are the product's.
 */
import fc from 'fast-check';
import type { RegionDeps } from '../../lib/operations/failover/region-places.ts';
import type { Clock, Signer } from '../../lib/ports.ts';
import type { RegionPlace } from '../../lib/region-ports.ts';
import { memoryVault } from './memory-vault.ts';

interface Turn {
  /** Real time before which it does not come. */
  readonly from: number;
  readonly actor: string;
  go(): void;
}

export class RegionWorld {
  readonly #turns: Turn[] = [];
  readonly #cut = new Set<string>();
  readonly #dead = new Set<string>();
  readonly #random: (below: number) => number;
  readonly #vaults = new Map<string, ReturnType<typeof memoryVault>>();
  readonly #regions: readonly string[];
  now = 1_800_000_000_000;

  constructor(regions: readonly string[], random: (below: number) => number) {
    this.#regions = regions;
    this.#random = random;
    for (const region of regions) this.#vaults.set(region, memoryVault({ now: () => new Date(this.now) }));
  }

  /** What a process in `region` works with. `actor`: until it is killed. */
  deps(actor: string, region: string, rate = 1): RegionDeps {
    const started = this.now;
    const clock: Clock = { now: () => new Date(started + (this.now - started) * rate) };
    return {
      ...{ clock, signer: SIGNER, leaseSeconds: 30 },
      random: { bytes: count => Uint8Array.from({ length: count }, () => this.#random(256)) },
      places: this.#regions.map(to => ({ region: to, witness: to === 'w', vault: this.#line(actor, region, to) })),
      pause: async milliseconds => {
        await this.#turn(actor, this.now + milliseconds / rate);
      },
    };
  }

  kill(actor: string): void {
    this.#dead.add(actor);
  }

  cut(a: string, b: string): void {
    this.#cut.add(lineOf(a, b));
  }

  mend(): void {
    this.#cut.clear();
  }

  /** Passes time; `busy`: something waits for it. */
  pass(milliseconds: number): void {
    this.now += milliseconds;
  }

  get isQuiet(): boolean {
    return this.#turns.length === 0;
  }

  /** Lets one message through, or passes the time until the next one may come. */
  async step(): Promise<void> {
    const ready = this.#turns.filter(({ from }) => from <= this.now);
    if (ready.length === 0) this.now = Math.min(...this.#turns.map(({ from }) => from));
    const turn = ready[this.#random(Math.max(1, ready.length))];
    if (turn) {
      this.#turns.splice(this.#turns.indexOf(turn), 1);
      turn.go();
    }
    await settled();
  }

  /** A message to a place: the request and the answer can each be late or lost. */
  #line(actor: string, from: string, to: string): RegionPlace['vault'] {
    const vault = this.#vaults.get(to)!;
    const arrive = async () => {
      await this.#turn(actor, this.now, true);
      if (this.#cut.has(lineOf(from, to))) throw new Error('cut');
    };
    const back = async () => {
      await this.#turn(actor, this.now);
      if (this.#cut.has(lineOf(from, to))) throw new Error('cut');
    };
    return {
      put: async (key, body, options) => {
        await arrive();
        const stored = await vault.put(key, body, options).catch(error => error as Error);
        await back();
        if (stored instanceof Error) throw stored;
        return stored;
      },
      get: async key => {
        await arrive();
        const bytes = await vault.get(key);
        await back();
        return bytes;
      },
      async *keys(prefix) {
        await arrive();
        const found: string[] = [];
        for await (const key of vault.keys(prefix)) found.push(key);
        await back();
        yield* found;
      },
    };
  }

  /** Of a dead actor only what is under way arrives; it never goes on. */
  #turn(actor: string, from: number, isMessage = false): Promise<void> {
    if (this.#dead.has(actor)) return new Promise(() => {});
    return new Promise(done => {
      const go = () => {
        if (isMessage || !this.#dead.has(actor)) done();
      };
      this.#turns.push({ from, actor, go });
    });
  }
}

export const SIGNER: Signer = {
  keyId: 'k',
  sign: async () => Buffer.from('signed'),
  verify: async () => true,
  publicKey: async () => '',
};

function lineOf(a: string, b: string): string {
  return [a, b].sort().join('-');
}

/** Everything that the last message set off has been done. */
export function settled(): Promise<void> {
  return new Promise(done => setImmediate(done));
}

/** Numbers below a limit, from a seed that fast-check shrinks. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return below => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

export const SEEDS = fc.integer({ min: 1, max: 2 ** 31 - 1 });
