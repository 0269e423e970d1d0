/**
 * What an operator may ask the installation about a tenant's log, and what it answers: when how much changed, which
 * transactions it was, what one of them did in numbers, at which positions a revert works. Invariant: no answer has room
 * for a row's value or key: `Answers` are strict, and the function sends nothing that does not match them.
 */
import * as z from 'zod';
import { TableSum, TransactionSums } from './activity.ts';
import { BUCKET_MS } from './activity-histogram.ts';
import { InputError } from './errors.ts';
import { REVERTED_TRANSACTIONS, Reverts } from './restore-request.ts';
import { TableName } from './table-schema.ts';
import { SYSTEM, TenantRef } from './tenant.ts';
import { COUNTED } from './transaction-filter.ts';

const Count = z.number().int().nonnegative();
const Text = z.string().min(1).max(1000);

/** Targets are exact: what "2 hours ago" means, the person's machine knows. Without `from`: the day before the end. */
export const AskedRange = z.strictObject({
  from: Text.exactOptional(),
  to: Text.exactOptional(),
  table: Text.exactOptional(),
});
export type AskedRange = z.infer<typeof AskedRange>;

const Counted = z.strictObject({ least: Count, most: z.number().int().exactOptional() });

const Question = z.discriminatedUnion('ask', [
  z.strictObject({
    ...{ ask: z.literal('activity'), range: AskedRange },
    bucketMs: z
      .number()
      .refine(size => BUCKET_MS.includes(size), 'is not a size of buckets')
      .exactOptional(),
  }),
  z.strictObject({
    ...{ ask: z.literal('transactions'), range: AskedRange },
    counts: z.partialRecord(z.enum(COUNTED), Counted),
    /** As people write it: `job = nightly-*`. */
    context: Text.exactOptional(),
    sort: z.enum(['time', ...COUNTED]),
    limit: Count.min(1),
  }),
  /** Those with the most deletes, updates and inserts. */
  z.strictObject({ ask: z.literal('suspects'), range: AskedRange }),
  z.strictObject({
    ...{ ask: z.literal('transaction'), transaction: Text, table: Text.exactOptional() },
  }),
  z.strictObject({
    ask: z.literal('revert'),
    transactions: z.array(Text).max(REVERTED_TRANSACTIONS),
    ...{ context: Text.exactOptional(), from: Text.exactOptional(), to: Text.exactOptional() },
    tables: z.array(Text).max(10_000),
  }),
  z.strictObject({ ask: z.literal('merge'), target: Text, keep: z.array(Text).max(REVERTED_TRANSACTIONS) }),
]);
export type Question = z.infer<typeof Question>;

export const Investigation = z.strictObject({
  format: z.literal('holdfast.investigation/1'),
  /** The unrouted log is nobody's to ask about. */
  tenant: TenantRef.refine(ref => ref !== SYSTEM, 'is no tenant'),
  question: Question,
});
export type Investigation = z.infer<typeof Investigation>;

/** The body of a request. InputError `bad-investigation`, naming the fields. */
export function parseInvestigation(body: unknown): Investigation {
  const parsed = Investigation.safeParse(body);
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || '(body)'))];
  throw new InputError('bad-investigation', `The question about the log is not valid: ${fields.join(', ')}.`, {
    hint: 'Use the version of the command line that the installation was deployed with.',
    details: { fields },
  });
}

const Span = z.strictObject({ from: z.string(), to: z.string() });

/** What a transaction did beside its rows. */
const Event = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('truncate'), table: z.string() }),
  z.strictObject({ op: z.literal('marker'), name: z.string() }),
  z.strictObject({ op: z.literal('restore'), id: z.string() }),
]);

/** A transaction as describe-log.ts describes it, without its rows. */
const SummedTransaction = z.strictObject({
  ...{ lsn: z.string(), time: z.string(), xid: z.number().int() },
  changes: z.array(Event),
  total: Count,
  tables: z.array(TableSum.strict()),
  context: z.record(z.string(), z.string()).exactOptional(),
});
export type SummedTransaction = z.infer<typeof SummedTransaction>;

const Bucket = z.strictObject({
  ...{ from: z.number(), to: z.number(), unrecorded: Count },
  ...{ insert: z.number(), update: z.number(), delete: z.number(), truncate: z.number() },
  largest: z.array(TransactionSums.extend({ tables: z.array(TableSum.strict()) }).strict()),
});

const unrouted = z.array(TableSum.strict());
const holes = z.array(Span);

export const ANSWERS = {
  activity: z.strictObject({
    ...{ unrouted, holes, sizeMs: z.number(), buckets: z.array(Bucket) },
    /** Absent where the log has nothing in the range. */
    range: Span.exactOptional(),
  }),
  transactions: z.strictObject({
    ...{ transactions: z.array(SummedTransaction), more: z.boolean(), unrouted, holes },
    /** There are more than one answer holds, whatever `limit` is. */
    truncated: z.boolean(),
  }),
  suspects: z.strictObject({ transactions: z.array(SummedTransaction) }),
  transaction: z.strictObject({ transaction: SummedTransaction.exactOptional(), unrouted }),
  revert: z.strictObject({
    ...{ target: z.string(), tables: z.array(TableName), reverts: Reverts },
  }),
  merge: z.strictObject({ target: z.string(), reverts: Reverts }),
};
export type Ask = Question['ask'];
export type AnswerTo<A extends Ask> = z.infer<(typeof ANSWERS)[A]>;

/** Transactions in one answer, whatever the question says. */
export const MOST_LISTED = 5000;
/**
 * Of a function's answer, in which the document is a string: quotes are escaped once more. Below the quota of 6 MB.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const ANSWER_BYTES = 5_500_000;

/** Cuts a list that does not fit, and says so. InputError `answer-too-large` where there is nothing to cut. */
export function fitAnswer<A extends Ask>(ask: A, answer: AnswerTo<A>, most = ANSWER_BYTES): AnswerTo<A> {
  if (bytesOf(answer) <= most) return answer;
  if (ask === 'transactions') return cut(answer as AnswerTo<'transactions'>, most) as AnswerTo<A>;
  throw tooLarge();
}

function cut(answer: AnswerTo<'transactions'>, most: number): AnswerTo<'transactions'> {
  let left = most - bytesOf({ ...answer, transactions: [], more: true, truncated: true });
  const fitting = answer.transactions.findIndex(each => {
    left -= bytesOf(each) + 1;
    return left < 0;
  });
  if (fitting <= 0) throw tooLarge();
  return { ...answer, transactions: answer.transactions.slice(0, fitting), more: true, truncated: true };
}

function bytesOf(document: unknown): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(document)));
}

function tooLarge(): InputError {
  return new InputError('answer-too-large', 'The answer is larger than a function may send.', {
    hint: 'Narrow the range with --from and --to, name one --table, or choose a larger --bucket.',
  });
}
