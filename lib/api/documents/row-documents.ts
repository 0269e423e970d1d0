/** JSON documents of `history` and `find`: the life of rows, newest first, each with a command for the way back. */
import * as z from 'zod';

const Count = z.number().int().nonnegative();
const Texts = z.record(z.string(), z.string().nullable()).describe('Text by column; null is NULL.');
const Moment = z.object({ lsn: z.string(), time: z.string() });
const RowChanges = z.record(z.string(), z.object({ before: z.string().nullable(), after: z.string().nullable() }));
const Transaction = z.object({
  ...{ lsn: z.string(), time: z.string(), xid: z.number().int() },
  context: z.record(z.string(), z.string()).optional(),
});
const range = { table: z.string(), from: Moment, to: Moment };

export const HistoryDocument = z.object({
  tenant: z.string(),
  ...range,
  changes: z
    .array(
      z.object({
        op: z.enum(['insert', 'update', 'delete', 'truncate', 'left']),
        transaction: Transaction.nullable().describe('null: the log does not tell.'),
        key: Texts,
        keyBefore: Texts.optional(),
        changes: RowChanges.optional(),
        row: Texts.describe('After the change; of a row that ended, as it was last.'),
        command: z.string().nullable(),
      }),
    )
    .describe('Newest first.'),
  more: z.boolean(),
  first: Texts.nullable().describe('At the beginning of the range.'),
  now: Texts.nullable().describe('At its end.'),
  notes: z.array(z.string()),
});

export const FindDocument = z.object({
  tenant: z.string(),
  ...range,
  rows: z.array(
    z.object({
      key: Texts,
      columns: Texts,
      fate: z.enum(['live', 'changed', 'deleted', 'truncated', 'left']),
      ended: Transaction.nullable(),
      changes: RowChanges.optional(),
      keyNow: Texts.optional(),
      gone: z.boolean(),
      command: z.string(),
    }),
  ),
  counts: z.object({ live: Count, changed: Count, gone: Count }).describe('Of all, also those not listed.'),
  more: z.boolean(),
  notes: z.array(z.string()),
});
