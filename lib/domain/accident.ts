/**
 * Whether what a tenant did in one run of the log is far outside its own history: then a person should look. Per table
 * and kind of change: a nightly cleanup of sessions does not hide that invoices were deleted. Two questions: is a single
 * transaction much larger than any in the history, or is the run as a whole much larger than any hour of it (a loop that
 * commits each row)? A truncate is unusual where the history has none of the table. Pure.
 */
import * as z from 'zod';
import { type Activity, changeCount, type TableSum, type TransactionSums } from './activity.ts';
import type { ActivitySample } from './activity-histogram.ts';
import { parseContextFilter } from './transaction-context.ts';

const positive = z.number().int().positive();

export const AccidentSettings = z.strictObject({
  enabled: z.boolean().default(true).describe('Report possible accidents.'),
  rows: positive.default(1000).describe('Rows of one table, deleted or updated, that are reported at the least.'),
  percent: z
    .number()
    .positive()
    .max(100)
    .default(20)
    .describe(
      'Of a tenant with few rows: this share of all its rows at its newest snapshot, but no fewer than 50 rows.',
    ),
  times: z
    .number()
    .min(1)
    .default(3)
    .describe(
      'Reported is what exceeds the greatest transaction, or the greatest hour, of the history this many times.',
    ),
  historyHours: positive.default(192).describe('Hours of log that are the history: with weekly jobs more than 168.'),
  quiet: z
    .array(z.string().max(100).refine(isContextFilter, "expected KEY = VALUE, for example 'job = nightly-*'"))
    .max(20)
    .default([])
    .describe('Transactions with such a context are not reported: `job = nightly-*`.'),
});
export type AccidentSettings = z.infer<typeof AccidentSettings>;

function isContextFilter(text: string): boolean {
  try {
    parseContextFilter(text);
    return true;
  } catch {
    return false;
  }
}

/** Fewer are never reported. */
export const FEW_ROWS = 50;

type AccidentKind = 'delete' | 'update' | 'truncate';
const KINDS: readonly AccidentKind[] = ['truncate', 'delete', 'update'];

/** What a segment has of a table. */
export interface SuspectChanges {
  readonly table: string;
  readonly kind: AccidentKind;
  readonly count: number;
  /** The transaction with the most of them, if it is known. */
  readonly transaction: TransactionSums | undefined;
  /** Its part. */
  readonly transactionCount: number;
}

/** Everything of at least `least` rows, without the transactions that are quiet. */
export function suspectChanges(
  { tables, largest }: Activity,
  isQuiet: (transaction: TransactionSums) => boolean,
  least: number,
): SuspectChanges[] {
  return tables.flatMap(sum =>
    KINDS.flatMap(kind => {
      const known = largest.map(transaction => ({ transaction, count: countIn(transaction, sum.table, kind) }));
      const quiet = known.filter(each => isQuiet(each.transaction)).reduce((total, each) => total + each.count, 0);
      const count = sum[kind] - quiet;
      if (count < (kind === 'truncate' ? 1 : least)) return [];
      const loud = known.filter(each => each.count > 0 && !isQuiet(each.transaction));
      const greatest = loud.sort((a, b) => b.count - a.count)[0];
      const { table } = sum;
      return [{ table, kind, count, transaction: greatest?.transaction, transactionCount: greatest?.count ?? 0 }];
    }),
  );
}

function countIn({ tables }: TransactionSums, table: string, kind: AccidentKind): number {
  return tables.find(sum => sum.table === table)?.[kind] ?? 0;
}

/** The greatest transaction and the greatest hour, by table and kind. */
export type Habits = ReadonlyMap<string, { readonly transaction: number; readonly hour: number }>;

const nameOf = (table: string, kind: AccidentKind) => `${kind} ${table}`;

/** In any order. What was recorded by earlier versions says nothing. */
export function habitsOf(samples: Iterable<ActivitySample>): Habits {
  const hours = new Map<string, Map<string, number>>();
  const greatest = new Map<string, number>();
  const note = (sum: TableSum, take: (name: string, count: number) => void) => {
    if (changeCount(sum) > 0) for (const kind of KINDS) if (sum[kind] > 0) take(nameOf(sum.table, kind), sum[kind]);
  };
  for (const { maxCommitTime, activity } of samples) {
    const hour = maxCommitTime.slice(0, 13);
    for (const sum of activity?.tables ?? []) {
      note(sum, (name, count) => {
        const known = hours.get(name) ?? new Map<string, number>();
        hours.set(name, known.set(hour, (known.get(hour) ?? 0) + count));
      });
    }
    for (const { tables } of activity?.largest ?? []) {
      for (const sum of tables)
        note(sum, (name, count) => greatest.set(name, Math.max(count, greatest.get(name) ?? 0)));
    }
  }
  return new Map(
    [...hours].map(([name, known]) => [
      name,
      { transaction: greatest.get(name) ?? 0, hour: Math.max(...known.values()) },
    ]),
  );
}

export function isUnusual(
  suspect: SuspectChanges,
  habits: Habits,
  { times }: Pick<AccidentSettings, 'times'>,
  least: number,
): boolean {
  const usual = habits.get(nameOf(suspect.table, suspect.kind));
  if (suspect.kind === 'truncate') return usual === undefined;
  const { transaction, hour } = usual ?? { transaction: 0, hour: 0 };
  const isLarge = suspect.transactionCount >= least && suspect.transactionCount > times * transaction;
  return isLarge || suspect.count > times * hour;
}

/** Rows from which on changes of a tenant with so many rows are looked at; undefined: unknown. */
export function leastRows({ rows, percent }: AccidentSettings, tenantRows: number | undefined): number {
  if (tenantRows === undefined || tenantRows === 0) return rows;
  return Math.min(rows, Math.max(FEW_ROWS, Math.ceil((tenantRows * percent) / 100)));
}
