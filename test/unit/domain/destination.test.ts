/** The destination of a restore, and what it refuses before anything is read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { destinationKind, destinationOf, refuseForFunctions, refusePreview } from '../../../lib/domain/destination.ts';
import { parseRestoreRequest } from '../../../lib/domain/restore-request.ts';

const PLACES = {
  'in-place': {},
  'side-by-side': { sideBySide: true },
  database: { into: 'postgres://db/other' },
  tenant: { asTenant: '2' },
} as const;
type Kind = keyof typeof PLACES;

const asked = (kind: Kind, more: object = {}) =>
  parseRestoreRequest({ tenant: '1', target: 'latest', ...PLACES[kind], ...more });
const codeOf = (work: () => void) => {
  try {
    work();
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a destination', () => {
  it('is the one that the request names, in whichever field', () => {
    for (const kind of Object.keys(PLACES) as Kind[]) {
      expect(destinationKind(asked(kind))).toBe(kind);
      expect(destinationOf(asked(kind)).kind).toBe(kind);
    }
    expect(destinationOf(asked('tenant', { mapped: { users: { email: '{}-{tenant}' } } }))).toEqual({
      ...{ kind: 'tenant', tenant: '2', mapped: { users: { email: '{}-{tenant}' } } },
    });
  });

  it('accepts only the fields that apply to it, and names the others', () => {
    const columns = { columns: { users: ['email'] } };
    const problems = (kind: Kind, more: object) => {
      try {
        asked(kind, more);
        return [];
      } catch (error) {
        return (error as { details: { problems: string[] } }).details.problems;
      }
    };
    expect(problems('tenant', { mode: 'columns', ...columns })).toEqual([
      'asTenant: a restore as a new tenant requires mode exact',
    ]);
    expect(problems('in-place', { mode: 'columns', ...columns })).toEqual([]);
    expect(problems('in-place', { undoes: 'r1' })).toEqual([]);
    expect(problems('in-place', { mode: 'merge', reverts: { until: '0/2' }, overwrite: true })).toEqual([]);
    for (const kind of ['side-by-side', 'database', 'tenant'] as const)
      expect(problems(kind, { mode: 'merge', reverts: { until: '0/2' } })).toEqual([
        'mode: transactions are taken back in place',
      ]);
    expect(problems('in-place', { mode: 'merge' })).toEqual([
      'reverts: mode merge needs the transactions to take back, and no other mode has them',
    ]);
    for (const kind of ['side-by-side', 'database', 'tenant'] as const)
      expect(problems(kind, { undoes: 'r1' })).toEqual(['undoes: an undo is in place and in mode exact']);
    for (const kind of ['in-place', 'side-by-side', 'database'] as const)
      expect(problems(kind, { mapped: { users: { email: '{}' } } })).toEqual([
        'mapped: values are mapped only in a restore as a new tenant',
      ]);
    expect(problems('tenant', { sideBySide: true })).toContain(
      'into: choose one of: side by side, into another database, as a new tenant',
    );
  });

  it('shows the difference first if live rows can be overwritten', () => {
    const found = (Object.keys(PLACES) as Kind[]).map(kind => codeOf(() => refusePreview(asked(kind), 'A plan')));
    expect(found).toEqual([null, 'preview-in-place-only', 'preview-in-place-only', 'preview-in-place-only']);
  });

  it('is refused for functions, or some of its options are', () => {
    const refused = (kind: Kind, more: object = {}, previewOnly = false) =>
      codeOf(() => refuseForFunctions(asked(kind, more), previewOnly));
    expect(refused('in-place', { undoes: 'r1' })).toBeNull();
    expect(refused('in-place', { mode: 'merge', reverts: { until: '0/2' } })).toBeNull();
    expect(refused('database')).toBe('into-not-here');
    expect(refused('side-by-side', {}, true)).toBe('side-by-side-alone');
    expect(refused('side-by-side', { batches: 10 })).toBe('side-by-side-alone');
    expect(refused('side-by-side', { mode: 'missing-only' })).toBe('side-by-side-alone');
    fc.assert(
      fc.property(fc.constantFrom('in-place', 'side-by-side', 'tenant'), fc.boolean(), (kind, previewOnly) => {
        expect(refused(kind, { approvedBy: ['bob'] }, previewOnly)).toBe('approved-by-not-here');
        if (kind !== 'side-by-side') expect(refused(kind, { batches: 10 }, previewOnly)).toBeNull();
      }),
    );
  });
});
