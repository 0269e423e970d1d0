/**
 * Answers questions about a tenant's log without the values of rows: on this machine, and on AWS for operators, who may
 * not read the log themselves. The summaries of runs are read first, and then only the segments that can matter.
 */
import { bucketCount, bucketSize, histogram, type TimeRange } from '../../domain/activity-histogram.ts';
import { InputError } from '../../domain/errors.ts';
import {
  ANSWERS,
  type AnswerTo,
  type Ask,
  type AskedRange,
  fitAnswer,
  type Investigation,
  MOST_LISTED,
  type Question,
  type SummedTransaction,
} from '../../domain/investigation.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { parseContextFilter } from '../../domain/transaction-context.ts';
import { COUNTED, type CountRange } from '../../domain/transaction-filter.ts';
import { recoveryMaterial } from '../catalog/recovery-material.ts';
import type { LoggedTransaction } from '../log/describe-log.ts';
import { activityOf, loggedRange } from '../log/read-activity.ts';
import { searchTransactions, type TransactionSearch } from '../log/search-transactions.ts';
import { type LogDeps, mergePositions, revertPositions } from '../restore/apply/revert-positions.ts';
import { namedCommit } from '../restore/target/find-transaction.ts';
import { greatestTransactions } from './greatest-transactions.ts';
import { recentBoundsOf } from './log-bounds.ts';
import { readTransaction } from './read-transaction.ts';

/** More lines than a person reads, or a terminal keeps. */
const MOST_BUCKETS = 2000;

type Asked<A extends Ask> = Extract<Question, { ask: A }>;

/**
 * Throws InputError `unknown-tenant`, `bad-range`, `bad-transaction`, and what the log's readers throw; TargetError;
 * IntegrityError naming the object.
 */
export async function investigate<A extends Ask>(
  deps: LogDeps,
  tenant: TenantRef,
  asked: Asked<A>,
): Promise<AnswerTo<A>> {
  const question: Question = asked;
  switch (question.ask) {
    case 'activity':
      return (await activityIn(deps, tenant, question)) as AnswerTo<A>;
    case 'transactions':
      return (await transactionsIn(deps, tenant, question)) as AnswerTo<A>;
    case 'suspects':
      return (await suspectsIn(deps, tenant, question.range)) as AnswerTo<A>;
    case 'transaction':
      return (await oneTransaction(deps, tenant, question)) as AnswerTo<A>;
    case 'revert':
      return (await revertPositions(deps, tenant, question)) as AnswerTo<A>;
    case 'merge':
      return (await mergePositions(deps, tenant, question)) as AnswerTo<A>;
  }
}

/**
 * For the answer of a function: bounded, and nothing in it that `ANSWERS` does not name. `most`: transactions in a list.
 * InputError `answer-too-large`.
 */
export async function boundedInvestigation(
  deps: LogDeps,
  { tenant, question }: Investigation,
  most = MOST_LISTED,
): Promise<AnswerTo<Ask>> {
  const { ask } = question;
  if (ask !== 'transactions') return fitAnswer(ask, ANSWERS[ask].parse(await investigate(deps, tenant, question)));
  const limit = Math.min(question.limit, most);
  const found = await investigate<'transactions'>(deps, tenant, { ...question, limit });
  const answer = { ...found, truncated: found.more && question.limit > most };
  return fitAnswer(ask, ANSWERS[ask].parse(answer));
}

async function rangeOf(deps: LogDeps, tenant: TenantRef, range: AskedRange) {
  const at = await recoveryMaterial(deps, tenant);
  const bounds = await recentBoundsOf(deps, at, range);
  return { at, bounds, logged: await loggedRange(deps, tenant, at.runs, bounds) };
}

async function activityIn(
  deps: LogDeps,
  tenant: TenantRef,
  question: Asked<'activity'>,
): Promise<AnswerTo<'activity'>> {
  const { bounds, logged } = await rangeOf(deps, tenant, question.range);
  const { runs, from, to, holes } = logged;
  const { samples, unrouted } = activityOf(runs, tenant, bounds);
  const found = { unrouted: [...unrouted], holes: [...holes] };
  if (from === undefined || to === undefined || from > to) return { ...found, sizeMs: 0, buckets: [] };
  const range: TimeRange = { from, to };
  const sizeMs = question.bucketMs ?? bucketSize(range);
  const count = bucketCount(range, sizeMs);
  if (count > MOST_BUCKETS) {
    throw new InputError('bad-range', `The range has ${count} buckets of this size.`, {
      hint: 'Choose a larger --bucket, or a shorter range with --from and --to.',
    });
  }
  const buckets = histogram(samples, range, sizeMs, question.range.table);
  return { ...found, range, sizeMs, buckets: buckets.map(bucket => ({ ...bucket, largest: [...bucket.largest] })) };
}

async function transactionsIn(
  deps: LogDeps,
  tenant: TenantRef,
  { range, counts, context, sort, limit }: Asked<'transactions'>,
): Promise<AnswerTo<'transactions'>> {
  const filter = {
    ...{ table: range.table, counts: rangesOf(counts) },
    context: context === undefined ? undefined : parseContextFilter(context),
  };
  const { bounds, logged } = await rangeOf(deps, tenant, range);
  const { runs, holes } = logged;
  const found = await searchTransactions(deps, tenant, runs, { bounds, filter, sort, limit });
  const { unrouted } = activityOf(runs, tenant, bounds);
  return {
    ...{ transactions: found.transactions.map(summed), more: found.more, truncated: false },
    ...{ unrouted: [...unrouted], holes: [...holes] },
  };
}

function rangesOf(counts: Asked<'transactions'>['counts']): TransactionSearch['filter']['counts'] {
  const ranges = COUNTED.flatMap((counted): [string, CountRange][] => {
    const range = counts[counted];
    return range === undefined ? [] : [[counted, { least: range.least, most: range.most ?? Number.POSITIVE_INFINITY }]];
  });
  return Object.fromEntries(ranges);
}

async function suspectsIn(deps: LogDeps, tenant: TenantRef, range: AskedRange): Promise<AnswerTo<'suspects'>> {
  const { bounds, logged } = await rangeOf(deps, tenant, range);
  const transactions = await greatestTransactions(deps, tenant, logged.runs, bounds);
  return { transactions: transactions.map(summed) };
}

async function oneTransaction(
  deps: LogDeps,
  tenant: TenantRef,
  { transaction: named, table }: Asked<'transaction'>,
): Promise<AnswerTo<'transaction'>> {
  const at = await recoveryMaterial(deps, tenant);
  const position = await namedCommit(deps, at, named);
  const { transaction, unrouted } = await readTransaction(deps, at, position, { table, rows: 0 });
  return { ...(transaction && { transaction: summed(transaction) }), unrouted: [...unrouted] };
}

/** Without its rows: a truncate, a marker and a restore have none. */
function summed({ changes, tables, ...rest }: LoggedTransaction): SummedTransaction {
  const events = changes.flatMap(change =>
    change.op === 'truncate' || change.op === 'marker' || change.op === 'restore' ? [change] : [],
  );
  return { ...rest, changes: events, tables: [...tables] };
}
