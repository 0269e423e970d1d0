/**
 * Simulates a fleet: the tenants in the planner's shards, the shards in the distributed map, and the resulting load
 * on each service compared with its limit. Shows the fleet size at which each limit is reached. The same work as the
 * costs (fleet-work.ts). Invariant: every limit of aws-limits.ts is evaluated.
 */

import { DAYS_A_MONTH } from '../domain/run-frequency.ts';
import { MAX_SHARDS } from '../domain/shards.ts';
import { LIMITS, type Limit } from './aws-limits.ts';
import type { Assumptions, FleetProfile } from './fleet-profile.ts';
import type { FleetSettings } from './fleet-settings.ts';
import { type FleetWork, fleetWork } from './fleet-work.ts';
import type { Step } from './step-requests.ts';

const MONTH_SECONDS = DAYS_A_MONTH * 24 * 3600;
const DAY_SECONDS = 24 * 3600;

/** Of a reference in JSON: 26 characters, quotes, comma. */
const REFERENCE_BYTES = 29;
/** Events in a shard's history for one tenant: three tasks of five, a map of one part around them. */
const EVENTS_PER_TENANT = 34;
const TENANT_ITEM_BYTES = 200;

export interface Judgement {
  readonly limit: Limit;
  /** Cause of the load. */
  readonly by: string;
  readonly load: number;
  /** Fleet size at which the load reaches the limit; undefined: the load does not grow with the fleet. */
  readonly reachedAt: number | undefined;
}

/** Loads limited by settings and not by AWS: duration of a run, and its maximum. */
export interface RunTime {
  readonly name: string;
  readonly seconds: number;
  readonly allowed: number;
  readonly reachedAt: number | undefined;
  /** Concurrent tenants needed to finish in time. */
  readonly needs: number;
}

type Load = (work: FleetWork, profile: FleetProfile, settings: FleetSettings) => number;

interface Question {
  readonly limit: keyof typeof LIMITS;
  readonly by: string;
  readonly load: Load;
}

const step = (work: FleetWork, name: string): Step => work.steps.find(each => each.name === name)!;
const aSecond = (aMonth: number) => aMonth / MONTH_SECONDS;
const shardSize = (tenants: number) => Math.ceil(tenants / MAX_SHARDS);
/** Tenants per second of a fleet run, at the configured concurrency. */
const pace = (work: FleetWork, { fleet }: FleetSettings) => fleet.concurrentTenants / snapshotSeconds(work);
const snapshotSeconds = (work: FleetWork) =>
  ['plan-snapshot', 'read-part', 'commit-snapshot'].reduce((sum, name) => sum + step(work, name).seconds, 0);

const QUESTIONS: readonly Question[] = [
  {
    limit: 'stateBytes',
    by: 'the list of shards, with the selected tenants as bits',
    load: (_, { tenants }) => stateBytes(tenants),
  },
  {
    limit: 'stateBytes',
    by: 'the references of one shard',
    load: (_, { tenants }) => shardSize(tenants) * REFERENCE_BYTES,
  },
  {
    limit: 'historyEvents',
    by: 'one shard of back-up-fleet',
    load: (_, { tenants }) => 20 + shardSize(tenants) * EVENTS_PER_TENANT,
  },
  { limit: 'childExecutions', by: 'fleet.concurrentTenants', load: (_, _p, { fleet }) => fleet.concurrentTenants },
  {
    limit: 'childStarts',
    by: 'shards of fold-incrementals, at worst all at once',
    load: (_, _p, { fleet }) => fleet.concurrentTenants,
  },
  { limit: 'transitions', by: 'all state machines, on average', load: work => aSecond(work.transitions) },
  {
    limit: 'startExecution',
    by: 'schedules, and gaps that start snapshots',
    load: work => aSecond(Object.values(work.runs).reduce((sum, runs) => sum + runs, 0)),
  },
  {
    limit: 'openExecutions',
    by: 'children of three fleet runs at once',
    load: (_, _p, { fleet }) => 3 * (fleet.concurrentTenants + 1),
  },
  { limit: 'functionSeconds', by: 'ship-log, one run', load: work => step(work, 'ship-log').seconds },
  {
    limit: 'functionSeconds',
    by: 'expire-log, once for the entire fleet',
    load: work => step(work, 'expire-log').seconds,
  },
  { limit: 'functionSeconds', by: 'expire-tenant, one tenant', load: work => step(work, 'expire-tenant').seconds },
  { limit: 'functionSeconds', by: 'plan-fleet (fold)', load: work => step(work, 'plan-fleet (fold)').seconds },
  { limit: 'functionSeconds', by: 'plan-snapshot, one tenant', load: work => step(work, 'plan-snapshot').seconds },
  {
    limit: 'functionsAtOnce',
    by: 'calls that all runs need to end in time, on average',
    load: work => work.steps.reduce((sum, each) => sum + aSecond(each.runs * each.seconds), 0),
  },
  {
    limit: 'functionScaling',
    by: 'tenants started at the same time',
    load: (_, _p, { fleet }) => fleet.concurrentTenants,
  },
  { limit: 'kmsSymmetric', by: 'data keys, on average', load: work => aSecond(work.dataKeys) },
  {
    limit: 'kmsSymmetric',
    by: 'data keys of one run of the shipper, within a second',
    load: work => work.activePerRun,
  },
  { limit: 'kmsSign', by: 'manifests, on average', load: work => aSecond(work.signatures) },
  {
    limit: 'kmsDescribe',
    by: 'dedicated keys looked up by the shipper, within a second',
    load: work => work.activePerRun,
  },
  {
    limit: 'kmsCreate',
    by: 'new tenants: a thousandth of the fleet each day',
    load: (_, { tenants }) => (tenants * 3) / 1000 / DAY_SECONDS,
  },
  { limit: 'kmsKeys', by: 'dedicated: a key per tenant', load: (_, { tenants }) => tenants },
  {
    limit: 'partitionReads',
    by: '`tenants`: known-tenant checks of ship-log, within a second',
    load: work => work.activePerRun,
  },
  {
    limit: 'partitionReads',
    by: '`tenants`: read entirely by plan-fleet, over 10 s',
    load: (_, { tenants }) => (tenants * TENANT_ITEM_BYTES) / 4096 / 10,
  },
  {
    limit: 'partitionReads',
    by: '`log#runs`, `log#indexes`: a day of items for each snapshot, with all snapshots in a day',
    load: (work, { tenants }) => (tenants / DAY_SECONDS) * step(work, 'plan-snapshot').readUnits,
  },
  { limit: 'partitionWrites', by: '`log#runs`: one item per run', load: work => aSecond(work.runs.ship * 2) },
  {
    limit: 'partitionWrites',
    by: '`heads`: each manifest updates the head of its owner',
    load: work => aSecond(work.signatures * 2),
  },
  {
    limit: 'partitionWrites',
    by: '`tenant#…#segments`: one item per tenant and run',
    load: work => aSecond(work.runs.ship * 2),
  },
  {
    limit: 'tableWrites',
    by: 'segments of one run of the shipper, within a second',
    load: work => step(work, 'ship-log').writes * 2,
  },
  {
    limit: 's3Puts',
    by: '`tenants/`, before S3 partitions it by reference',
    load: work =>
      aSecond(work.objects.filter(kind => kind.place === 'tenants').reduce((sum, kind) => sum + kind.count, 0)),
  },
  {
    limit: 's3Puts',
    by: '`log/`',
    load: work => aSecond(work.objects.filter(kind => kind.place === 'log').reduce((sum, kind) => sum + kind.count, 0)),
  },
  {
    limit: 's3Gets',
    by: '`log/`: a day of indexes and the runs since, for each snapshot, with all snapshots in a day',
    load: (work, { tenants }) => (tenants / DAY_SECONDS) * step(work, 'plan-snapshot').get,
  },
  {
    limit: 's3Gets',
    by: '`log/`: as fast as fleet.concurrentTenants allows',
    load: (work, _p, settings) => pace(work, settings) * step(work, 'plan-snapshot').get,
  },
];

/** Each limit with its load at this fleet, and the size at which it is reached. */
export function judgeLimits(
  profile: FleetProfile,
  settings: FleetSettings,
  given: Assumptions,
  limits: Readonly<Record<keyof typeof LIMITS, Limit>> = LIMITS,
): Judgement[] {
  return QUESTIONS.map(({ limit, by, load }) => {
    const at = (tenants: number) => {
      const scaled = { ...profile, tenants };
      return load(fleetWork(scaled, settings, given), scaled, settings);
    };
    const allowed = limits[limit];
    return { limit: allowed, by, load: at(profile.tenants), reachedAt: sizeAt(at, allowed.value) };
  });
}

/** The four fleet runs and the shipper, compared with their schedules. */
export function judgeRuns(profile: FleetProfile, settings: FleetSettings, given: Assumptions): RunTime[] {
  const { concurrentTenants } = settings.fleet;
  const runs: readonly (readonly [string, keyof FleetWork['runs'], (work: FleetWork) => number, boolean])[] = [
    ['ship-log', 'ship', work => step(work, 'ship-log').seconds, false],
    ['fold-incrementals', 'fold', work => work.foldedPerRun * step(work, 'fold-tenant').seconds, true],
    [
      'back-up-fleet',
      'full',
      work => (step(work, 'plan-snapshot').runs / work.runs.full) * snapshotSeconds(work),
      true,
    ],
    [
      'verify-fleet',
      'verify',
      work => (step(work, 'verify-backup').runs / work.runs.verify) * step(work, 'verify-backup').seconds,
      true,
    ],
    [
      'expire-backups',
      'expire',
      work => (step(work, 'expire-tenant').runs / work.runs.expire) * step(work, 'expire-tenant').seconds,
      true,
    ],
  ];
  return runs.map(([name, schedule, busy, shared]) => {
    const seconds = (tenants: number) => {
      const work = fleetWork({ ...profile, tenants }, settings, given);
      return busy(work) / (shared ? Math.min(concurrentTenants, MAX_SHARDS) : 1);
    };
    const allowed = MONTH_SECONDS / fleetWork(profile, settings, given).runs[schedule];
    const now = seconds(profile.tenants);
    const needs = shared ? Math.ceil((now * concurrentTenants) / allowed) : 1;
    return { name, seconds: now, allowed, reachedAt: sizeAt(seconds, allowed), needs };
  });
}

/** Largest fleet (to three digits) with a load below the limit; undefined if that includes a billion tenants. */
function sizeAt(load: (tenants: number) => number, most: number): number | undefined {
  const [least, greatest] = [1, 1e9];
  if (load(greatest) < most) return undefined;
  let low = least;
  let high = greatest;
  while (high / low > 1.001) {
    const middle = Math.sqrt(low * high);
    if (load(middle) < most) low = middle;
    else high = middle;
  }
  return Number(low.toPrecision(2));
}

/** Bytes of planFleet's output for a selection of tenants: see shards.ts. */
export function stateBytes(tenants: number): number {
  const shards = Math.min(MAX_SHARDS, tenants);
  const bits = 4 * Math.ceil(Math.ceil(shardSize(tenants) / 8) / 3);
  const digits = String(shardSize(tenants)).length;
  return 200 + shards * (2 * REFERENCE_BYTES + 15 + '"pick":{"of":,"bits":""},'.length + digits + bits);
}

export interface Night {
  readonly seconds: number;
  readonly shards: number;
  /** Maximum concurrent tenants. */
  readonly atOnce: number;
  /** Longest and shortest shard. */
  readonly longest: number;
  readonly shortest: number;
}

/**
 * One fleet run, shard by shard, each started when another ends. Tenants differ: a tenth of them takes most of the
 * time, deterministically, with the given mean.
 */
export function simulateRun(shardSizes: readonly number[], concurrent: number, secondsPerTenant: number): Night {
  const free = Array.from({ length: concurrent }, () => 0);
  const lengths = shardSizes.map((size, shard) => {
    let seconds = 0;
    for (let tenant = 0; tenant < size; tenant++) seconds += secondsPerTenant * weight(shard * 7919 + tenant);
    return seconds;
  });
  for (const length of lengths) {
    const next = free.indexOf(Math.min(...free));
    free[next]! += length;
  }
  return {
    seconds: Math.max(...free, 0),
    shards: shardSizes.length,
    atOnce: Math.min(concurrent, shardSizes.length),
    longest: Math.max(...lengths, 0),
    shortest: Math.min(...lengths),
  };
}

/** Mean 1: nine of ten take half of the mean, every tenth 5.5 times the mean. */
function weight(index: number): number {
  return (Math.imul(index + 1, 2_654_435_761) >>> 0) % 10 === 0 ? 5.5 : 0.5;
}
