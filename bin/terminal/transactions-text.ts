/** Transactions of a tenant: when, which, how much of which table, and what the application said about them. */
import type { TableSum } from '../../lib/domain/activity.ts';
import type { TimeRange } from '../../lib/domain/activity-histogram.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';
import type { LoggedTransaction } from '../../lib/operations/log/describe-log.ts';
import { LINE, renderSum, renderUnrouted } from './change-text.ts';
import { contextLine } from './context-text.ts';
import { count, exactMoment, moment, plural, printable } from './format.ts';
import type { Style } from './style.ts';

/** Tables of one transaction. */
const SHOWN_TABLES = 4;

interface TransactionList {
  readonly tenant: string;
  readonly transactions: readonly LoggedTransaction[];
  readonly more: boolean;
  /** There are more than one answer of an installation holds. */
  readonly truncated: boolean;
  readonly unrouted: readonly TableSum[];
  readonly holes: readonly TimeRange[];
}

interface Reading {
  readonly style: Style;
  zone(): string;
  command(words: string): string;
}

/** For programs: the number of changes instead of the changes. */
export function transactionDocument({ changes: _changes, total, ...rest }: LoggedTransaction) {
  return { ...rest, changes: total };
}

export function renderTransactions(list: TransactionList, { style, zone, command }: Reading): string {
  const { tenant, transactions, more, truncated, unrouted, holes } = list;
  const first = transactions[0];
  const next = first && command(`show-transaction ${shellWord(printable(tenant))} ${first.xid}`);
  const sections = [
    ...transactions.map(transaction => renderOne(transaction, style, zone())),
    ...(transactions.length === 0 ? ['No such transaction of this tenant in this range.\n'] : []),
    ...(truncated
      ? [`${style.warn('!')} Truncated, more than one answer holds: narrow the range with --from and --to.\n`]
      : []),
    ...(more && !truncated ? [`${style.dim('There are more: narrow the range, or raise --limit.')}\n`] : []),
    ...(next === undefined ? [] : [`${style.dim('Show the first one with')}  ${style.bold(next)}\n`]),
    ...(unrouted.length === 0 ? [] : [`${renderUnrouted({ tables: unrouted }, style)}\n`]),
    ...holes.map(hole => `${style.bad('✗')} No log from ${moment(hole.from, zone())} to ${moment(hole.to, zone())}.\n`),
  ];
  return sections.join('\n');
}

function renderOne(transaction: LoggedTransaction, style: Style, zone: string): string {
  const { lsn, xid, time, total, tables } = transaction;
  const facts = `${lsn}  xid ${xid}  ${plural(total, 'change')}`;
  const context = contextLine(transaction.context, LINE - 2);
  const largest = [...tables].sort((a, b) => sizeOf(b) - sizeOf(a));
  const left = largest.length - SHOWN_TABLES;
  return `${[
    `${style.bold(exactMoment(time, zone))}  ${style.dim(facts)}`,
    ...(context === '' ? [] : [`  ${style.accent(context)}`]),
    ...largest.slice(0, SHOWN_TABLES).map(sum => renderSum(sum, style)),
    ...(left > 0 ? [`  ${style.dim(`… ${count(left)} more tables`)}`] : []),
  ].join('\n')}\n`;
}

function sizeOf(sum: TableSum): number {
  return sum.truncate > 0 ? Number.POSITIVE_INFINITY : sum.insert + sum.update + sum.delete;
}
