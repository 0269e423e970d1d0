/**
 * What each function asks of S3 and the catalog each time it runs, and for how long it works: counted from the code, each
 * number beside the file that it comes from. When one of those files changes what it asks, its number here changes too.
 */
import { expirySteps } from './expiry-steps.ts';
import type { Assumptions } from './fleet-profile.ts';
import type { FleetSettings } from './fleet-settings.ts';
import { logReading, type RunShape } from './log-shape.ts';
import { DAYS_A_MONTH, minuteOf } from './run-frequency.ts';
import {
  AT_ONCE,
  type FleetAt,
  LARGE_MB,
  type MonthlyRuns,
  NOTHING,
  PLAN_MB,
  queryUnits,
  SMALL_MB,
  type Step,
  shardSteps,
  waiting,
} from './step-requests.ts';

/** Every step of every state machine that a schedule starts, and the shipper. */
export function fleetSteps(at: FleetAt, shape: RunShape): Step[] {
  return [...shipSteps(at, shape), ...foldSteps(at, shape), ...snapshotSteps(at, shape), ...otherSteps(at, shape)];
}

/** operations/log/ship-log.ts: pack and manifest (a PUT and a HEAD each), what may be adopted (LIST, HEAD), the catalog. */
function shipSteps({ profile, given, runs }: FleetAt, shape: RunShape): Step[] {
  const { activePerRun, logPackBytes, fullRuns } = shape;
  const newContainer = (given.containersPerDay / shape.runsPerDay) * Math.min(profile.tenants, activePerRun * 120);
  const requests = {
    get: 1 + 1 + fullRuns + newContainer,
    put: 1 + fullRuns,
    list: 1,
    // Each active tenant: is it known (newTenants), is its key destroyed (key-tombstones.ts). Two: what is not indexed.
    reads: 9 + 2 * activePerRun,
    readUnits: 12 + 2 * activePerRun + queryUnits(shape.index.runs / 2, given),
    // A segment a tenant, the run, the head, and the tables' item, which grows with the tables.
    writes: activePerRun + 2 + Math.ceil((profile.tables * 200) / given.catalogItemBytes),
  };
  const keys = activePerRun * 0.2;
  const seconds =
    given.databaseCallSeconds +
    waiting(given, { ...requests, reads: 9 + keys }) +
    logPackBytes / given.compression / given.bytesPerSecond;
  return [
    { ...NOTHING, name: 'ship-log', runs: runs.ship, memoryMb: LARGE_MB, ...requests, seconds },
    ...indexSteps(given, shape),
  ];
}

/** operations/log/index-log.ts: no call of its own, but what one run of the shipper an hour does besides. */
function indexSteps(given: Assumptions, { index, logManifestBytes }: RunShape): Step[] {
  if (index.perDay === 0) return [];
  // The runs' manifests; each shard is looked for, put and looked at again.
  const requests = { get: index.runs + 2 * index.shards, put: index.shards, list: 0, reads: 0, writes: 1 };
  const bytes = index.runs * logManifestBytes + index.shards * index.shardBytes;
  return [
    {
      ...{ ...NOTHING, name: 'index-log (in ship-log)', runs: index.perDay * DAYS_A_MONTH, memoryMb: LARGE_MB },
      ...requests,
      seconds: waiting(given, requests) / AT_ONCE + bytes / given.manifestBytesPerSecond,
    },
  ];
}

/** operations/log/fold-incremental.ts, for each tenant that changed (operations/fleet/plan-fleet.ts, `changed`). */
function foldSteps({ profile, settings, given, runs }: FleetAt, shape: RunShape): Step[] {
  const { foldedPerRun, logManifestBytes } = shape;
  const perDay = runs.fold / DAYS_A_MONTH;
  const logRuns = shape.runsPerDay / perDay;
  const kept = perDay * profile.active.hour * settings.retention.logDays;
  const segments = Math.max(1, (logRuns * profile.active.minute) / profile.active.hour);
  // Back to the tenant's last incremental: one that changes every tenth hour has ten hours to read.
  const log = logReading(shape, 1 / (perDay * profile.active.hour), startsAt(settings.schedules.fold));
  const requests = {
    // Indexes and runs of the stretch, the segments; a listing of what is newer than the newest known incremental.
    get: log.indexes + log.runs + segments + 3,
    put: 2,
    list: 1,
    reads: 10,
    readUnits:
      9 + queryUnits(kept + settings.retention.dailyDays + 25, given) + queryUnits(log.indexes + log.runs, given),
    writes: 2,
  };
  // 16 manifests at a time (logged-runs.ts) take one's time.
  const following = { ...requests, get: segments + 3 + (log.indexes + log.runs) / AT_ONCE };
  const seconds = given.databaseCallSeconds + waiting(given, following) + log.bytes / given.manifestBytesPerSecond;
  const planned = 2 * logRuns;
  return [
    { ...NOTHING, name: 'fold-tenant', runs: runs.fold * foldedPerRun, memoryMb: LARGE_MB, ...requests, seconds },
    {
      ...{ ...NOTHING, name: 'plan-fleet (fold)', runs: runs.fold, memoryMb: SMALL_MB, get: planned },
      ...{ reads: 3, readUnits: queryUnits(profile.tenants, given) + queryUnits(1000, given) },
      seconds:
        given.databaseCallSeconds +
        (planned * given.requestMs) / 1000 +
        (planned * logManifestBytes) / given.manifestBytesPerSecond +
        profile.tenants / 100_000,
    },
    ...shardSteps('fold', runs.fold, foldedPerRun, profile, given),
  ];
}

/** Minutes past the full hour, where the schedule says so: an index of the hour before is there from the first on. */
function startsAt(schedule: FleetSettings['schedules']['fold']): number | undefined {
  const minute = minuteOf(schedule.expression);
  return minute === undefined ? undefined : minute + (schedule.flexibleMinutes ?? 0) / 2;
}

/** operations/snapshot/plan-snapshot.ts, read-part.ts, commit-snapshot.ts: each a call of its own that loads what the one before left. */
function snapshotSteps({ profile, given, runs }: FleetAt, shape: RunShape): Step[] {
  const { tenants, active, tenantBytes, newChunkShare } = profile;
  const count = runs.full * tenants;
  const days = DAYS_A_MONTH / runs.full;
  const log = logReading(shape, days);
  const plan = {
    // Indexes and runs since the last snapshot (contiguousRuns), and the tenant's segments in them (changed-keys.ts).
    get: log.indexes + log.runs + days * shape.runsPerDay * active.minute + 3,
    put: 1,
    list: 0,
    reads: 9,
    readUnits: 9 + queryUnits(log.indexes + log.runs, given) + queryUnits(100, given),
    writes: 0,
  };
  const planning = { ...plan, get: plan.get - (log.indexes + log.runs) * (1 - 1 / AT_ONCE) };
  const part = { get: 6, put: 1 + active.day, list: 1, reads: 4, readUnits: 4, writes: 0 };
  const commit = {
    ...{ get: 5 + given.packsPerSnapshot, put: 1 + given.packsPerSnapshot, list: 1 },
    ...{ reads: 6, readUnits: 6, writes: 2 },
  };
  const read = (active.day * newChunkShare * tenantBytes) / given.bytesPerSecond;
  const parsed = log.bytes / given.manifestBytesPerSecond;
  const db = given.databaseCallSeconds;
  const base = { ...NOTHING, runs: count, memoryMb: LARGE_MB };
  return [
    { ...base, name: 'plan-snapshot', memoryMb: PLAN_MB, ...plan, seconds: db + waiting(given, planning) + parsed },
    { ...base, name: 'read-part', ...part, seconds: 2 * db + waiting(given, part) + read },
    { ...base, name: 'commit-snapshot', ...commit, seconds: db + waiting(given, commit) },
    ...shardSteps('full', runs.full, tenants, profile, given),
  ];
}

/** What the schedule's runs share out among each other: never more than everyone. */
export function tenantsPerVerification(runs: MonthlyRuns, { schedules }: FleetSettings, tenants: number): number {
  return tenants * Math.min(1, DAYS_A_MONTH / runs.verify / schedules.verifyWithinDays);
}

/** A verification plans the snapshot as it was taken, and the newest moment. */
const PLANS = 2;

function otherSteps({ profile, settings, given, runs }: FleetAt, shape: RunShape): Step[] {
  const { tenants, tenantBytes } = profile;
  const blocks = Math.max(1, (tenantBytes * given.compression) / (128 * 1024));
  const log = logReading(shape, 1 / 2);
  const verify = {
    ...NOTHING,
    // Each document of the log is read, and looked at when the plan lists it.
    get: 3 + blocks + 2 * (log.indexes + log.runs) + PLANS * 1,
    // prove-plan.ts: the log behind the newest run and the erasures are listed, the run after the target is read.
    list: PLANS * 2,
    reads: 9 + PLANS,
    // recovery-material.ts asks the catalog for every run that is kept, to know the window.
    readUnits: 9 + PLANS + queryUnits(shape.runsKept, given) + queryUnits(log.indexes, given),
    writes: 1,
  };
  return [
    {
      ...{
        ...verify,
        name: 'verify-backup',
        runs: runs.verify * tenantsPerVerification(runs, settings, tenants),
        memoryMb: LARGE_MB,
      },
      seconds: 2 * given.databaseCallSeconds + waiting(given, verify) + tenantBytes / given.bytesPerSecond,
    },
    ...shardSteps('verify', runs.verify, tenantsPerVerification(runs, settings, tenants), profile, given),
    ...expirySteps({ profile, settings, given, runs }, shape),
  ];
}
