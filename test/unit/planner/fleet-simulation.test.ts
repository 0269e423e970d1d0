import { describe, expect, it } from 'vitest';
import { usualDeployment } from '../../../bin/deployment-file.ts';
import { cutShards } from '../../../lib/domain/shards.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { LIMITS } from '../../../lib/planner/aws-limits.ts';
import { ASSUMPTIONS, profileOf } from '../../../lib/planner/fleet-profile.ts';
import { judgeLimits, judgeRuns, simulateRun, stateBytes } from '../../../lib/planner/fleet-simulation.ts';

const settings = usualDeployment();
const fleet = profileOf(100_000);
const judged = judgeLimits(fleet, settings, ASSUMPTIONS);

describe('the limits of AWS', () => {
  it('are all evaluated, each with its source', () => {
    expect(new Set(judged.map(each => each.limit))).toEqual(new Set(Object.values(LIMITS)));
    for (const { source } of Object.values(LIMITS)) expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
  });

  it('are reached at the stated size, and not before', () => {
    for (const { limit, by, reachedAt } of judged) {
      if (reachedAt === undefined) continue;
      const at = (tenants: number) =>
        judgeLimits({ ...fleet, tenants: Math.max(1, Math.round(tenants)) }, settings, ASSUMPTIONS).find(
          each => each.limit === limit && each.by === by,
        )!.load;
      expect(at(reachedAt * 0.9), by).toBeLessThanOrEqual(limit.value);
      expect(at(reachedAt * 1.1), by).toBeGreaterThanOrEqual(limit.value);
    }
  });

  it('are reached earlier if lower: the list decides, not the page', () => {
    const size = (value: number) =>
      judgeLimits(fleet, settings, ASSUMPTIONS, {
        ...LIMITS,
        partitionReads: { ...LIMITS.partitionReads, value },
      }).find(each => each.by.includes('within a second') && each.limit.name === LIMITS.partitionReads.name)!
        .reachedAt!;
    expect(size(300)).toBeLessThan(size(3000) / 9);
  });
});

describe('a fleet run', () => {
  it('is in time if its setting allows enough concurrent tenants', () => {
    const larger = { ...fleet, tenants: 1_000_000 };
    const needs = judgeRuns(larger, settings, ASSUMPTIONS).find(run => run.name === 'back-up-fleet')!;
    expect(needs.seconds).toBeGreaterThan(needs.allowed);
    const enough = { ...settings, fleet: { ...settings.fleet, concurrentTenants: needs.needs } };
    const again = judgeRuns(larger, enough, ASSUMPTIONS).find(run => run.name === 'back-up-fleet')!;
    expect(again.seconds).toBeLessThanOrEqual(again.allowed);
  });

  it('takes about its work divided by the concurrency, though tenants differ', () => {
    const run = simulateRun(Array(1000).fill(100), 10, 4);
    expect(run.seconds / ((100_000 * 4) / 10)).toBeCloseTo(1, 1);
    expect(run.longest).toBeGreaterThan(run.shortest);
  });

  it('estimates the size of the state that the planner really produces', () => {
    const known = Array.from({ length: 100_000 }, (_, n) => tenantRef('state', tenantId(String(n)))).sort();
    const real = JSON.stringify(cutShards(known, known.slice(0, 50_000).concat(known.slice(60_000)))).length;
    expect(real / stateBytes(100_000)).toBeGreaterThan(0.85);
    expect(real / stateBytes(100_000)).toBeLessThan(1.05);
  });
});
