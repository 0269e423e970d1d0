/**
 * Which transactions of a tenant are wanted: by the number of their changes, by what the application said about them; and
 * in which order. A truncate removed an unknown number of rows: it counts as more deletes than any number.
 */
import { type Activity, type ChangeCounts, changeCount, isTableNamed, type TableSum, totalOf } from './activity.ts';
import type { ContextFilter } from './transaction-context.ts';

export const COUNTED = ['changes', 'inserts', 'updates', 'deletes'] as const;
/** What is counted of a transaction. */
export type Counted = (typeof COUNTED)[number];

/** Both included. */
export interface CountRange {
  readonly least: number;
  readonly most: number;
}

export interface TransactionFilter {
  readonly table?: string | undefined;
  readonly counts: Readonly<Partial<Record<Counted, CountRange>>>;
  readonly context?: ContextFilter | undefined;
}

/** `>100`, `>=100`, `<5`, `<=5`, `=3`; a number alone is the least. Undefined where the text is none of them. */
export function parseCountRange(text: string): CountRange | undefined {
  const match = /^\s*(>=|<=|>|<|=)?\s*(\d{1,15})\s*$/.exec(text);
  if (!match) return undefined;
  const [most, value] = [Number.POSITIVE_INFINITY, Number(match[2])];
  switch (match[1]) {
    case '>':
      return { least: value + 1, most };
    case '<':
      return { least: 0, most: value - 1 };
    case '<=':
      return { least: 0, most: value };
    case '=':
      return { least: value, most: value };
    default:
      return { least: value, most };
  }
}

export function countedOf(counts: ChangeCounts, counted: Counted): number {
  switch (counted) {
    case 'inserts':
      return counts.insert;
    case 'updates':
      return counts.update;
    case 'deletes':
      return counts.truncate > 0 ? Number.POSITIVE_INFINITY : counts.delete;
    case 'changes':
      return counts.truncate > 0 ? Number.POSITIVE_INFINITY : changeCount(counts);
  }
}

/** A transaction with these sums, of the wanted table alone where one is named; one without changes never is. */
export function isWanted(
  { tables, context }: { readonly tables: readonly TableSum[]; readonly context?: Parameters<ContextFilter>[0] },
  filter: TransactionFilter,
): boolean {
  const counts = totalOf(tables);
  const inRange = COUNTED.every(counted => {
    const range = filter.counts[counted];
    const value = countedOf(counts, counted);
    return range === undefined || (value >= range.least && value <= range.most);
  });
  return changeCount(counts) > 0 && inRange && (filter.context === undefined || filter.context(context));
}

/** The most that one transaction of a segment can have of it, by its summary: all that it has where there is none. */
export function mostPossible(
  { changes, activity }: { readonly changes: number; readonly activity?: Activity | undefined },
  counted: Counted,
  table: string | undefined,
): number {
  if (activity === undefined) return changes;
  const sums = activity.tables.filter(sum => table === undefined || isTableNamed(sum.table, table));
  const all = countedOf(totalOf(sums), counted);
  // `largest` has the greatest by these; an insert is a change.
  const ranked = counted === 'inserts' ? 'changes' : counted;
  const greatest = Math.max(0, ...activity.largest.map(({ tables }) => countedOf(totalOf(tables), ranked)));
  return Math.min(all, greatest);
}

/** Whether a transaction of the segment can be wanted, as far as its summary says. */
export function mayHaveWanted(
  segment: { readonly changes: number; readonly activity?: Activity | undefined },
  { table, counts }: TransactionFilter,
): boolean {
  const most = (counted: Counted) => mostPossible(segment, counted, table);
  return most('changes') > 0 && COUNTED.every(counted => most(counted) >= (counts[counted]?.least ?? 0));
}
