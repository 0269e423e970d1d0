/** The tables of docs/scale.md: limits with their loads, runs against their schedules, a simulated night of the fleet. */
import { usualDeployment } from '../bin/deployment-file.ts';
import { cutShards, membersOf } from '../lib/domain/shards.ts';
import { tenantId, tenantRef } from '../lib/domain/tenant.ts';
import { formatCount } from '../lib/planner/cost-line.ts';
import { ASSUMPTIONS, profileOf } from '../lib/planner/fleet-profile.ts';
import { judgeLimits, judgeRuns, simulateRun } from '../lib/planner/fleet-simulation.ts';
import { fleetWork } from '../lib/planner/fleet-work.ts';

const TENANTS = 100_000;

/** The fleet of 100,000 tenants, as Markdown. Deterministic. */
export function scalePage(): string {
  const settings = { ...usualDeployment(), keys: { mode: 'pooled' as const } };
  const profile = profileOf(TENANTS);
  const limits = judgeLimits(profile, settings, ASSUMPTIONS).map(
    ({ limit, by, load, reachedAt }) =>
      `| ${limit.name} | ${formatCount(limit.value)} ${limit.unit}${limit.raisable ? ' (can be raised)' : ''} | ${by} | ${short(load)} | ${fleet(reachedAt)} | [source](${limit.source}) |`,
  );
  const runs = judgeRuns(profile, settings, ASSUMPTIONS).map(
    ({ name, seconds, allowed, reachedAt, needs }) =>
      `| ${name} | ${span(seconds)} | ${span(allowed)} | ${seconds > allowed ? '**no**' : 'yes'} | ${fleet(reachedAt)} | ${formatCount(needs)} |`,
  );
  return [
    '### Limits',
    '',
    '| limit | allowed | load | at 100,000 tenants | reached at | |',
    '| --- | ---: | --- | ---: | ---: | --- |',
    ...limits,
    '',
    `### Runs against their schedules, with fleet.concurrentTenants = ${settings.fleet.concurrentTenants}`,
    '',
    '| run | duration | allowed | in time | in time up to | required concurrentTenants |',
    '| --- | ---: | ---: | --- | ---: | ---: |',
    ...runs,
    '',
    '### A night of the fleet, simulated with the planner',
    '',
    ...night(),
    '',
  ].join('\n');
}

/** 100,000 real references, sharded by the real planner, then processed shard by shard as the distributed map does. */
function night(): string[] {
  const settings = usualDeployment();
  const profile = profileOf(TENANTS);
  const work = fleetWork(profile, settings, ASSUMPTIONS);
  const known = Array.from({ length: TENANTS }, (_, n) => tenantRef('scale', tenantId(String(n)))).sort();
  const every = Math.round(1 / profile.active.hour);
  const seconds = (name: string) => work.steps.find(step => step.name === name)!.seconds;
  const full = seconds('plan-snapshot') + seconds('read-part') + seconds('commit-snapshot');
  const cases = [
    {
      name: 'fold-incrementals, changed tenants',
      chosen: known.filter((_, n) => n % every === 0),
      each: seconds('fold-tenant'),
    },
    { name: 'fold-incrementals, all tenants', chosen: undefined, each: seconds('fold-tenant') },
    { name: 'back-up-fleet', chosen: undefined, each: full },
  ];
  const rows = cases.flatMap(({ name, chosen, each }) => {
    const shards = cutShards(known, chosen);
    const sizes = shards.map(shard => membersOf(shard, within(known, shard.from, shard.to)).length);
    return [10, 100].map(concurrent => {
      const run = simulateRun(sizes, concurrent, each);
      const bytes = JSON.stringify(shards).length;
      return `| ${name} | ${formatCount(shards.length)} | ${formatCount(bytes)} | ${concurrent} | ${span(run.seconds)} | ${span(run.shortest)} to ${span(run.longest)} |`;
    });
  });
  return [
    '| run | shards | bytes of their list | concurrent shards | duration | duration of a shard |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ];
}

/** Members of a sorted list from one to another, both included. */
function within(sorted: readonly string[], from: string, to: string): readonly string[] {
  const at = (wanted: string) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return sorted.slice(at(from), at(to) + 1);
}

function fleet(size: number | undefined): string {
  return size === undefined ? 'constant' : `${formatCount(size)} tenants`;
}

function short(value: number): string {
  return value >= 1000 ? formatCount(Math.round(value)) : formatCount(Number(value.toPrecision(2)));
}

function span(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toPrecision(2))} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800
    ? `${Number((seconds / 3600).toPrecision(2))} h`
    : `${Number((seconds / 86_400).toPrecision(2))} days`;
}
