/**
 * The steps that expire and prove the copies in the other regions: operations/retention/expire-replicas.ts in each of them,
 * operations/verify/verify-replicas.ts in the primary.
 */
import { REMOVAL_LIST_DAYS } from '../domain/removal-list.ts';
import { DAYS_A_MONTH } from '../domain/run-frequency.ts';
import { copyRegions } from './fleet-settings.ts';
import type { ObjectKind } from './fleet-work.ts';
import type { RunShape } from './log-shape.ts';
import { timed } from './measured-calls.ts';
import { type FleetAt, NOTHING, type Step, waiting } from './step-requests.ts';

/** Runs of the log announced in one list (operations/retention/remove-backup.ts). */
const RUNS_PER_LIST = 64;
const REMOVED_AT_ONCE = 16;
const COMPARED_AT_ONCE = 64;
/** A round over all objects a week. */
const ROUNDS_A_MONTH = DAYS_A_MONTH / 7;

/** Signed lists a month: one for each tenant and expiry, and those of the log. */
export function removalLists({ profile, settings, runs }: FleetAt, shape: RunShape): number {
  // Nobody reads them: none is written.
  if (copyRegions(settings).length === 0) return 0;
  const ofLog = (shape.runsPerDay / RUNS_PER_LIST + shape.index.perDay) * DAYS_A_MONTH;
  return runs.expire * profile.tenants + ofLog;
}

/** The objects of these lists, for fleet-work.ts. */
export function removalObjects(at: FleetAt, shape: RunShape): ObjectKind[] {
  const count = removalLists(at, shape);
  if (count === 0) return [];
  const bytes = at.given.smallObjectBytes;
  return [{ name: 'lists of removed objects', count, bytes, keptDays: REMOVAL_LIST_DAYS, place: 'passing' }];
}

/** As much is removed as is stored, in a fleet that keeps its size. */
export function replicaSteps(at: FleetAt, shape: RunShape, objects: readonly ObjectKind[]): Step[] {
  const { given, runs } = at;
  const others = copyRegions(at.settings).length;
  if (others === 0) return [];
  const lasting = objects.filter(kind => kind.place !== 'passing');
  const removed = lasting.reduce((sum, kind) => sum + kind.count, 0) / runs.expireReplicas;
  const lists = removalLists(at, shape) / runs.expireReplicas;
  // Looked up here and in the primary; its versions are listed, its deletion is free.
  const expiry = { ...NOTHING, get: lists + 2 * removed, list: 1 + removed, reads: 1, writes: lists };
  const onHand = lasting.reduce((sum, kind) => sum + (kind.count * kind.keptDays) / DAYS_A_MONTH, 0);
  const compared = (onHand * ROUNDS_A_MONTH) / runs.verifyReplicas;
  const proof = { ...NOTHING, get: (1 + others) * compared, list: compared / 1000 + 3, reads: 3, writes: 1 };
  return [
    {
      ...{ ...expiry, runs: others * runs.expireReplicas },
      name: others === 1 ? 'expire-replicas' : 'expire-replicas (both regions)',
      ...{ readUnits: 1, ...timed(given, 'expire-replicas', waiting(given, expiry) / REMOVED_AT_ONCE) },
    },
    {
      ...{ ...proof, name: 'verify-replicas', runs: runs.verifyReplicas, readUnits: 3 },
      ...timed(given, 'verify-replicas', waiting(given, proof) / COMPARED_AT_ONCE),
    },
  ];
}
