import { describe, expect, it } from 'vitest';
import type { GapEntry } from '../../../lib/domain/log-manifest.ts';
import { LsnText, parseLsn } from '../../../lib/domain/lsn.ts';
import { refuseTablesInGap, tableGaps } from '../../../lib/domain/table-gaps.ts';
import { SYSTEM } from '../../../lib/domain/tenant.ts';

const suspect: GapEntry = {
  ...{ tenant: SYSTEM, id: 'a', from: LsnText.parse('0/100'), fromTime: '2026-01-01T01:00:00Z' },
  ...{
    to: LsnText.parse('0/200'),
    toTime: '2026-01-01T02:00:00Z',
    seen: LsnText.parse('0/200'),
    reason: 'suspect',
    tables: ['public.item'],
  },
};
const unprotected: GapEntry = { ...suspect, id: 'b', reason: 'unprotected', to: null, toTime: null };
const snapshot = (from: string, to: string, read = 'changed') => ({
  ...{ kind: 'snapshot', from, to, toTime: `2026-01-01T00:00:00.${to.slice(2)}Z`, read },
});
const before = snapshot('0/50', '0/60');
const within = snapshot('0/150', '0/160');
const after = snapshot('0/200', '0/210');

describe('a target at which the log of a table is incomplete', () => {
  const plan = (
    gap: GapEntry,
    target: string,
    from = before,
    options: { replayed?: boolean; tables?: string[] } = {},
  ) =>
    refuseTablesInGap([gap], [before, within, after], {
      target: parseLsn(target),
      snapshot: from,
      replayed: options.replayed ?? true,
      tables: new Set(options.tables ?? ['public.item']),
    });

  it('is refused from the last announced moment to the snapshot that read the table again', () => {
    expect(() => plan(suspect, '0/100')).not.toThrow();
    expect(() => plan(suspect, '0/101')).toThrow(/public\.item/);
    expect(() => plan(suspect, '0/205', within)).toThrow(/public\.item/);
    expect(() => plan(suspect, '0/210', after)).not.toThrow();
  });

  it('is refused for that table only', () => {
    expect(() => plan(suspect, '0/150', before, { tables: ['public.other'] })).not.toThrow();
  });

  it('is refused for an unprotected table until a run finds it protected again', () => {
    expect(() => plan(unprotected, '0/300', after)).toThrow(/--exclude public\.item|public\.item/);
    expect(() => plan({ ...unprotected, to: LsnText.parse('0/200') }, '0/300', after)).not.toThrow();
  });

  it('can be a snapshot at its own moment if that read the table in full', () => {
    expect(() => plan(suspect, '0/160', within, { replayed: false })).toThrow();
    expect(() => plan(suspect, '0/160', snapshot('0/150', '0/160', 'full'), { replayed: false })).not.toThrow();
    expect(() => plan(unprotected, '0/210', after, { replayed: false })).not.toThrow();
  });

  it('names the nearest moments', () => {
    expect(tableGaps([suspect], [before, within, after])[0]).toMatchObject({
      from: { lsn: '0/100' },
      to: { lsn: '0/210' },
    });
    expect(tableGaps([unprotected], [after])[0]).toMatchObject({ to: null });
  });
});
