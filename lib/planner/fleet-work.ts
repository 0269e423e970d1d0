/**
 * The work of a fleet: runs, objects, requests and seconds, derived from the code (each number names its source).
 * Costs (fleet-cost.ts) and load (fleet-simulation.ts) are both computed from it, so that they cannot differ.
 */

import { KEY_COPY_LOCK_DAYS } from '../domain/key-copy.ts';
import { lockDays } from '../domain/retention.ts';
import { DAYS_A_MONTH, runsPerMonth } from '../domain/run-frequency.ts';
import type { Assumptions, FleetProfile } from './fleet-profile.ts';
import { copyRegions, type FleetSettings } from './fleet-settings.ts';
import { fleetSteps, tenantsPerVerification } from './fleet-steps.ts';
import { keyCopyPages } from './key-steps.ts';
import { indexShape, type RunShape } from './log-shape.ts';
import { removalLists, removalObjects, replicaSteps } from './replica-steps.ts';
import { snapshotsPerMonth } from './snapshot-count.ts';
import type { FleetAt, MonthlyRuns, Step } from './step-requests.ts';

/** New objects of one kind per month. */
export interface ObjectKind {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
  /** Retention of such an object, in days. */
  readonly keptDays: number;
  /** Under the prefix of the log, of tenants, or of what S3 itself removes soon. */
  readonly place: 'log' | 'tenants' | 'passing';
}

export interface FleetWork extends RunShape {
  readonly runs: MonthlyRuns;
  readonly steps: readonly Step[];
  readonly objects: readonly ObjectKind[];
  /** Data keys that KMS creates or decrypts per month, and manifests that it signs. */
  readonly dataKeys: number;
  readonly signatures: number;
  readonly transitions: number;
  readonly segmentItems: number;
}

/** Tenants with cached data keys in one process (aws/kms-keyring.ts), and the cache time (codec/envelope.ts). */
export const KEY_CACHE_TENANTS = 512;
const KEY_CACHE_MINUTES = 15;

/** The scheduled work of this fleet in 30 days. InputError `bad-schedule`. */
export function fleetWork(profile: FleetProfile, settings: FleetSettings, given: Assumptions): FleetWork {
  const runs = monthlyRuns(settings);
  const { tenants, active } = profile;
  const at = { profile, settings, given, runs };
  const activePerRun = tenants * active.minute;
  const foldedPerRun = tenants * active.hour;
  const dayBytes = tenants * profile.changedBytesPerDay * given.compression;
  const runsPerDay = runs.ship / DAYS_A_MONTH;
  const shape = {
    ...{ activePerRun, foldedPerRun, runsPerDay },
    runsKept: runsPerDay * settings.retention.logDays,
    logManifestBytes: 2000 + activePerRun * given.segmentEntryBytes,
    logPackBytes: dayBytes / runsPerDay,
    fullRuns: 1 - (1 - active.minute) ** tenants,
    index: indexShape({ runsPerDay, activePerRun }, given, settings.storage.logIndexMinutes),
  };
  const indexes = shape.index.perDay * DAYS_A_MONTH * shape.index.shards;
  const objects = objectsOf(at, shape);
  return {
    runs,
    ...shape,
    steps: [...fleetSteps(at, shape), ...replicaSteps(at, shape, objects)],
    objects,
    dataKeys: dataKeysOf(at, shape),
    signatures:
      runs.ship +
      runs.copyKeys +
      removalLists(at, shape) +
      indexes +
      snapshotsPerMonth(profile, settings) +
      runs.fold * foldedPerRun,
    transitions: transitionsOf(at, shape),
    segmentItems: runs.ship * activePerRun,
  };
}

function objectsOf(at: FleetAt, shape: RunShape): ObjectKind[] {
  const { profile, settings, given, runs } = at;
  const { tenants, active, tenantBytes, newChunkShare, changedBytesPerDay } = profile;
  const { snapshot: snapshotDays, log: logDays } = lockDays(settings.retention);
  const folded = runs.fold * shape.foldedPerRun;
  const small = given.smallObjectBytes;
  const snapshots = snapshotsPerMonth(profile, settings);
  return [
    {
      name: 'log packs',
      count: runs.ship * shape.fullRuns,
      bytes: shape.logPackBytes / (shape.fullRuns || 1),
      keptDays: logDays,
      place: 'log',
    },
    { name: 'log manifests', count: runs.ship, bytes: shape.logManifestBytes, keptDays: logDays, place: 'log' },
    {
      ...{ name: 'log indexes', count: shape.index.perDay * DAYS_A_MONTH * shape.index.shards, place: 'log' },
      ...{ bytes: shape.index.shardBytes, keptDays: logDays },
    },
    {
      ...{ name: 'snapshot packs', count: snapshots * active.day, keptDays: snapshotDays, place: 'tenants' },
      bytes: (tenantBytes * newChunkShare * given.compression * DAYS_A_MONTH * tenants) / snapshots,
    },
    {
      name: 'snapshot manifests',
      count: snapshots,
      bytes: small + (tenantBytes / 524_288) * 120,
      keptDays: snapshotDays,
      place: 'tenants',
    },
    { name: 'plans and checkpoints', count: 2 * snapshots, bytes: small, keptDays: 4, place: 'passing' },
    {
      ...{ name: 'incremental packs', count: folded, keptDays: logDays, place: 'tenants' },
      bytes: folded === 0 ? 0 : (tenants * changedBytesPerDay * DAYS_A_MONTH * given.compression * 0.8) / folded,
    },
    ...keyCopies(at),
    ...removalObjects(at, shape),
    { name: 'incremental manifests', count: folded, bytes: small, keptDays: logDays, place: 'tenants' },
  ];
}

function monthlyRuns(settings: FleetSettings): MonthlyRuns {
  const { schedules, keys } = settings;
  const of = (name: keyof MonthlyRuns, exists = true) => (exists ? runsPerMonth(schedules[name].expression) : 0);
  const others = copyRegions(settings).length > 0;
  return {
    ...{ ship: of('ship'), fold: of('fold'), full: of('full'), verify: of('verify'), expire: of('expire') },
    ...{ verifyReplicas: of('verifyReplicas', others), expireReplicas: of('expireReplicas', others) },
    copyKeys: of('copyKeys', keys.mode === 'pooled'),
    replicateKeys: of('replicateKeys', keys.mode === 'dedicated' && others),
  };
}

/** operations/fleet/copy-keys.ts. */
function keyCopies({ profile: { tenants }, given, runs }: FleetAt): ObjectKind[] {
  const pages = keyCopyPages(tenants);
  if (runs.copyKeys === 0) return [];
  return [
    {
      ...{
        name: 'copies of branch keys',
        count: runs.copyKeys * pages,
        keptDays: KEY_COPY_LOCK_DAYS + 1,
        place: 'passing',
      },
      bytes: (tenants * given.catalogItemBytes) / pages,
    },
    {
      ...{ name: 'lists of these copies', count: runs.copyKeys, keptDays: KEY_COPY_LOCK_DAYS + 1, place: 'passing' },
      bytes: given.catalogItemBytes,
    },
  ];
}

/**
 * In the shipper: one per tenant and 15 minutes if the cache holds them all, else one per tenant and run. Elsewhere
 * each call is a process with an empty cache: one to seal and one to open, and those of the log. With dedicated keys
 * that is one for each data key of the log's documents (an index has its own, runs share one for 15 minutes); with
 * pooled keys the branch key of `system` opens them all.
 */
function dataKeysOf({ profile, settings, runs, given }: FleetAt, shape: RunShape): number {
  const { tenants, active } = profile;
  const windows = (DAYS_A_MONTH * 1440) / KEY_CACHE_MINUTES;
  const inWindow = tenants * (1 - (1 - active.minute) ** KEY_CACHE_MINUTES);
  const shipped = inWindow <= KEY_CACHE_TENANTS ? windows * inWindow : runs.ship * shape.activePerRun;
  const digestKeys = given.containersPerDay * DAYS_A_MONTH * Math.min(tenants, shape.activePerRun * 120);
  const { perDay } = shape.index;
  const sinceIndex = perDay === 0 ? 0 : 1440 / perDay / 2 / KEY_CACHE_MINUTES;
  const logKeys = (days: number) => {
    if (settings.keys.mode === 'pooled') return 1;
    return perDay === 0 ? (days * 1440) / KEY_CACHE_MINUTES : days * perDay + sinceIndex;
  };
  const taken = snapshotsPerMonth(profile, settings);
  const snapshots = taken * (6 + logKeys((DAYS_A_MONTH * tenants) / taken));
  const foldDays = DAYS_A_MONTH / (runs.fold * active.hour);
  const folds = runs.fold * shape.foldedPerRun * (4 + logKeys(foldDays));
  const verifications = runs.verify * tenantsPerVerification(runs, settings, tenants) * (4 + logKeys(1 / 2));
  return shipped + digestKeys + snapshots + folds + verifications;
}

/** Entered states (infra/workflows): five per fleet run, three per shard, and those of each tenant. */
function transitionsOf({ profile, settings, runs }: FleetAt, shape: RunShape): number {
  const around = (chosen: number, perTenant: number) => 5 + 3 * Math.min(1000, Math.ceil(chosen)) + chosen * perTenant;
  return (
    runs.fold * around(shape.foldedPerRun, 1) +
    runs.full * around(snapshotsPerMonth(profile, settings) / runs.full, 6) +
    runs.verify * around(tenantsPerVerification(runs, settings, profile.tenants), 5) +
    runs.expire * (around(profile.tenants, 1) + 1)
  );
}
