/** A region that looks lost is reported once, never by one probe, and never while its log moves. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLsn, lsn } from '../../../lib/domain/lsn.ts';
import { isSuspected, RegionProbe } from '../../../lib/domain/region-probe.ts';

const PROBES = fc.array(
  fc.record({ database: fc.boolean(), vault: fc.boolean(), newest: fc.integer({ min: 1, max: 3 }) }),
  { maxLength: 12 },
);
const probesOf = (made: readonly { database: boolean; vault: boolean; newest: number }[]): RegionProbe[] => {
  let end = 0;
  return made.map(({ database, vault, newest }) => {
    end = Math.max(end, newest);
    return RegionProbe.parse({ at: '2026-01-15T12:00:00Z', database, vault, newest: formatLsn(lsn(BigInt(end))) });
  });
};

describe('a suspicion', () => {
  it('needs three failed probes of the last five, between which the log did not move', () => {
    fc.assert(
      fc.property(PROBES, made => {
        const probes = probesOf(made);
        const last = probes.slice(-5);
        const failed = last.filter(each => !(each.database && each.vault));
        // Counted from the end: the three that count, and everything after the first of them.
        const first = failed.at(-3);
        const stood =
          first !== undefined && new Set(last.slice(last.indexOf(first)).map(each => each.newest)).size === 1;
        expect(isSuspected(probes)).toBe(stood);
        if (isSuspected(probes)) expect(failed.length).toBeGreaterThanOrEqual(3);
      }),
    );
  });

  it('is none while the log moves, however many probes fail', () => {
    const moving = [1, 2, 3, 4, 5].map(n => ({ database: false, vault: false, newest: n }));
    expect(isSuspected(probesOf(moving))).toBe(false);
    expect(isSuspected(probesOf(moving.map(each => ({ ...each, newest: 1 }))))).toBe(true);
  });
});
