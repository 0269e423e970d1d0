/**
 * Chains over the life of a source: servers write, are shipped, fail over to standbys that have all of the log or not,
 * and are replaced; servers that were left go on, take snapshots and ship runs that nobody wanted. What a chain replays
 * is the history of one server, and beginning a source epoch changes nothing about the moments of earlier ones.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ChainMaterial, chooseChain, recoveryWindow, type StoredRange } from '../../../lib/domain/backup-chain.ts';
import { formatLsn, type Lsn, parseLsn } from '../../../lib/domain/lsn.ts';
import { epochOf, positionIn, type SourceIdentity, walLsn, walOf } from '../../../lib/domain/source-epoch.ts';

/** `wrote[n]`: who wrote the WAL from n to n + 1, at which time it did. */
interface ModelServer {
  readonly identity: SourceIdentity;
  readonly epoch: number;
  readonly wrote: readonly string[];
  /** Up to where it was shipped, as it knows. */
  readonly shipped: number;
}

const events = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('write'), n: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('ship'), n: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('snapshot'), n: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('failover'), n: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('replace'), n: fc.nat(12) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('left-writes'), n: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('left-snapshot'), n: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('left-ships'), n: fc.constant(0) }) },
) as fc.Arbitrary<{ does: string; n: number }>;

class Life {
  readonly snapshots: StoredRange[] = [];
  readonly runs: StoredRange[] = [];
  readonly gaps: ChainMaterial['gaps'][number][] = [];
  /** What the document's server had written when it was made. */
  readonly wroteOf = new Map<string, readonly string[]>();
  #made = 0;
  #now: ModelServer = { identity: { system: '1', timeline: 1 }, epoch: 0, wrote: [], shipped: 0 };
  #left: ModelServer | undefined;

  get material(): ChainMaterial {
    return { snapshots: this.snapshots, incrementals: [], runs: this.runs, gaps: this.gaps };
  }

  happen({ does, n }: { does: string; n: number }): void {
    if (does === 'write') this.#now = this.#written(this.#now, n);
    if (does === 'ship') this.#now = this.#ship(this.#now);
    if (does === 'snapshot') this.#snapshot(this.#now);
    if (does === 'failover') this.#failOver(n);
    if (does === 'replace') this.#replace(n);
    if (does === 'left-writes' && this.#left) this.#left = this.#written(this.#left, n);
    if (does === 'left-snapshot' && this.#left) this.#snapshot(this.#left);
    if (does === 'left-ships' && this.#left) this.#left = this.#ship(this.#left);
  }

  #written(server: ModelServer, n: number): ModelServer {
    return { ...server, wrote: [...server.wrote, ...Array.from({ length: n }, () => `w${this.#made++}`)] };
  }

  #range(server: ModelServer, source: SourceIdentity): StoredRange {
    const id = `d${this.#made++}`;
    this.wroteOf.set(id, server.wrote);
    const [from, to] = [server.shipped, server.wrote.length].map(at => positionIn(server.epoch, walLsn(BigInt(at))));
    return { id, from: from!, to: to!, fromTime: timeOf(from!), toTime: timeOf(to!), source };
  }

  #ship(server: ModelServer): ModelServer {
    if (server.shipped === server.wrote.length) return server;
    this.runs.push(this.#range(server, server.identity));
    return { ...server, shipped: server.wrote.length };
  }

  #snapshot(server: ModelServer): void {
    const { system, timeline } = server.identity;
    this.snapshots.push(this.#range(server, { system, timeline }));
  }

  /** A standby that lacks the last `n` steps is promoted. */
  #failOver(n: number): void {
    const { identity, epoch, wrote, shipped } = this.#now;
    this.#left = this.#now;
    const fork = Math.max(0, wrote.length - n);
    const has = wrote.slice(0, fork);
    const goesOn = fork >= shipped;
    const next = promoted(identity, goesOn ? epoch : epoch + 1, fork);
    if (goesOn) this.#now = { identity: next, epoch, wrote: has, shipped };
    else this.#begin({ identity: next, epoch: epoch + 1, wrote: has, shipped: fork });
  }

  /** Another server with a WAL of its own. */
  #replace(length: number): void {
    this.#left = this.#now;
    const { epoch } = this.#now;
    const identity = { system: String(epoch + 2), timeline: 1 };
    this.#begin(this.#written({ identity, epoch: epoch + 1, wrote: [], shipped: length }, length));
  }

  #begin(server: ModelServer): void {
    const last = this.#left!;
    const from = positionIn(last.epoch, walLsn(BigInt(last.shipped)));
    const end = positionIn(server.epoch, walLsn(BigInt(server.shipped)));
    this.gaps.push({ id: `g${this.#made++}`, from, fromTime: timeOf(from), end, reason: 'new-epoch' });
    this.#now = server;
  }
}

/** The standby was on the timeline that had its last step, and never on the ones that began later. */
function promoted({ system, timeline, left = [] }: SourceIdentity, epoch: number, fork: number): SourceIdentity {
  const before = left.map(({ timeline: old, at }) => ({ timeline: old, at: walOf(parseLsn(at)) }));
  const last = before.find(({ at }) => at > BigInt(fork))?.timeline ?? timeline;
  const all = [...before.filter(({ at }) => at <= BigInt(fork)), { timeline: last, at: walLsn(BigInt(fork)) }];
  return {
    ...{ system, timeline: timeline + 1 },
    left: all.map(({ timeline: old, at }) => ({ timeline: old, at: formatLsn(positionIn(epoch, at)) })),
  };
}

const timeOf = (position: Lsn) => position.toString().padStart(20, '0');

function lived(steps: readonly { does: string; n: number }[]): Life {
  const life = new Life();
  for (const step of steps) life.happen(step);
  return life;
}

function everyPosition({ snapshots, runs }: Life): Lsn[] {
  const ends = [...snapshots, ...runs];
  const epochs = [...new Set(ends.map(({ to }) => epochOf(to)))];
  return epochs.flatMap(epoch => Array.from({ length: 40 }, (_, at) => positionIn(epoch, walLsn(BigInt(at)))));
}

const SETTINGS = { numRuns: 5000 };
const lives = fc.array(events, { minLength: 5, maxLength: 30 });

it('a chain is the history of one server, from the first byte to the target', () => {
  let chains = 0;
  fc.assert(
    fc.property(lives, steps => {
      const life = lived(steps);
      for (const target of everyPosition(life)) {
        const chain = chooseChain(life.material, target);
        if (chain === undefined) continue;
        chains++;
        const parts = [chain.snapshot, ...chain.runs];
        expect(new Set(parts.map(({ from, to }) => `${epochOf(from)} ${epochOf(to)}`)).size).toBe(1);
        const last = life.wroteOf.get(parts.at(-1)!.id)!;
        const shown = life.wroteOf.get(chain.snapshot.id)!.slice(0, Number(walOf(chain.snapshot.to)));
        expect(last.slice(0, shown.length), 'what the snapshot shows').toEqual(shown.slice(0, last.length));
        for (const run of chain.runs) {
          const [from, to] = [Number(walOf(run.from)), Number(walOf(run.to))];
          expect(last.slice(from, to), 'what is replayed').toEqual(life.wroteOf.get(run.id)!.slice(from, to));
        }
      }
    }),
    SETTINGS,
  );
  expect(chains).toBeGreaterThan(SETTINGS.numRuns);
});

it('the moments of an epoch are those that it has by itself, whatever came after', () => {
  fc.assert(
    fc.property(lives, steps => {
      const life = lived(steps);
      const whole = recoveryWindow(life.material);
      const epochs = [...new Set([...life.snapshots, ...life.runs].map(({ to }) => epochOf(to)))];
      const ofEach = epochs
        .sort((a, b) => a - b)
        .flatMap(epoch => {
          const own = (range: { to: Lsn }) => epochOf(range.to) === epoch;
          const { snapshots, runs, gaps } = life.material;
          // The gap before a later epoch begins where this one's log ends.
          const before = gaps.filter(gap => epochOf(gap.end!) === epoch);
          const material = { snapshots: snapshots.filter(own), incrementals: [], runs: runs.filter(own), gaps: before };
          return recoveryWindow(material).stretches;
        });
      const ended = (to: Lsn) => life.gaps.some(gap => epochOf(gap.from) === epochOf(to) && gap.from <= to);
      for (const stretch of ofEach) {
        if (ended(stretch.to.lsn)) continue;
        expect(whole.stretches).toContainEqual(stretch);
      }
      for (const { from, to } of whole.stretches) expect(epochOf(from.lsn)).toBe(epochOf(to.lsn));
    }),
    SETTINGS,
  );
});
