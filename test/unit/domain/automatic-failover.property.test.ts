/**
 * A region takes over by itself only when every condition holds, each stated here a second time in other words; and one
 * condition that is taken away from a case where it would, is enough that it does not.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AutomaticWait, decideAutomatic } from '../../../lib/domain/automatic-failover.ts';
import { formatLsn, lsn } from '../../../lib/domain/lsn.ts';
import { isSuspected, type RegionProbe } from '../../../lib/domain/region-probe.ts';
import type { PlaceReading, RegionState } from '../../../lib/domain/region-state.ts';

type AutomaticFacts = Parameters<typeof decideAutomatic>[0];

const NOW = Date.parse('2026-05-01T12:00:00Z');
const MINUTE = 60_000;
const ago = (milliseconds: number) => new Date(NOW - milliseconds).toISOString();
const position = (n: number | null) => (n === null ? null : formatLsn(lsn(BigInt(n))));
const PLACES = ['a', 'b', 'w'].map(region => ({ region, witness: region === 'w' }));

const stateOf = (term: number, active: string | null, minutesAgo: number): RegionState => ({
  ...{ format: 'holdfast.region-state/1', id: `s${term}`, term, active, phase: 'healthy', previous: null },
  ...{ fenced: [], since: ago(minutesAgo * MINUTE), by: 'ann', reason: 'test', planned: false },
});

const probeOf = (minutesAgo: number, change: Partial<RegionProbe> = {}): RegionProbe => ({
  ...{ at: ago(minutesAgo * MINUTE), database: false, vault: false, newest: position(7), newestThere: null },
  ...{ witness: { database: false, vault: false }, seen: null },
  ...change,
});

/** Region `a` is lost: nothing stands against it. */
const LOST: AutomaticFacts = {
  ...{ here: 'b', places: PLACES, leaseSeconds: 30, isReplica: true, now: new Date(NOW) },
  readings: new Map<string, PlaceReading>([
    ['a', 'unreachable'],
    ['b', stateOf(3, 'a', 500)],
    ['w', stateOf(3, 'a', 500)],
  ]),
  probes: [4, 3, 2, 1, 0].map(minutes => probeOf(minutes)),
  history: [stateOf(3, 'a', 500)],
};

const readings = (a: PlaceReading, b: PlaceReading, w: PlaceReading) => new Map(Object.entries({ a, b, w }));
const old = stateOf(3, 'a', 500);
const fence = { region: 'a', by: 'ann', reason: 'off' };
const silent = [4, 3, 2, 1, 0];

const LACKING: readonly (readonly [string, AutomaticWait, Partial<AutomaticFacts>])[] = [
  ['this region is the active one', 'nothing-to-take', { here: 'a' }],
  ['a fail-over is under way', 'nothing-to-take', { readings: readings('unreachable', stateOf(4, null, 1), old) }],
  ['nobody ever said which is active', 'nothing-to-take', { readings: readings('empty', 'empty', 'empty') }],
  ['there is no witness', 'no-witness', { places: PLACES.slice(0, 2) }],
  ['a person fenced a region', 'fenced', { readings: readings('unreachable', { ...old, fenced: [fence] }, old) }],
  ['only two probes failed', 'it-answers', { probes: silent.map(m => probeOf(m, { database: m > 1 })) }],
  ['the last probe found it well', 'it-answers', { probes: silent.map(m => probeOf(m, { database: m === 0 })) }],
  ['only its vault is silent', 'it-answers', { probes: silent.map(m => probeOf(m, { database: true })) }],
  ['the probes are old', 'it-answers', { probes: silent.map(m => probeOf(m + 20)) }],
  ['the clock was set back', 'it-answers', { probes: silent.map(m => probeOf(m - 10)) }],
  ['the witness says nothing', 'witness-does-not-agree', { probes: silent.map(m => probeOf(m, { witness: null })) }],
  [
    'the witness finds the database well',
    'witness-does-not-agree',
    { probes: silent.map(m => probeOf(m, { witness: { database: true, vault: false } })) },
  ],
  ['its log still arrives', 'log-moves', { probes: silent.map(m => probeOf(m, { newest: position(9 - m) })) }],
  [
    'its own vault still gets log',
    'log-moves',
    { probes: silent.map(m => probeOf(m, { newestThere: position(9 - m) })) },
  ],
  ['its lease may hold', 'lease-may-hold', { leaseSeconds: 300 }],
  ['the database here is no replica', 'no-replica', { isReplica: false }],
  ['the witness’s vault is silent', 'no-majority', { readings: readings('unreachable', old, 'unreachable') }],
  ['the places do not agree', 'no-majority', { readings: readings(stateOf(2, 'a', 600), old, stateOf(2, 'a', 600)) }],
  ['nobody knows what happened', 'failed-over-lately', { history: undefined }],
  ['one ended half an hour ago', 'failed-over-lately', { history: [stateOf(2, null, 90), stateOf(3, 'a', 30)] }],
  [
    'one was given up half an hour ago',
    'failed-over-lately',
    { history: [stateOf(1, 'a', 900), stateOf(2, null, 30), stateOf(3, 'a', 29)] },
  ],
  ['a clock is ahead', 'failed-over-lately', { history: [stateOf(2, null, -5), stateOf(3, 'a', -4)] }],
];

describe('a region that looks lost from two places, with nothing against it', () => {
  it('is taken over', () => {
    expect(decideAutomatic(LOST)).toEqual({ wait: null, from: 'a', base: { state: 's3', term: 3 } });
  });

  it('is taken over although a suspicion was noted lately, and an hour after the last fail-over', () => {
    const noted = { ...stateOf(4, 'a', 2), phase: 'suspected' as const };
    const history = [stateOf(2, null, 63), stateOf(3, 'a', 62), noted];
    const facts = { ...LOST, history, readings: readings('unreachable', noted, noted) };
    expect(decideAutomatic(facts)).toMatchObject({ wait: null, base: { term: 4 } });
  });

  it.each(LACKING)('is not taken over where %s', (_, wait, change) => {
    expect(decideAutomatic({ ...LOST, ...change })).toEqual({ wait });
  });
});

const Probe = fc.record({
  database: fc.constantFrom(false, false, false, true),
  witness: fc.constantFrom(null, ...[false, false, false, true].map(database => ({ database, vault: false }))),
  newest: fc.constantFrom(7, 7, 7, 6),
  newestThere: fc.constantFrom(null, 7, 7, 7, 6),
  seconds: fc.integer({ min: 20, max: 400 }),
});

it('whatever the probes, three of the last five found both silent, the last too, with no log since and a lease ago', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.array(Probe, { maxLength: 8 }), fc.integer({ min: 10, max: 120 }), (made, leaseSeconds) => {
      let at = NOW;
      const probes = made
        .map(({ seconds, newest, newestThere, ...rest }) => {
          const probe = probeOf(0, { ...rest, newest: position(newest), newestThere: position(newestThere) });
          const made = { ...probe, at: new Date(at).toISOString() };
          at -= seconds * 1000;
          return made;
        })
        .reverse();
      const decided = decideAutomatic({ ...LOST, probes, leaseSeconds });
      if (decided.wait !== null) return;
      taken += 1;
      expect(isSuspected(probes)).toBe(true);
      const both = probes.slice(-5).filter(probe => !probe.database && probe.witness?.database === false);
      expect(both).toContain(probes.at(-1));
      expect(both.length).toBeGreaterThanOrEqual(3);
      // From some moment on, at least a lease ago, three found both silent and nobody saw the log move.
      const holds = both.some(first => {
        const since = probes.slice(probes.indexOf(first));
        const ends = (name: 'newest' | 'newestThere') => new Set(since.map(each => each[name]).filter(Boolean)).size;
        const age = (NOW - Date.parse(first.at)) / 1000;
        const count = since.filter(each => both.includes(each)).length;
        return count >= 3 && ends('newest') === 1 && ends('newestThere') <= 1 && age > leaseSeconds && age <= 900;
      });
      expect(holds).toBe(true);
    }),
    { numRuns: 10_000 },
  );
  expect(taken).toBeGreaterThan(200);
});
