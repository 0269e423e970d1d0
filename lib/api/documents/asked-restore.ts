/** A restore as a caller asks for it: to a moment, without some transactions, or without an earlier restore. */
import * as z from 'zod';
import { REVERTED_TRANSACTIONS } from '../../domain/restore-request.ts';
import { Component } from '../../domain/tenant-model.ts';

const Target = z.string().min(1).max(1000).describe('A moment: a time with its offset, a position or a marker.');
const Transaction = z.string().min(1).max(100).describe('Id of a transaction, or the position of its commit.');
const TableText = z.string().min(1).max(300);
const Transactions = z.array(Transaction).max(REVERTED_TRANSACTIONS);

export const AskedRestore = z.strictObject({
  target: Target.optional().describe('As it was at that moment. Exactly one of target, revert and undo is given.'),
  revert: z
    .strictObject({
      transactions: Transactions.default([]),
      context: z.string().max(1000).optional().describe('Every transaction with this context: `job = nightly-*`.'),
      ...{ from: Target.optional(), to: Target.optional() },
    })
    .optional()
    .describe('What these transactions did is taken back; what came later stays.'),
  undo: z
    .strictObject({ restore: z.string().max(100), exact: z.boolean().default(false) })
    .optional()
    .describe('What that restore wrote is taken back. `exact`: also what was written since.'),
  mode: z.enum(['exact', 'missing-only', 'merge']).default('exact'),
  keep: Transactions.default([]).describe('With mode merge: transactions that are not taken back.'),
  overwrite: z.boolean().default(false).describe('Also take back what was changed again since.'),
  tables: z.array(TableText).max(1000).default([]),
  components: z.array(Component).default([]),
  exclude: z.array(TableText).max(1000).default([]),
  rows: z.record(TableText, z.string().min(1).max(4000)).default({}),
  keys: z.record(TableText, z.array(z.array(z.string()).min(1)).min(1).max(10_000)).default({}),
  columns: z.record(TableText, z.array(z.string().min(1)).min(1)).default({}),
  withChildren: z.boolean().default(false),
  reason: z.string().max(2000).default(''),
});
export type AskedRestore = z.output<typeof AskedRestore>;
