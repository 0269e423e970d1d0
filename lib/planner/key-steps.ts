/** The steps that care for keys: replicas of dedicated ones, copies of branch keys. */
import { KEY_COPY_LOCK_DAYS } from '../domain/key-copy.ts';
import { DAYS_A_MONTH } from '../domain/run-frequency.ts';
import { copyRegions, type FleetSettings } from './fleet-settings.ts';
import { timed } from './measured-calls.ts';
import { type FleetAt, NOTHING, queryUnits, type Step, waiting } from './step-requests.ts';

/** Keys checked at the same time, and one check of a key a day (operations/fleet/replicate-keys.ts). */
const KEYS_AT_ONCE = 8;

/** operations/fleet/replicate-keys.ts: lists tenants and notes in each run, and checks every key once a day. */
export function keySteps({ profile, settings, given, runs }: FleetAt): Step[] {
  if (settings.keys.mode === 'pooled') return [copyStep({ profile, settings, given, runs })];
  const others = copyRegions(settings).length;
  if (others === 0) return [];
  const checked = (profile.tenants * DAYS_A_MONTH) / runs.replicateKeys;
  const requests = { ...NOTHING, reads: 2, writes: checked };
  const asked = (checked * others * given.requestMs) / 1000 / KEYS_AT_ONCE;
  return [
    {
      ...{ ...requests, name: 'replicate-keys', runs: runs.replicateKeys },
      readUnits: 2 * Math.max(1, queryUnits(profile.tenants, given)),
      ...timed(given, 'replicate-keys', waiting(given, requests) + asked),
    },
  ];
}

const OWNERS_PER_PAGE = 2000;
const OWNERS_AT_ONCE = 16;

/** Objects of one copy of the branch keys. */
export function keyCopyPages(tenants: number): number {
  return Math.ceil(tenants / OWNERS_PER_PAGE);
}

/** operations/fleet/copy-keys.ts: a query for each tenant, and the lists of the copies that are left. */
function copyStep({ profile: { tenants }, given, runs }: FleetAt): Step {
  const perDay = runs.copyKeys / DAYS_A_MONTH;
  const requests = { ...NOTHING, get: perDay * (KEY_COPY_LOCK_DAYS + 1), put: keyCopyPages(tenants) + 1, list: 1 };
  const queried = (tenants * given.requestMs) / 1000 / OWNERS_AT_ONCE;
  return {
    ...{ ...requests, name: 'copy-keys', runs: runs.copyKeys, reads: tenants },
    readUnits: tenants + queryUnits(tenants, given),
    ...timed(given, 'copy-keys', waiting(given, requests) + queried),
  };
}

/** Requests to KMS a month that check replicas. */
export function replicaChecks(tenants: number, settings: FleetSettings): number {
  return settings.keys.mode === 'pooled' ? 0 : tenants * DAYS_A_MONTH * copyRegions(settings).length;
}
