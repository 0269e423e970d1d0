import { describe, expect, it } from 'vitest';
import { usualDeployment } from '../../../bin/deployment-file.ts';
import { minuteOf, runsPerMonth } from '../../../lib/domain/run-frequency.ts';
import { priceList, priceOf } from '../../../lib/planner/aws-prices.ts';
import { costLine } from '../../../lib/planner/cost-line.ts';
import { fleetCost } from '../../../lib/planner/fleet-cost.ts';
import { ASSUMPTIONS, FLEET_SIZES, profileOf } from '../../../lib/planner/fleet-profile.ts';
import { type FleetSettings, inRegions } from '../../../lib/planner/fleet-settings.ts';
import { fleetWork } from '../../../lib/planner/fleet-work.ts';

const settings = usualDeployment();
const priced = (tenants: number, mode: 'dedicated' | 'pooled' = 'pooled') =>
  fleetCost(profileOf(tenants), { ...settings, keys: { mode } }, ASSUMPTIONS);

/** The product that a line's text states: numbers between ×, the price with its divisor. */
function calculated(arithmetic: string): number {
  return arithmetic
    .replace(/ \(price of .*$/, '')
    .split(' × ')
    .map(factor => {
      const [, value, per] = /^\$?([\d.,]+)(?:\/([\d.,]+))?/.exec(factor)!;
      const number = (text: string) => Number(text.replaceAll(',', ''));
      return number(value!) / (per === undefined ? 1 : number(per));
    })
    .reduce((product, factor) => product * factor, 1);
}

describe('a price', () => {
  it('has a source and a date', () => {
    for (const { source, asOf, unit } of priceList()) {
      expect(source).toMatch(/^https:\/\//);
      expect(asOf).toMatch(/^(20\d\d(-\d\d-\d\d)?|undated)$/);
      expect(unit).not.toBe('');
    }
  });

  it('missing for a region is that of another region, which is named', () => {
    expect(priceOf('s3Put', 'eu-north-1')).toMatchObject({ usd: 0.0054, standsIn: 'eu-central-1' });
    expect(priceOf('s3InstantArchive', 'eu-central-1').standsIn).toBe('us-east-1');
    expect(priceOf('s3Put', 'us-east-1')).not.toHaveProperty('standsIn');
    expect(costLine('S3', 'x', 'eu-north-1', 's3Put', [[1, 'object']]).arithmetic).toContain(
      'none found for eu-north-1',
    );
  });
});

describe('a bill', () => {
  it.each(FLEET_SIZES)('of %i tenants is the sum of its lines, and each line shows its arithmetic', tenants => {
    const { lines, usd, usdPerTenant } = priced(tenants);
    for (const line of lines) expect(calculated(line.arithmetic) / line.usd, line.arithmetic).toBeCloseTo(1, 1);
    expect(lines.reduce((sum, line) => sum + line.usd, 0)).toBeCloseTo(usd, 6);
    expect(usdPerTenant * tenants).toBeCloseTo(usd, 6);
  });

  it('has two log objects a run, however many tenants there are', () => {
    const line = priced(100_000).lines.find(each => each.name === 'ship-log: PUT and LIST')!;
    expect(line.arithmetic).toBe('43,200 runs × 3 requests × $0.0054/1,000');
  });

  it('counts one document per hour of log and the runs of the open hour for a snapshot, whatever the size of the fleet', () => {
    const reads = (tenants: number) => {
      const work = fleetWork({ ...profileOf(100_000), tenants }, settings, ASSUMPTIONS);
      return work.steps.find(step => step.name === 'plan-snapshot')!.get;
    };
    // 24 indexes, half an hour of runs, the tenant's own 14 segments, the base's ten packs, three others.
    expect(reads(1000)).toBeCloseTo(24 + 30 + 14.4 + 10 + 3);
    expect(reads(100_000)).toBeCloseTo(reads(1000));
  });

  it('lets a fold start when the index of the hour exists, if scheduled so', () => {
    const reads = (expression: string) => {
      const schedules = { ...settings.schedules, fold: { expression } };
      const work = fleetWork(profileOf(1000), { ...settings, schedules }, ASSUMPTIONS);
      return work.steps.find(step => step.name === 'fold-tenant')!.get;
    };
    expect(reads('rate(1 hour)') - reads('cron(5 * * * ? *)')).toBeCloseTo(25);
    expect(minuteOf('cron(5 * * * ? *)')).toBe(5);
    for (const other of ['rate(1 hour)', 'cron(0/15 * * * ? *)', 'cron(* * * * ? *)']) {
      expect(minuteOf(other)).toBeUndefined();
    }
  });

  it('shows how functions in the network of the database reach AWS', () => {
    const lines = (network: 'endpoints' | 'nat' | 'there', source?: typeof settings.source) =>
      fleetCost(profileOf(1000), { ...settings, ...(source && { source }) }, { ...ASSUMPTIONS, network })
        .lines.filter(line => line.group === 'Network')
        .map(line => line.arithmetic.replace(/^[\d.,]+ GB/, 'n GB'));
    expect(lines('endpoints')).toEqual(['5 endpoints × 2 zones × 720 hours × $0.012', 'n GB × $0.01']);
    expect(lines('nat')).toEqual([
      '2 gateways × 720 hours × $0.052',
      '2 gateways × 720 hours × $0.005',
      'n GB × $0.052',
    ]);
    expect(lines('there')).toEqual(['n GB × $0.052']);
    const source = { authentication: { kind: 'iam' as const }, availabilityZones: ['a', 'b', 'c', 'c'] };
    expect(lines('endpoints', source)[0]).toBe('4 endpoints × 3 zones × 720 hours × $0.012');
  });

  it('of dedicated keys has one dollar per key and region', () => {
    const line = priced(1000, 'dedicated').lines.find(each => each.name === 'tenant keys (dedicated)')!;
    expect(line.usd).toBe(3000);
    expect(priced(1000).lines.some(each => each.name === 'tenant keys (dedicated)')).toBe(false);
  });

  it.each(['dedicated', 'pooled'] as const)('with %s keys costs more with each further region', mode => {
    const [one, two, three] = ([1, 2, 3] as const).map(regions =>
      fleetCost(profileOf(1000), { ...inRegions(settings, regions), keys: { mode } }, ASSUMPTIONS),
    );
    expect(three).toEqual(priced(1000, mode));
    expect(one!.usd).toBeLessThan(two!.usd);
    expect(two!.usd).toBeLessThan(three!.usd);
    // A line more with a region is for that region; the others are the same lines.
    const names = (bill: typeof one) => bill!.lines.map(line => `${line.group}: ${line.name}`);
    const added = (more: typeof one, less: typeof one) => names(more).filter(name => !names(less).includes(name));
    expect(added(one, three)).toEqual([]);
    expect(added(two, one).filter(name => !/second|replica|eu-west-1|removed objects/.test(name))).toEqual([]);
    expect(added(three, two).filter(name => !/tertiary|both regions|eu-north-1/.test(name))).toEqual([]);
    expect(
      names(one).filter(name =>
        /secondary|tertiary|replica PUTs|-replicas|replicas of|eu-west-1|eu-north-1/.test(name),
      ),
    ).toEqual([]);
  });

  it.each(FLEET_SIZES)('of %i tenants with a vault account has one more line, of one dollar', tenants => {
    const without = priced(tenants);
    const vault = { account: '444455556666' };
    const { lines, usd } = fleetCost(profileOf(tenants), { ...settings, keys: { mode: 'pooled' }, vault }, ASSUMPTIONS);
    const more = lines.filter(line => !without.lines.some(each => each.name === line.name && each.usd === line.usd));
    expect(more.map(({ group, name, arithmetic }) => [group, name, arithmetic])).toEqual([
      ['KMS', 'notices key of the account of the vault', '1 key × $1'],
    ]);
    expect(usd - without.usd).toBeCloseTo(1);
  });

  it('per tenant decreases as the fleet grows, if keys are pooled', () => {
    const [small, middle, large] = FLEET_SIZES.map(tenants => priced(tenants).usdPerTenant);
    expect(small).toBeGreaterThan(middle!);
    expect(middle).toBeGreaterThan(large!);
  });

  it('decreases with a schedule that fires less often', () => {
    const hourly = { ...settings.schedules, ship: { expression: 'rate(1 hour)' } };
    expect(fleetCost(profileOf(1000), { ...settings, schedules: hourly }, ASSUMPTIONS).usd).toBeLessThan(
      fleetCost(profileOf(1000), settings, ASSUMPTIONS).usd,
    );
  });
});

describe('what a deployment adds', () => {
  const failover = {};
  const statusPage = { everyMinutes: 5 };
  const archive = { ...settings, schedules: { ...settings.schedules, archive: { enabled: true } } };
  const cases: readonly (readonly [string, FleetSettings])[] = [
    ['Drills', { ...settings, drills: {} }],
    ['Archives', archive],
    ['Status page', { ...settings, statusPage }],
    ['Fail-over', { ...settings, failover }],
  ];

  it.each(cases)('has lines of its own, and no other line changes: %s', (group, given) => {
    const without = priced(1000, settings.keys.mode);
    const { lines } = fleetCost(profileOf(1000), given, ASSUMPTIONS);
    const own = lines.filter(line => line.group.startsWith(group));
    expect(own.length).toBeGreaterThan(2);
    const rest = lines.filter(line => !own.includes(line) && line.group !== 'CloudWatch');
    expect(rest).toEqual(without.lines.filter(line => line.group !== 'CloudWatch'));
    expect(without.lines.some(line => line.group.startsWith(group))).toBe(false);
  });

  it('costs more the more is drilled, kept, shown and reached', () => {
    const bill = (given: FleetSettings, assumed = ASSUMPTIONS) => fleetCost(profileOf(1000), given, assumed).usd;
    const drills = (kinds: string[]) => bill({ ...settings, drills: { kinds } });
    expect(drills(['accident'])).toBeLessThan(drills(['accident', 'whole-system']));
    const longer = { ...archive, retention: { ...archive.retention, annualDays: 3650 } };
    const more = (given: FleetSettings) =>
      bill({ ...given, schedules: archive.schedules }) - bill({ ...given, schedules: settings.schedules });
    expect(more(archive)).toBeLessThan(more(longer));
    expect(bill({ ...settings, statusPage: { everyMinutes: 15 } })).toBeLessThan(bill({ ...settings, statusPage }));
    const there = { ...ASSUMPTIONS, network: 'there' } as const;
    // What docs/failover.md says, where the network has its gateways.
    const reached = bill({ ...settings, failover }, there) - bill(settings, there);
    expect(Math.round(reached)).toBe(6);
    expect(bill({ ...settings, failover }) - bill(settings)).toBeGreaterThan(100);
  });
});

describe('hours between snapshots', () => {
  const bill = (hours: number, given = settings) => {
    const snapshotHours = { critical: hours, standard: hours, historical: hours, archive: hours };
    return fleetCost(profileOf(1000), { ...given, tiers: { ...given.tiers, snapshotHours } }, ASSUMPTIONS);
  };

  it('that are those of the schedule change nothing, longer ones are cheaper', () => {
    expect(bill(24).usd).toBeCloseTo(fleetCost(profileOf(1000), settings, ASSUMPTIONS).usd, 6);
    expect(bill(168).usd).toBeLessThan(bill(48).usd);
    expect(bill(48).usd).toBeLessThan(bill(24).usd);
  });

  it('cost by the tenants of each tier, whatever the schedule offers the others', () => {
    const four = { ...settings, schedules: { ...settings.schedules, full: { expression: 'rate(6 hours)' } } };
    const runs = (given: typeof settings) => {
      const commits = fleetCost(profileOf(1000), given, ASSUMPTIONS).lines.find(
        line => line.name === 'commit-snapshot',
      )!;
      return Number(commits.arithmetic.split(' ')[0]!.replaceAll(',', ''));
    };
    const tenants = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`t${index}`, 'critical' as const]));
    const snapshotHours = { critical: 6, standard: 24, historical: 24, archive: 24 };
    expect(runs({ ...four, tiers: { default: 'standard', tenants, snapshotHours } })).toBe(100 * 120 + 900 * 30);
    expect(runs(four)).toBe(1000 * 120);
  });
});

describe('a schedule', () => {
  it.each([
    ['rate(1 minute)', 43_200],
    ['rate(1 hour)', 720],
    ['cron(0 1 * * ? *)', 30],
    ['cron(0 4 ? * SUN *)', 30 / 7],
    ['cron(0/15 8-17 ? * MON-FRI *)', (4 * 10 * 5 * 30) / 7],
    ['cron(0 3 1 * ? *)', 1],
  ])('%s fires so often a month', (expression, runs) => {
    expect(runsPerMonth(expression)).toBeCloseTo(runs, 6);
  });

  it('that is not valid is refused', () => {
    expect(() => runsPerMonth('every minute')).toThrow(/is not a schedule/);
  });
});
