/** The requests of the steps of an expiry to S3 and the catalog. */

import { DAYS_A_MONTH } from '../domain/run-frequency.ts';
import { keptSnapshots } from './fleet-settings.ts';
import type { RunShape } from './log-shape.ts';
import { timed } from './measured-calls.ts';
import { type FleetAt, queryUnits, type Step, shardSteps, waiting } from './step-requests.ts';

/**
 * operations/retention/expire-tenant.ts and expire-log.ts. A removed manifest takes four requests (lock, header,
 * existence, versions), its objects two each; a deletion itself is free. Kept snapshots are listed and read for the
 * objects that they share. The lock of each is extended when the next one starts the window (its own objects; the next
 * one locks the older ones) and when its week, month or year is over (all). Exports that wait are looked for once.
 */
export function expirySteps({ profile, settings, given, runs }: FleetAt, shape: RunShape): Step[] {
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
    ...{ get: 5 * leaving + snapshots + looked, put: locked, list: 2 * leaving + perDay + 1 },
    // Backups, locks, the rest of the log, old segments; and the tenant and its backups for the age of the verification.
    ...{ reads: 7, readUnits: 3 * queryUnits(snapshots + folds, given) + queryUnits(snapshots, given) + 4 },
    writes: 2 * leaving + segments + 2 * perDay + 1,
  };
  const going = shape.runsPerDay * perDay;
  const indexes = shape.index.perDay * perDay;
  const shards = indexes * shape.index.shards;
  const log = {
    // An index is checked once, each of its shards twice more; then its versions are listed.
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
      ...{ name: 'expire-tenant', runs: runs.expire * tenants, ...tenant },
      ...timed(given, 'expire-tenant', waiting(given, tenant)),
    },
    ...shardSteps('expire', runs.expire, tenants, profile, given),
    {
      ...{ name: 'expire-log', runs: runs.expire, ...log },
      // Eight runs at a time; pages of notes and tenants are read in sequence; a million notes take ten seconds.
      ...timed(
        given,
        'expire-log',
        waiting(given, log) / 8 + (log.readUnits / 256) * given.requestMs * 0.001 + tenants / 100_000,
      ),
    },
  ];
}
