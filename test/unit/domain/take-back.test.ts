/** The three-way rule: cases by name, and that one step stands for several. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLASH, oneStep, type RowVersion, type VersionRow, withoutStep } from '../../../lib/domain/take-back.ts';

const row = (a: string | null, b: string | null) => ({ a, b });

describe('taking a step back', () => {
  it.each([
    ['inserted, unchanged: deleted', null, row('1', '1'), row('1', '1'), null],
    ['inserted, changed since: left', null, row('1', '1'), row('1', '2'), CLASH],
    ['inserted, gone already: nothing', null, row('1', '1'), null, null],
    ['deleted, still gone: inserted', row('1', '1'), null, null, row('1', '1')],
    ['deleted, present as before: nothing', row('1', '1'), null, row('1', '1'), row('1', '1')],
    ['deleted, present otherwise: left', row('1', '1'), null, row('1', '2'), CLASH],
    ['updated: only its column', row('1', '1'), row('2', '1'), row('2', '9'), row('1', '9')],
    ['updated to NULL', row('1', '1'), row(null, '1'), row(null, '1'), row('1', '1')],
    ['updated, changed since: left', row('1', '1'), row('2', '1'), row('3', '1'), CLASH],
    ['updated, back already: nothing', row('1', '1'), row('2', '1'), row('1', '5'), row('1', '5')],
    ['updated, deleted since: left', row('1', '1'), row('2', '1'), null, CLASH],
    ['untouched: anything', row('1', '1'), row('1', '1'), row('7', '8'), row('7', '8')],
    ['untouched and gone', row('1', '1'), row('1', '1'), null, null],
  ] as const)('%s', (_, before, after, live, expected) => {
    expect(withoutStep(before, after, live)).toEqual(expected);
  });
});

const value = fc.constantFrom('1', '2', '3', null);
const version = fc.option(fc.record({ a: value, b: value, c: value }), { nil: null, freq: 4 });
const changes = fc.array(fc.record({ row: version, selected: fc.boolean() }), { minLength: 1, maxLength: 6 });

function oneByOne(first: VersionRow | null, all: readonly RowVersion[], live: VersionRow | null) {
  let left: VersionRow | null = live;
  for (const [index, { row: after, selected }] of [...all.entries()].reverse()) {
    if (!selected) continue;
    const next = withoutStep(index === 0 ? first : all[index - 1]!.row, after, left);
    if (next === CLASH) return CLASH;
    left = next;
  }
  return left;
}

describe('one step for several changes', () => {
  it('leaves what taking them back one by one, newest first, leaves of a row that nobody changed after the last of them', () => {
    fc.assert(
      fc.property(version, changes, (first, some) => {
        const all = some.with(-1, { ...some.at(-1)!, selected: true });
        const step = oneStep(first, all);
        const last = all.at(-1)!.row;
        const expected = oneByOne(first, all, last);
        if (step === CLASH) expect(expected).toBe(CLASH);
        else expect(withoutStep(step.before, step.after, last)).toEqual(expected);
      }),
      { numRuns: 5000 },
    );
  });

  it('is from the first state to the last where all are chosen', () => {
    fc.assert(
      fc.property(version, changes, (first, all) => {
        const step = oneStep(
          first,
          all.map(change => ({ ...change, selected: true })),
        );
        expect(step).toEqual({ before: first, after: all.at(-1)!.row });
      }),
      { numRuns: 5000 },
    );
  });

  it('leaves a column that only others changed as they left it', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ a: value, b: value, selected: fc.boolean() }), { minLength: 1 }), changed => {
        let row = { a: '1' as string | null, b: '1' as string | null };
        const all = changed.map(({ a, b, selected }) => {
          row = selected ? { ...row, a } : { ...row, b };
          return { row, selected };
        });
        const step = oneStep({ a: '1', b: '1' }, all);
        if (step === CLASH) throw new Error('nobody else changed the column');
        expect(withoutStep(step.before, step.after, row)).toEqual({ a: '1', b: row.b });
      }),
      { numRuns: 2000 },
    );
  });
});
