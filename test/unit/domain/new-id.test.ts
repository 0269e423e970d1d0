import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId } from '../../../lib/domain/new-id.ts';

const idAt = (moment: Date, bytes: Uint8Array) =>
  newId({ clock: { now: () => moment }, random: { bytes: () => bytes } });
const moment = fc.date({ min: new Date('2020-01-01'), max: new Date('2200-01-01'), noInvalidDate: true });
const chance = fc.uint8Array({ minLength: 8, maxLength: 8 });

describe('a new id', () => {
  it('sorts by creation time, whatever the random part', () => {
    fc.assert(
      fc.property(moment, moment, chance, chance, (a, b, one, other) => {
        fc.pre(a < b);
        expect(idAt(a, one) < idAt(b, other)).toBe(true);
      }),
    );
  });

  it('has 9 characters of time and 8 random ones, safe in an object key', () => {
    fc.assert(
      fc.property(moment, chance, (at, bytes) => {
        expect(idAt(at, bytes)).toMatch(/^[0-9a-z]{9}-[0-9a-z]{8}$/);
      }),
    );
  });

  it('differs from another of the same millisecond in the random part', () => {
    const at = new Date('2026-01-15T12:00:00Z');
    expect(idAt(at, new Uint8Array(8).fill(1))).not.toBe(idAt(at, new Uint8Array(8).fill(2)));
  });

  it('uses the time that the caller passes', () => {
    const source = { clock: { now: () => new Date(0) }, random: { bytes: () => new Uint8Array(8) } };
    const at = new Date('2026-01-15T12:00:00Z');
    expect(newId(source, at)).toBe(idAt(at, new Uint8Array(8)));
  });
});
