import { describe, expect, it } from 'vitest';
import { METRICS, metricsCounted } from '../../../lib/domain/function-metrics.ts';
import { recoveryPointAges, shareOfRecoveryTime, type Tier, tiersInUse } from '../../../lib/domain/objectives.ts';

const now = new Date('2026-01-31T12:00:00Z');
const log = '2026-01-31T11:59:30Z';
const tiers: Tier[] = ['critical', 'standard'];
const tierOf = (tenant: string): Tier => (tenant === 'gold' ? 'critical' : 'standard');
const ages = (...behind: Parameters<typeof recoveryPointAges>[1]) =>
  Object.fromEntries(recoveryPointAges(log, behind, tiers, tierOf, now));

describe('the recovery point of a tier', () => {
  it('is that of the log if every chain is intact', () => {
    expect(ages()).toEqual({ critical: 30, standard: 30 });
  });

  it('is that of its worst tenant, and of no other tier', () => {
    expect(
      ages(
        { tenants: ['gold'], since: '2026-01-31T11:00:00Z' },
        { tenants: ['gold'], since: '2026-01-31T11:30:00Z' },
        { tenants: ['tin'], since: '2026-01-31T11:58:00Z' },
      ),
    ).toEqual({ critical: 3600, standard: 120 });
  });

  it('applies to every tier if all tenants wait for snapshots', () => {
    expect(ages({ tenants: 'all', since: '2026-01-31T10:00:00Z' })).toEqual({ critical: 7200, standard: 7200 });
  });

  it('is never newer than the log, nor in the future', () => {
    expect(ages({ tenants: ['gold'], since: '2026-01-31T11:59:59Z' })).toEqual({ critical: 30, standard: 30 });
    expect(Object.fromEntries(recoveryPointAges('2026-01-31T12:00:05Z', [], tiers, tierOf, now))).toEqual({
      critical: 0,
      standard: 0,
    });
  });
});

describe('tiers', () => {
  it('are in use if a tenant has them', () => {
    expect(tiersInUse({ default: 'standard', tenants: {} })).toEqual(['standard']);
    expect(tiersInUse({ default: 'archive', tenants: { a: 'critical', b: 'archive' } })).toEqual([
      'critical',
      'archive',
    ]);
  });

  it('each have a recovery time objective', () => {
    expect(shareOfRecoveryTime('critical', 3600)).toBe(100);
    expect(shareOfRecoveryTime('archive', 36 * 3600)).toBe(50);
  });

  it('each add one metric to those by tier or tenant, and none to the others', () => {
    const one = metricsCounted({ default: 'standard', tenants: {} });
    const two = metricsCounted({ default: 'standard', tenants: { a: 'critical' } });
    const byTier = Object.values(METRICS).filter(measure => measure.by !== 'installation').length;
    expect(two - one).toBe(byTier);
  });
});
