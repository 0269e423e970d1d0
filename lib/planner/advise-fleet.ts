/**
 * What changes of a deployment would save or cost, and what they cost in recovery point, recovery time or safety. Invariant:
 * each amount is the difference of two bills of the same fleet (fleet-cost.ts); nothing is advised without its price in recovery.
 */

import { runsPerMonth } from '../domain/run-frequency.ts';
import { frequencyChanges } from './advise-frequency.ts';
import { fleetCost } from './fleet-cost.ts';
import type { Assumptions, FleetProfile } from './fleet-profile.ts';
import { copyRegions, type FleetSettings, inRegions } from './fleet-settings.ts';

export interface Advice {
  readonly id: string;
  readonly change: string;
  /** Dollars a month; negative: it costs more. */
  readonly savesUsd: number;
  /** What is given up or gained. */
  readonly recoveryPoint: string;
  readonly recoveryTime: string;
  readonly note: string;
}

interface Change extends Omit<Advice, 'savesUsd'> {
  /** Undefined where the deployment has it already. */
  readonly apply: (settings: FleetSettings) => FleetSettings | undefined;
}

type ScheduleName = 'ship' | 'fold';

/** A schedule with fewer runs, or none where it has no more than these already. */
function atMost(name: ScheduleName, expression: string): Change['apply'] {
  return settings =>
    runsPerMonth(settings.schedules[name].expression) <= runsPerMonth(expression)
      ? undefined
      : { ...settings, schedules: { ...settings.schedules, [name]: { ...settings.schedules[name], expression } } };
}

function retaining(field: 'dailyDays' | 'logDays' | 'monthlyDays' | 'annualDays', days: number): Change['apply'] {
  return settings =>
    settings.retention[field] <= days
      ? undefined
      : { ...settings, retention: { ...settings.retention, [field]: days } };
}

const SAME = 'as before';

const CHANGES: readonly Change[] = [
  {
    ...{ id: 'ship-5-minutes', change: 'Ship the log every 5 minutes', apply: atMost('ship', 'rate(5 minutes)') },
    ...{ recoveryPoint: 'up to 5 minutes older: the objective of critical tenants is missed', recoveryTime: SAME },
    note: 'A slot retains five times as much WAL between two runs.',
  },
  {
    ...{ id: 'fold-daily', change: 'Fold the log into incrementals once a day', apply: atMost('fold', 'rate(1 day)') },
    ...{ recoveryPoint: SAME, recoveryTime: 'up to a day of log is replayed change by change' },
    note: 'Tenants with much log are restored more slowly.',
  },
  {
    ...{ id: 'keep-log-14-days', change: 'Keep the log for 14 days', apply: retaining('logDays', 14) },
    ...{ recoveryPoint: 'any second of 14 days only; older moments are those of snapshots', recoveryTime: SAME },
    note: 'Locks of objects that exist stay as they are. A shorter retention needs approval.',
  },
  {
    ...{ id: 'keep-dailies-14-days', change: 'Keep daily snapshots for 14 days', apply: retaining('dailyDays', 14) },
    ...{ recoveryPoint: 'between 14 days and the weekly class one snapshot a week', recoveryTime: SAME },
    note: 'A shorter retention needs approval.',
  },
  {
    ...{ id: 'keep-months-1-year', change: 'Keep monthly snapshots for a year', apply: retaining('monthlyDays', 365) },
    ...{ recoveryPoint: 'beyond a year one snapshot a year', recoveryTime: SAME },
    note: 'Ask who must keep records for how long.',
  },
  {
    ...{ id: 'no-annual', change: 'Keep no snapshot beyond the monthly ones', apply: withoutAnnual },
    ...{ recoveryPoint: 'nothing beyond the monthly class', recoveryTime: SAME },
    note: 'Ask who must keep records for how long.',
  },
  {
    ...{ id: 'two-regions', change: 'No copy in the third region', apply: settings => fewerRegions(settings, 2) },
    ...{ recoveryPoint: SAME, recoveryTime: 'no way back if two regions are lost' },
    note: 'The third copy is also the one that nobody in the other two can reach.',
  },
  {
    ...{ id: 'one-region', change: 'No copy in another region', apply: settings => fewerRegions(settings, 1) },
    ...{ recoveryPoint: 'all is lost with the region', recoveryTime: 'all is lost with the region' },
    note: 'Only for data that exists elsewhere.',
  },
  {
    ...{
      id: 'intelligent-tiering',
      change: 'S3 Intelligent-Tiering (storage.tiering: intelligent)',
      apply: settings => withStorage(settings, { tiering: 'intelligent' }),
    },
    ...{ recoveryPoint: SAME, recoveryTime: SAME },
    note: 'No read is charged: neither verification nor a restore of everything. Objects that have moved to a colder class stay there.',
  },
  {
    ...{
      id: 'tiering-by-age',
      change: 'Colder classes by age (storage.tiering: by-age)',
      apply: settings => withStorage(settings, { tiering: 'by-age' }),
    },
    ...{ recoveryPoint: SAME, recoveryTime: SAME },
    note: 'Every read of an object older than 30 days is charged by the gigabyte, in a disaster all of them.',
  },
  {
    ...{
      id: 'verify-30-days',
      change: 'Verify every tenant within 30 days',
      apply: settings =>
        settings.schedules.verifyWithinDays >= 30
          ? undefined
          : { ...settings, schedules: { ...settings.schedules, verifyWithinDays: 30 } },
    },
    ...{ recoveryPoint: 'a damaged backup is found up to 30 days later', recoveryTime: SAME },
    note: 'The objects are locked and checked by S3; what only a restore finds, is found later.',
  },
  {
    ...{
      id: 'index-4-hours',
      change: 'Index the log every 4 hours (storage.logIndexMinutes: 240)',
      apply: settings =>
        settings.storage.logIndexMinutes >= 240 ? undefined : withStorage(settings, { logIndexMinutes: 240 }),
    },
    ...{ recoveryPoint: SAME, recoveryTime: 'a plan reads up to 4 hours of runs one by one, of all tenants' },
    note: 'Fewer and larger indexes: every snapshot and every fold reads those runs too.',
  },
  {
    ...{
      id: 'index-15-minutes',
      change: 'Index the log every 15 minutes (storage.logIndexMinutes: 15)',
      apply: settings =>
        settings.storage.logIndexMinutes <= 15 ? undefined : withStorage(settings, { logIndexMinutes: 15 }),
    },
    ...{ recoveryPoint: SAME, recoveryTime: 'a plan reads at most 15 minutes of runs one by one' },
    note: 'More and smaller indexes: a range of many days reads more of them.',
  },
  {
    ...{ id: 'pooled-keys', change: 'Pooled keys', apply: settings => withKeys(settings, 'pooled') },
    ...{ recoveryPoint: SAME, recoveryTime: SAME },
    note: 'For a new installation only. A tenant has branch keys under one KMS key instead of a KMS key of its own.',
  },
  {
    ...{
      id: 'dedicated-keys',
      change: 'A KMS key for each tenant',
      apply: settings => withKeys(settings, 'dedicated'),
    },
    ...{ recoveryPoint: SAME, recoveryTime: SAME },
    note: 'For a new installation only. AWS itself then separates tenants, and destroys the key of one.',
  },
];

function withoutAnnual(settings: FleetSettings): FleetSettings | undefined {
  return retaining('annualDays', settings.retention.monthlyDays)(settings);
}

function fewerRegions(settings: FleetSettings, count: 1 | 2): FleetSettings | undefined {
  return copyRegions(settings).length + 1 <= count ? undefined : inRegions(settings, count);
}

function withStorage(settings: FleetSettings, change: Partial<FleetSettings['storage']>): FleetSettings | undefined {
  const { storage } = settings;
  const changed = { ...storage, ...change };
  const isSame = changed.tiering === storage.tiering && changed.logIndexMinutes === storage.logIndexMinutes;
  return isSame ? undefined : { ...settings, storage: changed };
}

function withKeys(settings: FleetSettings, mode: 'dedicated' | 'pooled'): FleetSettings | undefined {
  return settings.keys.mode === mode ? undefined : { ...settings, keys: { mode } };
}

export interface FleetAdvice {
  /** Dollars a month as deployed. */
  readonly usd: number;
  /** Each alone, the greatest saving first. */
  readonly advice: readonly Advice[];
}

/** InputError `bad-schedule`. */
export function adviseFleet(profile: FleetProfile, settings: FleetSettings, given: Assumptions): FleetAdvice {
  const { usd } = fleetCost(profile, settings, given);
  const saves = (changed: FleetSettings) => usd - fleetCost(profile, changed, given).usd;
  const ofAll = CHANGES.flatMap(({ apply, ...change }) => {
    const changed = apply(settings);
    return changed === undefined ? [] : [{ ...change, savesUsd: saves(changed) }];
  });
  const ofTiers = frequencyChanges(profile, settings, given).map(({ settings: changed, ...change }) => ({
    ...change,
    savesUsd: saves(changed),
  }));
  const advice = [...ofAll, ...ofTiers];
  return { usd, advice: advice.sort((a, b) => b.savesUsd - a.savesUsd) };
}
