/**
 * What a tenant did in one run of the log, in numbers: rows inserted, updated and deleted per table, and the largest
 * transactions. Part of the run's sealed manifest (log-manifest.ts) and of the index of its hour, so that "when did
 * something unusual happen?" is answered without reading the log. No row values, no context of a transaction.
 *
 * Bounded whatever the run: the tables of the model, and a few transactions. Counts are of the changes in the segment:
 * together its `changes`, where a truncate of several tables counts for each.
 */
import * as z from 'zod';
import { LsnText } from './lsn.ts';
import { TableName } from './table-schema.ts';

const Count = z.number().int().nonnegative();

/** The number of changes of each kind in a table. */
export const TableSum = z.object({
  table: TableName,
  insert: Count,
  update: Count,
  delete: Count,
  /** TRUNCATE statements: how many rows they removed is not in the log. */
  truncate: Count,
});
export type TableSum = z.infer<typeof TableSum>;

export const TransactionSums = z.object({
  /** 32-bit id, as in the log. */
  xid: z.number().int(),
  /** Where its commit record starts. */
  lsn: LsnText,
  /** Server clock at its commit, with microseconds. */
  time: z.string(),
  /** Without the tables that it did not change. */
  tables: z.array(TableSum),
});
export type TransactionSums = z.infer<typeof TransactionSums>;

export const Activity = z.object({
  tables: z.array(TableSum),
  /**
   * In log order: the three with the most changes, the one with the most deletes (a truncate is more than any number of
   * rows) and the one with the most updates; of two that are equal the earlier one.
   */
  largest: z.array(TransactionSums),
});
export type Activity = z.infer<typeof Activity>;

/** Transactions in `largest` for the number of their changes. */
export const LARGEST_BY_CHANGES = 3;

/** The numbers of some tables together. */
export type ChangeCounts = Readonly<Omit<TableSum, 'table'>>;

export const NO_CHANGES: ChangeCounts = { insert: 0, update: 0, delete: 0, truncate: 0 };

export function addChanges(a: ChangeCounts, b: ChangeCounts): ChangeCounts {
  return {
    insert: a.insert + b.insert,
    update: a.update + b.update,
    delete: a.delete + b.delete,
    truncate: a.truncate + b.truncate,
  };
}

/** The sum over these tables. */
export function totalOf(sums: readonly TableSum[]): ChangeCounts {
  return sums.reduce<ChangeCounts>(addChanges, NO_CHANGES);
}

/** Whether a table is meant by this name, with or without its schema. */
export function isTableNamed(table: TableName, name: string): boolean {
  const [whole, asked] = [plainParts(table), plainParts(name)];
  return whole === asked || whole.slice(whole.indexOf('.') + 1) === asked;
}

/** The log quotes no reserved words, PostgreSQL does. */
function plainParts(name: string): string {
  return name.replaceAll(/"([a-z_][a-z0-9_]*)"/g, '$1');
}

/** All kinds together. */
export function changeCount({ insert, update, delete: deleted, truncate }: ChangeCounts): number {
  return insert + update + deleted + truncate;
}
