/** The step that makes and checks the replicas of dedicated keys, and its requests to KMS. */
import type { FleetSettings } from './fleet-settings.ts';
import { DAYS_A_MONTH } from './run-frequency.ts';
import { type FleetAt, NOTHING, queryUnits, SMALL_MB, type Step, waiting } from './step-requests.ts';

/** Keys checked at the same time, and one check of a key a day (operations/fleet/replicate-keys.ts). */
const KEYS_AT_ONCE = 8;
const OTHER_REGIONS = 2;

/** operations/fleet/replicate-keys.ts: lists tenants and notes in each run, and checks every key once a day. */
export function keySteps({ profile, settings, given, runs }: FleetAt): Step[] {
  if (settings.keys.mode === 'pooled') return [];
  const checked = (profile.tenants * DAYS_A_MONTH) / runs.replicateKeys;
  const requests = { ...NOTHING, reads: 2, writes: checked };
  const asked = (checked * OTHER_REGIONS * given.requestMs) / 1000 / KEYS_AT_ONCE;
  return [
    {
      ...{ ...requests, name: 'replicate-keys', runs: runs.replicateKeys, memoryMb: SMALL_MB },
      readUnits: 2 * Math.max(1, queryUnits(profile.tenants, given)),
      seconds: given.smallCallSeconds + waiting(given, requests) + asked,
    },
  ];
}

/** Requests to KMS a month that check replicas. */
export function replicaChecks(tenants: number, { keys }: FleetSettings): number {
  return keys.mode === 'pooled' ? 0 : tenants * DAYS_A_MONTH * OTHER_REGIONS;
}
