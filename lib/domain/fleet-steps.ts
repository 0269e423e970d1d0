/**
 * What each function asks of S3 and the catalog each time it runs, and for how long it works: counted from the code, each
 * number beside the file that it comes from. When one of those files changes what it asks, its number here changes too.
 */
import type { Assumptions, FleetProfile } from './fleet-profile.ts';
import type { TierChoice } from './objectives.ts';
import { DAYS_A_MONTH } from './run-frequency.ts';

/** What of a deployment decides about cost and load; a Deployment of lib/infra is one. */
export interface FleetSettings {
  readonly regions: { readonly primary: string; readonly secondary: string; readonly tertiary: string };
  readonly keys: { readonly mode: 'dedicated' | 'pooled' };
  readonly source?: { readonly authentication: { readonly kind: 'secret' | 'iam' } };
  readonly schedules: Readonly<Record<'ship' | 'fold' | 'full' | 'verify' | 'expire', { readonly expression: string }>>;
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
    // Each active tenant: is it known (newTenants), is its key destroyed (key-tombstones.ts).
    reads: 7 + 2 * activePerRun,
    readUnits: 11 + 2 * activePerRun,
    // A segment a tenant, the run, the head, and the tables' item, which grows with the tables.
    writes: activePerRun + 2 + Math.ceil((profile.tables * 200) / given.catalogItemBytes),
  };
  const keys = activePerRun * 0.2;
  const seconds =
    given.databaseCallSeconds +
    waiting(given, { ...requests, reads: 7 + keys }) +
    logPackBytes / given.compression / given.bytesPerSecond;
  return [{ ...NOTHING, name: 'ship-log', runs: runs.ship, memoryMb: LARGE_MB, ...requests, seconds }];
}

/** operations/log/fold-incremental.ts, for each tenant that changed (operations/fleet/plan-fleet.ts, `changed`). */
function foldSteps({ profile, settings, given, runs }: FleetAt, shape: RunShape): Step[] {
  const { foldedPerRun, logManifestBytes } = shape;
  const logRuns = shape.runsPerDay / (runs.fold / DAYS_A_MONTH);
  const kept = (runs.fold / DAYS_A_MONTH) * profile.active.hour * settings.retention.logDays;
  const segments = Math.max(1, (logRuns * profile.active.minute) / profile.active.hour);
  const requests = {
    // Every run's manifest of the stretch, the segments, a HEAD of every incremental that is listed.
    get: logRuns + segments + kept + 3,
    put: 2,
    list: Math.ceil(kept / 1000),
    reads: 8,
    readUnits: 8 + queryUnits(kept + settings.retention.dailyDays + 25, given) + queryUnits(logRuns, given),
    writes: 2,
  };
  // Manifests of runs are read at once, and so are the listing's HEADs (aws/s3-vault.ts): 16 of them take one's time.
  const following = { ...requests, get: segments + 3 + (logRuns + kept) / AT_ONCE };
  const seconds =
    given.databaseCallSeconds + waiting(given, following) + (logRuns * logManifestBytes) / given.manifestBytesPerSecond;
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
  const logRuns = shape.runsPerDay * days;
  const plan = {
    // Headers of all runs since the last snapshot (contiguousRuns), then the manifests of those that hold something.
    get: logRuns + logRuns * shape.fullRuns + 3,
    put: 1,
    list: 0,
    reads: 8,
    readUnits: 8 + queryUnits(logRuns, given) + queryUnits(100, given),
    writes: 0,
  };
  const part = { get: 6, put: 1 + active.day, list: 1, reads: 4, readUnits: 4, writes: 0 };
  const commit = {
    ...{ get: 5 + given.packsPerSnapshot, put: 1 + given.packsPerSnapshot, list: 1 },
    ...{ reads: 6, readUnits: 6, writes: 2 },
  };
  const read = (active.day * newChunkShare * tenantBytes) / given.bytesPerSecond;
  const parsed = (logRuns * shape.fullRuns * shape.logManifestBytes) / given.manifestBytesPerSecond;
  const db = given.databaseCallSeconds;
  const base = { ...NOTHING, runs: count, memoryMb: LARGE_MB };
  return [
    { ...base, name: 'plan-snapshot', memoryMb: PLAN_MB, ...plan, seconds: db + waiting(given, plan) + parsed },
    { ...base, name: 'read-part', ...part, seconds: 2 * db + waiting(given, part) + read },
    { ...base, name: 'commit-snapshot', ...commit, seconds: db + waiting(given, commit) },
    ...shardSteps('full', runs.full, tenants, profile, given),
  ];
}

function otherSteps({ profile, settings, given, runs }: FleetAt, shape: RunShape): Step[] {
  const { tenants, tenantBytes } = profile;
  const blocks = Math.max(1, (tenantBytes * given.compression) / (128 * 1024));
  const halfDay = shape.runsPerDay / 2;
  const verify = {
    ...NOTHING,
    get: 3 + blocks + 2 * halfDay,
    reads: 8,
    readUnits: 8 + queryUnits(halfDay, given),
    writes: 1,
  };
  return [
    {
      ...{ ...verify, name: 'verify-backup', runs: runs.verify * tenants, memoryMb: LARGE_MB },
      seconds: 2 * given.databaseCallSeconds + waiting(given, verify) + tenantBytes / given.bytesPerSecond,
    },
    ...shardSteps('verify', runs.verify, tenants, profile, given),
    ...expirySteps({ profile, settings, given, runs }, shape),
  ];
}

/**
 * operations/retention/expire-tenant.ts and expire-log.ts. What goes is asked for four times (lock, header, is it there, its
 * versions), its objects twice; a removal itself costs nothing. Snapshots that stay are read for the objects that they
 * share. Each is locked anew when the next begins the window (its own objects; the older ones are locked by the next) and
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
    ...{ get: 5 * leaving + snapshots + looked, put: locked, list: 2 * leaving },
    // Backups, locks, what is left of the log, old segments; and for the age of the verification the tenant and its backups.
    ...{ reads: 7, readUnits: 3 * queryUnits(snapshots + folds, given) + queryUnits(snapshots, given) + 4 },
    writes: 2 * leaving + segments + 2 * perDay + 1,
  };
  const going = shape.runsPerDay * perDay;
  const log = {
    ...{ get: 5 * going, put: 0, list: 2 * going, reads: 8, writes: 2 * going + 1 },
    readUnits: 3 * queryUnits(shape.runsKept, given) + queryUnits(tenants * 3, given) + queryUnits(tenants, given),
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
