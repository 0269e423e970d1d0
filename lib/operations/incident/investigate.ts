/**
 * Answers questions about a tenant's log without the values of rows: on this machine, and on AWS for operators, who may
 * not read the log themselves. The summaries of runs are read first, and then only the segments that can matter.
 */

import { totalOf } from '../../domain/activity.ts';
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
import type { Lsn } from '../../domain/lsn.ts';
import { parseTarget } from '../../domain/recovery-target.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { parseContextFilter } from '../../domain/transaction-context.ts';
import { COUNTED, type CountRange, countedOf } from '../../domain/transaction-filter.ts';
import { type RecoveryMaterial, recoveryMaterial } from '../catalog/recovery-material.ts';
import type { LoggedTransaction } from '../log/describe-log.ts';
import { activityOf, loggedRange } from '../log/read-activity.ts';
import { type LogDeps, mergePositions, revertPositions } from '../restore/apply/revert-positions.ts';
import { findTransaction } from '../restore/target/find-transaction.ts';
import { boundsOf } from './log-bounds.ts';
import { readTransaction } from './read-transaction.ts';
import { searchTransactions, type TransactionSearch } from './search-transactions.ts';

/** More lines than a person reads, or a terminal keeps. */
const MOST_BUCKETS = 2000;
/** Transactions with the most deletes, updates and inserts. */
const SUSPECTS_OF_EACH = 3;

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
  const bounds = await boundsOf(deps, at, range);
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

/** What changed most: deletes first, since they are what people miss. */
async function suspectsIn(deps: LogDeps, tenant: TenantRef, range: AskedRange): Promise<AnswerTo<'suspects'>> {
  const { bounds, logged } = await rangeOf(deps, tenant, range);
  const found = new Map<string, SummedTransaction>();
  for (const sort of ['deletes', 'updates', 'inserts'] as const) {
    const filter = { table: range.table, counts: {}, context: undefined };
    const search = { bounds, filter, sort, limit: SUSPECTS_OF_EACH };
    const { transactions } = await searchTransactions(deps, tenant, logged.runs, search);
    for (const each of transactions) if (countedOf(totalOf(each.tables), sort) > 0) found.set(each.lsn, summed(each));
  }
  return { transactions: [...found.values()] };
}

async function oneTransaction(
  deps: LogDeps,
  tenant: TenantRef,
  { transaction: named, table }: Asked<'transaction'>,
): Promise<AnswerTo<'transaction'>> {
  const at = await recoveryMaterial(deps, tenant);
  const position = await commitPosition(deps, at, named);
  const { transaction, unrouted } = await readTransaction(deps, at, position, { table, rows: 0 });
  return { ...(transaction && { transaction: summed(transaction) }), unrouted: [...unrouted] };
}

/** Of a transaction by its id, or by the position itself. InputError `bad-transaction`; TargetError; IntegrityError. */
export async function commitPosition(deps: LogDeps, at: RecoveryMaterial, named: string): Promise<Lsn> {
  if (/^\d{1,10}$/.test(named)) return (await findTransaction(deps, at, Number(named))).lsn;
  const isPosition = /^(?:\d{1,3}:)?[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/i.test(named);
  const target = isPosition ? parseTarget(named, { now: deps.clock.now(), timeZone: 'UTC' }) : undefined;
  if (target?.kind === 'lsn') return target.lsn;
  throw new InputError('bad-transaction', 'This is neither the id of a transaction nor the position of a commit.', {
    hint: 'Write an id like 81244 or an LSN like 16/B374D848: `holdfast transactions TENANT` lists both.',
  });
}

/** Without its rows: a truncate, a marker and a restore have none. */
function summed({ changes, tables, ...rest }: LoggedTransaction): SummedTransaction {
  const events = changes.flatMap(change =>
    change.op === 'truncate' || change.op === 'marker' || change.op === 'restore' ? [change] : [],
  );
  return { ...rest, changes: events, tables: [...tables] };
}
