/**
 * What each function asks of S3 and the catalog each time it runs, and for how long it works: counted from the code, each
 * number beside the file that it comes from. When one of those files changes what it asks, its number here changes too.
 */
import type { Assumptions, FleetProfile } from './fleet-profile.ts';
import { INDEX_SEGMENTS, shardBits } from './log-index.ts';
import type { TierChoice } from './objectives.ts';
import { DAYS_A_MONTH, minuteOf } from './run-frequency.ts';
import { Settings } from './settings.ts';

/** What of a deployment decides about cost and load; a Deployment of lib/infra is one. */
export interface FleetSettings {
  readonly regions: { readonly primary: string; readonly secondary: string; readonly tertiary: string };
  readonly keys: { readonly mode: 'dedicated' | 'pooled' };
  readonly source?: {
    readonly authentication: { readonly kind: 'secret' | 'iam' };
    readonly availabilityZones?: readonly string[];
  };
  readonly schedules: Readonly<
    Record<
      'ship' | 'fold' | 'full' | 'verify' | 'expire',
      { readonly expression: string; readonly flexibleMinutes?: number }
    >
  > & { readonly verifyWithinDays: number };
  readonly retention: {
    readonly dailyDays: number;
    readonly weeklyDays: number;
    readonly monthlyDays: number;
    readonly annualDays: number;
    readonly logDays: number;
  };
  readonly fleet: { readonly concurrentTenants: number };
  readonly tiers: TierChoice;
}

/** Of one step, each time it runs. Requests follow each other, so that they also cost time. */
export interface Step {
  readonly name: string;
  /** Runs a month. */
  readonly runs: number;
  readonly memoryMb: number;
  readonly get: number;
  readonly put: number;
  readonly list: number;
  readonly reads: number;
  readonly readUnits: number;
  /** Catalog items written, in transactions. */
  readonly writes: number;
  readonly seconds: number;
}

export interface FleetAt {
  readonly profile: FleetProfile;
  readonly settings: FleetSettings;
  readonly given: Assumptions;
  readonly runs: MonthlyRuns;
}
/** What an average run of the shipper and of the fold looks like. */
export interface RunShape {
  /** Tenants with a segment in an average run, and tenants folded in an average hour. */
  readonly activePerRun: number;
  readonly foldedPerRun: number;
  readonly runsKept: number;
  readonly runsPerDay: number;
  readonly logManifestBytes: number;
  readonly logPackBytes: number;
  /** Share of the runs in which at least one tenant changed something. */
  readonly fullRuns: number;
  readonly index: IndexShape;
}

/** What an average log index looks like. */
export interface IndexShape {
  readonly perDay: number;
  readonly runs: number;
  readonly shards: number;
  readonly shardBytes: number;
}

/** operations/log/index-log.ts, domain/log-index.ts: by the hour, and more often where it would hold too much. */
export function indexShape(
  { runsPerDay, activePerRun }: Pick<RunShape, 'runsPerDay' | 'activePerRun'>,
  { segmentEntryBytes, runEntryBytes }: Assumptions,
): IndexShape {
  const { minutes, runs: most, shardSegments } = Settings.parse({}).logIndex;
  const wanted = Math.max(1440 / minutes, runsPerDay / most, (runsPerDay * activePerRun) / INDEX_SEGMENTS);
  const runs = runsPerDay / wanted;
  // One of a single run is not written.
  if (runs < 2) return { perDay: 0, runs: 0, shards: 0, shardBytes: 0 };
  const segments = runs * activePerRun;
  const shards = 2 ** shardBits(segments, shardSegments);
  return { perDay: wanted, runs, shards, shardBytes: runs * runEntryBytes + (segments / shards) * segmentEntryBytes };
}

/** Documents that tell of so many days of log: indexes, and the runs since the last one; and their bytes. */
interface LogReading {
  readonly indexes: number;
  readonly runs: number;
  readonly bytes: number;
}

/** operations/log/logged-runs.ts. `sinceIndex`: minutes since the hour was closed; half of it on average. */
function logReading(shape: RunShape, days: number, sinceIndex?: number): LogReading {
  const { index, runsPerDay, logManifestBytes } = shape;
  if (index.perDay === 0) return { indexes: 0, runs: days * runsPerDay, bytes: days * runsPerDay * logManifestBytes };
  const indexes = days * index.perDay;
  const runs = sinceIndex === undefined ? index.runs / 2 : Math.min(index.runs, (sinceIndex * runsPerDay) / 1440);
  return { indexes, runs, bytes: indexes * index.shardBytes + runs * logManifestBytes };
}

export type MonthlyRuns = Readonly<Record<'ship' | 'fold' | 'full' | 'verify' | 'expire', number>>;

/** Memory of the functions as the stacks make them (infra/stacks/protection-stack.ts). */
const LARGE_MB = 1769;
const SMALL_MB = 512;
const PLAN_MB = 1024;
const AT_ONCE = 16;
const NOTHING = { get: 0, put: 0, list: 0, reads: 0, readUnits: 0, writes: 0 };

/** Every step of every state machine that a schedule starts, and the shipper. */
export function fleetSteps(at: FleetAt, shape: RunShape): Step[] {
  return [...shipSteps(at, shape), ...foldSteps(at, shape), ...snapshotSteps(at, shape), ...otherSteps(at, shape)];
}

/** Read units of so many catalog items read in one query. */
const queryUnits = (items: number, { catalogItemBytes }: Assumptions) => Math.ceil((items * catalogItemBytes) / 4096);

/** Requests that follow each other, as seconds. */
function waiting(
  given: Assumptions,
  step: { get: number; put: number; list: number; reads: number; writes: number },
): number {
  const requests = step.get + step.put + step.list + step.reads + Math.ceil(step.writes / 100);
  return (requests * given.requestMs) / 1000;
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

/** list-shard and summarize-shard of infra/workflows/over-fleet.ts: at most 1,000 shards a run. */
function shardSteps(name: string, runs: number, chosen: number, profile: FleetProfile, given: Assumptions): Step[] {
  const shards = Math.min(1000, Math.ceil(chosen));
  const listed = queryUnits(profile.tenants / 1000, given);
  const base = { ...NOTHING, runs: runs * shards, memoryMb: SMALL_MB, seconds: given.smallCallSeconds };
  return [
    { ...base, name: `list-shard (${name})`, reads: 1, readUnits: Math.max(1, listed) },
    { ...base, name: `summarize-shard (${name})` },
  ];
}

/** operations/snapshot/snapshot-steps.ts: plan, read part, commit: each a call of its own that loads what the one before left. */
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

/**
 * operations/retention/expire-tenant.ts and expire-log.ts. What goes is asked for four times (lock, header, is it there, its
 * versions), its objects twice; a removal itself costs nothing. Snapshots that stay are listed and read for the objects
 * that they share. Each is locked anew when the next begins the window (its own objects; the older ones are locked by the next) and
 * when its week, month or year is over (all).
 */
function expirySteps({ profile, settings, given, runs }: FleetAt, shape: RunShape): Step[] {
  const { tenants, active } = profile;
  const snapshots = keptSnapshots(settings);
  const folds = settings.retention.logDays * 24 * active.hour;
  const perDay = DAYS_A_MONTH / runs.expire;
  const incrementals = 24 * active.hour * perDay;
  const segments = shape.runsPerDay * active.minute * perDay;
  const leaving = 1 * perDay + incrementals;
  const looked = perDay * (2 + (1 + 1 / 7 + 1 / 30) * (2 + given.packsPerSnapshot));
  const locked = perDay * (2 + (1 / 7 + 1 / 30) * (1 + given.packsPerSnapshot));
  const tenant = {
    ...{ get: 5 * leaving + snapshots + looked, put: locked, list: 2 * leaving + perDay },
    // Backups, locks, what is left of the log, old segments; and for the age of the verification the tenant and its backups.
    ...{ reads: 7, readUnits: 3 * queryUnits(snapshots + folds, given) + queryUnits(snapshots, given) + 4 },
    writes: 2 * leaving + segments + 2 * perDay + 1,
  };
  const going = shape.runsPerDay * perDay;
  const indexes = shape.index.perDay * perDay;
  const shards = indexes * shape.index.shards;
  const log = {
    // An index is looked at once, each of its shards twice more; then its versions are asked for.
    ...{
      get: 5 * going + indexes + 3 * shards,
      put: 0,
      list: 2 * going + shards,
      reads: 9,
      writes: 2 * going + 1 + indexes,
    },
    readUnits:
      3 * queryUnits(shape.runsKept, given) +
      queryUnits(shape.index.perDay * settings.retention.logDays, given) +
      queryUnits(tenants * 3, given) +
      queryUnits(tenants, given),
  };
  return [
    {
      ...{ name: 'expire-tenant', runs: runs.expire * tenants, memoryMb: PLAN_MB, ...tenant },
      seconds: waiting(given, tenant),
    },
    ...shardSteps('expire', runs.expire, tenants, profile, given),
    {
      ...{ name: 'expire-log', runs: runs.expire, memoryMb: PLAN_MB, ...log },
      // Eight runs at a time; pages of notes and tenants follow each other; a million notes are judged in ten seconds.
      seconds: waiting(given, log) / 8 + (log.readUnits / 256) * given.requestMs * 0.001 + tenants / 100_000,
    },
  ];
}

/** Snapshots that retention keeps of a tenant: each class's, where they do not coincide. */
export function keptSnapshots({ retention }: FleetSettings): number {
  const { dailyDays, weeklyDays, monthlyDays, annualDays } = retention;
  const after = (days: number, before: number, period: number) => Math.max(0, days - before) / period;
  return (
    dailyDays +
    after(weeklyDays, dailyDays, 7) +
    after(monthlyDays, weeklyDays, 30) +
    after(annualDays, monthlyDays, 365)
  );
}
