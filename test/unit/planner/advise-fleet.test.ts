/** Advice: each amount is the difference of two bills, each change says what it costs in recovery, none is there already. */
import { describe, expect, it } from 'vitest';
import { usualDeployment } from '../../../bin/deployment-file.ts';
import { adviseFleet } from '../../../lib/planner/advise-fleet.ts';
import { fleetCost } from '../../../lib/planner/fleet-cost.ts';
import { ASSUMPTIONS, FLEET_SIZES, profileOf } from '../../../lib/planner/fleet-profile.ts';
import { inRegions } from '../../../lib/planner/fleet-settings.ts';

const usual = usualDeployment();

describe.each(FLEET_SIZES)('advice for %i tenants', tenants => {
  const profile = profileOf(tenants);
  const { usd, advice } = adviseFleet(profile, usual, ASSUMPTIONS);
  const saves = (id: string) => advice.find(each => each.id === id)?.savesUsd;

  it('is the difference of the bills that `holdfast cost` prints', () => {
    const bill = (settings = usual) => fleetCost(profile, settings, ASSUMPTIONS).usd;
    expect(usd).toBe(bill());
    expect(saves('two-regions')).toBeCloseTo(bill() - bill(inRegions(usual, 2)), 9);
    expect(saves('one-region')).toBeCloseTo(bill() - bill(inRegions(usual, 1)), 9);
    expect(saves('pooled-keys')).toBeCloseTo(bill() - bill({ ...usual, keys: { mode: 'pooled' } }), 9);
    const stored = (change: object) => bill({ ...usual, storage: { ...usual.storage, ...change } });
    expect(saves('intelligent-tiering')).toBeCloseTo(bill() - stored({ tiering: 'intelligent' }), 9);
    const hours = { critical: 24, standard: 48, historical: 24, archive: 24 };
    const tiers = { ...usual.tiers, snapshotHours: hours };
    expect(saves('snapshot-standard-48-hours')).toBeCloseTo(bill() - bill({ ...usual, tiers }), 9);
    expect(saves('index-4-hours')).toBeCloseTo(bill() - stored({ logIndexMinutes: 240 }), 9);
    expect(saves('index-15-minutes')).toBeCloseTo(bill() - stored({ logIndexMinutes: 15 }), 9);
    const retention = { ...usual.retention, logDays: 14 };
    expect(saves('keep-log-14-days')).toBeCloseTo(bill() - bill({ ...usual, retention }), 9);
  });

  it('names what each change costs, the greatest saving first, and never a bill below nothing', () => {
    expect(advice.length).toBeGreaterThan(6);
    expect(advice.map(each => each.savesUsd)).toEqual(advice.map(each => each.savesUsd).sort((a, b) => b - a));
    for (const each of advice) {
      expect(Math.min(each.recoveryPoint.length, each.recoveryTime.length, each.note.length)).toBeGreaterThan(3);
      expect(each.savesUsd).toBeLessThan(usd);
    }
  });

  it('says for each tier with tenants what more or fewer snapshots cost in recovery time', () => {
    const shares = { critical: 0.2, standard: 0.3, historical: 0.5 };
    const mixed = adviseFleet({ ...profile, tiers: shares }, usual, ASSUMPTIONS).advice;
    const of = (tier: string) => mixed.find(({ id }) => id.startsWith(`snapshot-${tier}`));
    expect(of('critical')).toMatchObject({ id: 'snapshot-critical-6-hours' });
    expect(of('critical')!.savesUsd).toBeLessThan(0);
    expect(of('critical')!.recoveryTime).toMatch(/MB of log less/);
    expect(of('historical')!.savesUsd).toBeGreaterThan(of('standard')!.savesUsd);
    expect(of('historical')!.recoveryTime).toMatch(/MB of log more/);
    expect(of('archive')).toBeUndefined();
    // A replay that takes more than a tenth of the objective is not advised.
    const busy = { ...profile, changedBytesPerDay: 1e12, tiers: shares };
    expect(adviseFleet(busy, usual, ASSUMPTIONS).advice.map(({ id }) => id)).not.toContain(
      'snapshot-historical-168-hours',
    );
  });

  it('does not advise what is there already', () => {
    const one = adviseFleet(profile, { ...inRegions(usual, 1), keys: { mode: 'pooled' } }, ASSUMPTIONS);
    const ids = one.advice.map(({ id }) => id);
    for (const id of ['one-region', 'two-regions', 'pooled-keys', 'tiering-by-age']) expect(ids).not.toContain(id);
    expect(ids).toContain('dedicated-keys');
  });
});
