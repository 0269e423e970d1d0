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

  it('does not advise what is there already', () => {
    const one = adviseFleet(profile, { ...inRegions(usual, 1), keys: { mode: 'pooled' } }, ASSUMPTIONS);
    const ids = one.advice.map(({ id }) => id);
    for (const id of ['one-region', 'two-regions', 'pooled-keys', 'tiering-by-age']) expect(ids).not.toContain(id);
    expect(ids).toContain('dedicated-keys');
  });
});
