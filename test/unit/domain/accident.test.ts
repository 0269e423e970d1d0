/** What is far outside a tenant's own history is unusual, and what it does regularly is not. */
import { describe, expect, it } from 'vitest';
import { AccidentSettings, habitsOf, isUnusual, leastRows, suspectChanges } from '../../../lib/domain/accident.ts';
import type { Activity, ChangeCounts } from '../../../lib/domain/activity.ts';
import { NO_CHANGES } from '../../../lib/domain/activity.ts';
import { LsnText } from '../../../lib/domain/lsn.ts';

const settings = AccidentSettings.parse({});
const HOURS = Array.from({ length: 48 }, (_, n) => new Date(Date.UTC(2026, 2, 1, n, 30)).toISOString());

/** A run in which the table lost these rows, the last transaction this many of them. */
function run(
  table: string,
  counts: Partial<ChangeCounts>,
  largest: Partial<ChangeCounts> = counts,
  lsn = '0/1',
): Activity {
  const sums = (each: Partial<ChangeCounts>) => [{ ...NO_CHANGES, ...each, table }];
  return {
    tables: sums(counts),
    largest: [{ xid: 7, lsn: LsnText.parse(lsn), time: HOURS[0]!, tables: sums(largest) }],
  };
}

const daily = HOURS.map((maxCommitTime, n) => ({
  ...{ maxCommitTime, changes: 1 },
  activity: n % 24 === 3 ? run('public.sessions', { delete: 5000 }) : run('public.invoices', { delete: 4, update: 20 }),
}));
const habits = habitsOf(daily);
const loud = () => false;
const unusual = (activity: Activity, least = 1000) =>
  suspectChanges(activity, loud, least)
    .filter(each => isUnusual(each, habits, settings, least))
    .map(({ table, kind, count }) => `${kind} ${count} ${table}`);

describe('a possible accident', () => {
  it('is a transaction far larger than any of the table before', () => {
    expect(unusual(run('public.invoices', { delete: 1000 }))).toEqual(['delete 1000 public.invoices']);
    expect(unusual(run('public.invoices', { update: 1000 }))).toEqual(['update 1000 public.invoices']);
    expect(unusual(run('public.invoices', { insert: 100_000 }))).toEqual([]);
    expect(unusual(run('public.invoices', { delete: 999 }))).toEqual([]);
  });

  it('is not what the tenant does every night', () => {
    expect(unusual(run('public.sessions', { delete: 5000 }))).toEqual([]);
    expect(unusual(run('public.sessions', { delete: 15_000 }))).toEqual([]);
    expect(unusual(run('public.sessions', { delete: 15_001 }))).toEqual(['delete 15001 public.sessions']);
  });

  it('is many small transactions that are more than any hour had', () => {
    expect(unusual(run('public.invoices', { delete: 4000 }, { delete: 1 }))).toEqual(['delete 4000 public.invoices']);
    expect(unusual(run('public.sessions', { delete: 4000 }, { delete: 1 }))).toEqual([]);
  });

  it('is a large share of a small tenant, but not a few rows', () => {
    expect(leastRows(settings, undefined)).toBe(1000);
    expect(leastRows(settings, 0)).toBe(1000);
    expect(leastRows(settings, 100)).toBe(50);
    expect(leastRows(settings, 1000)).toBe(200);
    expect(leastRows(settings, 1_000_000)).toBe(1000);
    expect(unusual(run('public.invoices', { delete: 200 }), 200)).toEqual(['delete 200 public.invoices']);
  });

  it('is the truncate of a table that was not truncated before', () => {
    expect(unusual(run('public.invoices', { truncate: 1 }))).toEqual(['truncate 1 public.invoices']);
    const again = habitsOf([
      { maxCommitTime: HOURS[0]!, changes: 1, activity: run('public.invoices', { truncate: 1 }) },
    ]);
    const [suspect] = suspectChanges(run('public.invoices', { truncate: 1 }), loud, 1000);
    expect(isUnusual(suspect!, again, settings, 1000)).toBe(false);
  });

  it('is not what a quiet transaction did', () => {
    const quiet = ({ lsn }: { lsn: string }) => lsn === '0/1';
    expect(suspectChanges(run('public.invoices', { delete: 5000 }), quiet, 1000)).toEqual([]);
    expect(suspectChanges(run('public.invoices', { delete: 6500 }, { delete: 5000 }), quiet, 1000)).toMatchObject([
      { count: 1500, transaction: undefined },
    ]);
  });

  it('has settings that name jobs by context, and refuses what is no filter', () => {
    expect(AccidentSettings.parse({ quiet: ['job = nightly-*'] }).quiet).toEqual(['job = nightly-*']);
    expect(AccidentSettings.safeParse({ quiet: ['nightly'] }).error?.issues[0]?.message).toContain('KEY = VALUE');
  });
});
