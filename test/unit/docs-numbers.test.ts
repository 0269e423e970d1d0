import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scalePage } from '../../bench/scale-page.ts';
import { usualDeployment } from '../../bin/deployment-file.ts';
import { buyersTable, costPage } from '../../bin/terminal/cost-page.ts';
import { fleetCost } from '../../lib/planner/fleet-cost.ts';
import { ASSUMPTIONS, FLEET_SIZES, profileOf } from '../../lib/planner/fleet-profile.ts';

const page = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');

describe('the numbers in the docs', () => {
  it('in docs/cost.md are those that `holdfast cost --markdown` prints', () => {
    expect(page('cost.md').endsWith(costPage(usualDeployment()))).toBe(true);
  });

  it('that docs/cost.md begins with are those that `holdfast cost --markdown` prints first', () => {
    const start = page('cost.md').split('\n').slice(0, 12).join('\n');
    expect(start).toContain(buyersTable(usualDeployment()).trimEnd());
  });

  it('of a benchmark in docs/comparison.md are those of bench/README.md', () => {
    const measured = /10 GB, ship and restore in place.*\((\S+) s, peer (\S+) s\)/.exec(page('../bench/README.md'))!;
    const [own, peer] = measured.slice(1).map(seconds => Number(seconds).toFixed(1));
    const said = page('comparison.md').replaceAll('\n', ' ');
    expect(said).toContain(`restored in ${own} s`);
    expect(said).toContain(`took ${peer} s`);
  });

  it('in the README are those of docs/cost.md', () => {
    const month = (tenants: string) => new RegExp(`### ${tenants} tenants: (\\S+) a month`).exec(page('cost.md'))![1];
    expect(page('../README.md')).toContain(`**${month('10')} a month for 10 tenants, ${month('1,000')} for 1,000**`);
  });

  it('of a vault account in docs/cost.md are the difference of two bills, of fleets of all sizes', () => {
    const month = (tenants: number, vault?: object) =>
      fleetCost(profileOf(tenants), { ...usualDeployment(), ...(vault && { vault }) }, ASSUMPTIONS).usd;
    for (const tenants of FLEET_SIZES) {
      const more = (month(tenants, { account: '444455556666' }) - month(tenants)).toFixed(0);
      expect(page('cost.md')).toContain(`**$${more} a month more, for a fleet of any size**`);
    }
  });

  it('in docs/scale.md are those that `node bench/scale.ts` prints', () => {
    expect(page('scale.md').endsWith(scalePage())).toBe(true);
  });
});
