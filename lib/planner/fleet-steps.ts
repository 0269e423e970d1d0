/**
 * The requests of each function to S3 and the catalog per run, and its duration, in an average fleet. The requests of
 * a single call are in request-counts.ts, which a test compares with the real ones.
 */
import { functionMemoryMb } from '../domain/function-memory.ts';
import { DAYS_A_MONTH, minuteOf } from '../domain/run-frequency.ts';
import { expirySteps } from './expiry-steps.ts';
import type { Assumptions } from './fleet-profile.ts';
import type { FleetSettings } from './fleet-settings.ts';
import { keySteps } from './key-steps.ts';
import { logReading, type RunShape } from './log-shape.ts';
import { timed } from './measured-calls.ts';
import {
  added,
  commitSnapshotRequests,
  foldRequests,
  planSnapshotRequests,
  type RequestCounts,
  readPartRequests,
  shipRequests,
  verifyLiveRequests,
  verifySnapshotRequests,
} from './request-counts.ts';
import { snapshotsPerMonth } from './snapshot-count.ts';
import {
  AT_ONCE,
  type FleetAt,
  type MonthlyRuns,
  NOTHING,
  queryUnits,
  type Step,
  shardSteps,
  waiting,
} from './step-requests.ts';

const MB = 1_000_000;

/** All steps of the scheduled state machines, and the shipper. */
export function fleetSteps(at: FleetAt, shape: RunShape): Step[] {
  return [
    ...shipSteps(at, shape),
    ...foldSteps(at, shape),
    ...snapshotSteps(at, shape),
    ...otherSteps(at, shape),
    ...keySteps(at),
  ];
}

/** operations/log/ship-log.ts: pack and manifest (a PUT and a HEAD each), a run to adopt (LIST, HEAD), the catalog. */
function shipSteps({ profile, given, runs }: FleetAt, shape: RunShape): Step[] {
  const { activePerRun, logPackBytes, fullRuns } = shape;
  const newContainers = given.containersPerDay / shape.runsPerDay;
  const digestKeysRead = newContainers * (1 + Math.min(profile.tenants, activePerRun * 120));
  const counts = shipRequests({ activeTenants: activePerRun, packs: fullRuns, digestKeysRead });
  // One query reads the runs that are not indexed yet.
  const requests = { ...counts, readUnits: counts.reads + queryUnits(shape.index.runs / 2, given) };
  // Tenants are sealed concurrently: requests for their digest keys and keys overlap.
  const following = {
    ...requests,
    get: requests.get - 2 * digestKeysRead * (1 - 1 / AT_ONCE),
    reads: requests.reads - 1.8 * activePerRun,
  };
  const amounts = { tenantShipped: activePerRun, logShipped: logPackBytes / given.compression / MB };
  const time = timed(given, 'ship-log', waiting(given, following), amounts);
  return [{ ...NOTHING, name: 'ship-log', runs: runs.ship, ...requests, ...time }, ...indexSteps(given, shape)];
}

/** operations/log/index-log.ts: not a separate call, but additional work of one shipper run per hour. */
function indexSteps(given: Assumptions, { index, logManifestBytes }: RunShape): Step[] {
  if (index.perDay === 0) return [];
  // The runs' manifests; each shard is looked up, written and checked.
  const requests = { get: index.runs + 2 * index.shards, put: index.shards, list: 0, reads: 0, writes: 1 };
  const bytes = index.runs * logManifestBytes + index.shards * index.shardBytes;
  const { seconds } = timed(given, 'index-log', waiting(given, requests) / AT_ONCE, { manifests: bytes / MB }, 0);
  const memoryMb = functionMemoryMb('ship-log');
  const runs = index.perDay * DAYS_A_MONTH;
  return [{ ...NOTHING, name: 'index-log (in ship-log)', runs, memoryMb, ...requests, seconds }];
}

/** operations/log/fold-tenant.ts, for each tenant that changed (operations/fleet/plan-fleet.ts, `changed`). */
function foldSteps({ profile, settings, given, runs }: FleetAt, shape: RunShape): Step[] {
  const { foldedPerRun, logManifestBytes } = shape;
  const perDay = runs.fold / DAYS_A_MONTH;
  const logRuns = shape.runsPerDay / perDay;
  const kept = perDay * profile.active.hour * settings.retention.logDays;
  const segments = Math.max(1, (logRuns * profile.active.minute) / profile.active.hour);
  // Back to the tenant's last incremental: one that changes every tenth hour reads ten hours.
  const log = logReading(shape, 1 / (perDay * profile.active.hour), startsAt(settings.schedules.fold));
  const documents = log.indexes + log.runs;
  const counts = foldRequests({ documents, segments });
  const listed = queryUnits(kept + settings.retention.dailyDays + 25, given) + queryUnits(documents, given);
  const requests = { ...counts, readUnits: counts.reads + listed };
  // 16 concurrent manifests (logged-runs.ts) take the time of one.
  const following = { ...requests, get: requests.get - documents * (1 - 1 / AT_ONCE) };
  const time = timed(given, 'fold-tenant', waiting(given, following), { manifests: log.bytes / MB });
  const planned = 2 * logRuns;
  const listing = (planned * given.requestMs) / 1000 + profile.tenants / 100_000;
  return [
    { ...NOTHING, name: 'fold-tenant', runs: runs.fold * foldedPerRun, ...requests, ...time },
    {
      ...{ ...NOTHING, name: 'plan-fleet (fold)', runs: runs.fold, get: planned },
      ...{ reads: 3, readUnits: queryUnits(profile.tenants, given) + queryUnits(1000, given) },
      ...timed(given, 'plan-fleet (fold)', listing, { manifests: (planned * logManifestBytes) / MB }),
    },
    ...shardSteps('fold', runs.fold, foldedPerRun, profile, given),
  ];
}

/**
 * Minutes past the full hour, if the schedule has them: the index of the previous hour exists from the first minute on.
 */
function startsAt(schedule: FleetSettings['schedules']['fold']): number | undefined {
  const minute = minuteOf(schedule.expression);
  return minute === undefined ? undefined : minute + (schedule.flexibleMinutes ?? 0) / 2;
}

/**
 * operations/snapshot/plan-snapshot.ts, read-part.ts, commit-snapshot.ts: separate calls that each load the result of
 * the one before.
 */
function snapshotSteps({ profile, settings, given, runs }: FleetAt, shape: RunShape): Step[] {
  const { tenants, active, tenantBytes, newChunkShare } = profile;
  const count = snapshotsPerMonth(profile, settings);
  const days = (DAYS_A_MONTH * tenants) / count;
  const log = logReading(shape, days);
  // Indexes and runs since the last snapshot (contiguousRuns), and the tenant's segments in them (changed-keys.ts).
  const documents = log.indexes + log.runs;
  const packs = given.packsPerSnapshot;
  const planned = planSnapshotRequests({ documents, segments: days * shape.runsPerDay * active.minute, packs });
  const plan = { ...planned, readUnits: planned.reads + queryUnits(documents, given) + queryUnits(100, given) };
  const planning = { ...plan, get: plan.get - (documents + packs) * (1 - 1 / AT_ONCE) };
  const part = withUnits(readPartRequests({ packs: active.day }));
  const commit = withUnits(commitSnapshotRequests({ earlierPacks: packs }));
  const rowsRead = (active.day * newChunkShare * tenantBytes) / MB;
  const planTime = timed(given, 'plan-snapshot', waiting(given, planning), { manifests: log.bytes / MB });
  const base = { ...NOTHING, runs: count };
  return [
    { ...base, name: 'plan-snapshot', ...plan, ...planTime },
    { ...base, name: 'read-part', ...part, ...timed(given, 'read-part', waiting(given, part), { rowsRead }) },
    { ...base, name: 'commit-snapshot', ...commit, ...timed(given, 'commit-snapshot', waiting(given, commit)) },
    ...shardSteps('full', runs.full, count / runs.full, profile, given),
  ];
}

/** Tenants per run of the schedule: at most all of them. */
export function tenantsPerVerification(runs: MonthlyRuns, { schedules }: FleetSettings, tenants: number): number {
  return tenants * Math.min(1, DAYS_A_MONTH / runs.verify / schedules.verifyWithinDays);
}

/** For reads of single items. */
const withUnits = (counts: RequestCounts) => ({ ...counts, readUnits: counts.reads });

/** A verification restores the snapshot and the newest moment: both read everything stored. */
const RESTORED = 2;

function otherSteps({ profile, settings, given, runs }: FleetAt, shape: RunShape): Step[] {
  const { tenants, tenantBytes, active } = profile;
  const stored = {
    packs: given.packsPerSnapshot,
    blocks: Math.max(1, (tenantBytes * given.compression) / (128 * 1024)),
  };
  const log = logReading(shape, 1 / 2);
  const foldsPerHour = runs.fold / DAYS_A_MONTH / 24;
  const parts = [
    verifySnapshotRequests({ documents: 0, ...stored }),
    verifyLiveRequests({
      ...{ documents: log.indexes + log.runs, ...stored },
      incrementals: 12 * foldsPerHour * active.hour,
      segments: (shape.runsPerDay / 24 / foldsPerHour / 2) * active.minute,
    }),
  ];
  const counts = parts.reduce(added);
  // recovery-material.ts reads every kept run from the catalog, to know the window.
  const listed = queryUnits(shape.runsKept, given) + queryUnits(log.indexes, given);
  const verify = { ...counts, readUnits: counts.reads + RESTORED * listed };
  const amounts = { rowsRestored: (RESTORED * tenantBytes) / MB };
  return [
    {
      ...{ ...verify, name: 'verify-backup', runs: runs.verify * tenantsPerVerification(runs, settings, tenants) },
      ...timed(given, 'verify-backup', waiting(given, verify), amounts, RESTORED),
    },
    ...shardSteps('verify', runs.verify, tenantsPerVerification(runs, settings, tenants), profile, given),
    ...expirySteps({ profile, settings, given, runs }, shape),
  ];
}
