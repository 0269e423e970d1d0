/**
 * JSON documents of the commands that read the log: activity, transactions, show-transaction, log, incident. Values of rows
 * and contexts are the tenant's data, as PostgreSQL prints them; positions are LSNs, times ISO 8601 UTC.
 */
import * as z from 'zod';
import { TableSum, TransactionSums } from '../../domain/activity.ts';
import { LsnText } from '../../domain/lsn.ts';
import { Conflict, Preview } from '../../domain/preview.ts';

const Count = z.number().int().nonnegative();
const Values = z.record(z.string(), z.string().nullable()).describe('Text by column; null is NULL.');
const Range = z.object({ from: z.string(), to: z.string() });
const Context = z.record(z.string(), z.string()).describe('What the application said about the transaction.');

const Change = z.discriminatedUnion('op', [
  z.object({ op: z.literal('insert'), table: z.string(), key: Values, row: Values }),
  z.object({
    ...{ op: z.literal('update'), table: z.string(), key: Values, row: Values, before: Values },
    partial: z.literal(true).optional().describe('The log lacks the previous values: unchanged columns may be listed.'),
  }),
  z.object({ op: z.literal('delete'), table: z.string(), key: Values, row: Values.optional() }),
  z.object({ op: z.literal('truncate'), table: z.string() }),
  z.object({ op: z.literal('marker'), name: z.string() }),
  z.object({ op: z.literal('restore'), id: z.string() }),
]);

const transaction = {
  lsn: LsnText.describe('Of its commit.'),
  time: z.string().describe('Server clock at its commit, with microseconds.'),
  xid: z.number().int(),
  tables: z.array(TableSum).describe('All of its changes, counted.'),
  context: Context.optional(),
};
const CountedTransaction = z.object({ ...transaction, changes: Count });
const WholeTransaction = z.object({
  ...transaction,
  changes: z
    .array(Change)
    .describe('The first ones. From a function on AWS, which reads no rows for people: those without rows.'),
  total: Count.describe('All, also those that `changes` omits.'),
});
const Unrouted = z
  .object({ transactions: Count, tables: z.array(TableSum) })
  .describe('Changes of all tenants together whose tenant only a restore decides.');
const UnroutedTables = z.array(TableSum).describe('Changes whose tenant only a restore decides.');

export const LogDocument = z.object({
  tenant: z.string(),
  transactions: z.array(WholeTransaction).describe('In commit order.'),
  more: z.boolean(),
  unrouted: Unrouted,
});

export const TransactionsDocument = z.object({
  tenant: z.string(),
  transactions: z.array(CountedTransaction),
  more: z.boolean(),
  truncated: z.boolean().describe('More than one answer of an installation on AWS holds: narrow the range.'),
  unrouted: UnroutedTables,
  holes: z.array(Range).describe('Where there is no log.'),
});

export const ShowTransactionDocument = z.object({
  tenant: z.string(),
  transaction: WholeTransaction.nullable().describe('null: nothing of it is known to be of this tenant.'),
  unrouted: UnroutedTables,
});

const Counts = { insert: Count, update: Count, delete: Count, truncate: Count };

export const ActivityDocument = z.object({
  tenant: z.string(),
  table: z.string().optional(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  bucketSeconds: z.number(),
  buckets: z.array(
    z.object({
      ...{ from: z.string(), to: z.string(), ...Counts },
      unrecorded: Count.describe('Changes of runs that did not record their tables.'),
      largest: z.array(TransactionSums),
    }),
  ),
  spikes: z.array(
    z.object({
      kind: z.enum(['insert', 'update', 'delete', 'truncate']),
      ...{ from: z.string(), to: z.string(), count: Count },
      median: z.number().describe('Of the other buckets with such changes.'),
      transaction: TransactionSums.nullable(),
      command: z.string().describe('Shows what happened.'),
    }),
  ),
  unrouted: UnroutedTables,
  holes: z.array(Range),
});

const Way = z.object({
  way: z.enum(['revert', 'missing-only', 'tables', 'everything']),
  command: z.string(),
  totals: Preview.shape.totals.optional(),
  conflicts: z.array(Conflict).optional(),
  predictedMs: z.number().optional(),
  refused: z.object({ code: z.string(), message: z.string() }).optional().describe('Why it is not possible.'),
});

export const IncidentDocument = z.union([
  z.object({ tenant: z.string(), transaction: CountedTransaction, ways: z.array(Way) }),
  z.object({ tenant: z.string(), candidates: z.array(CountedTransaction) }),
]);
