/** One transaction for people: its sums, every row that it changed as far as asked, and the commands that follow. */
import type { TableSum } from '../../lib/domain/activity.ts';
import type { LoggedTransaction } from '../../lib/operations/log/describe-log.ts';
import { isPartialUpdate, LINE, renderChange, renderSum, renderUnrouted, UNKNOWN_BEFORE } from './change-text.ts';
import { exactMoment, plural, printable } from './format.ts';
import { shellWord } from './shell-word.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

interface TransactionPage {
  readonly tenant: string;
  readonly table: string | undefined;
  readonly transaction: LoggedTransaction | undefined;
  readonly unrouted: readonly TableSum[];
}

interface Reading {
  readonly style: Style;
  zone(): string;
}

export function renderTransaction(page: TransactionPage, { style, zone }: Reading): string {
  const { transaction, unrouted, tenant, table } = page;
  const where = table === undefined ? '' : ` of ${printable(table, 60)}`;
  const sections = [
    transaction === undefined
      ? `No changes${where} of this transaction are known to be of this tenant.\n`
      : renderKnown(transaction, style, zone()),
    ...(unrouted.length === 0 ? [] : [`${renderUnrouted({ transactions: 1, tables: unrouted }, style)}\n`]),
    ...(transaction === undefined ? [] : [renderNext(tenant, transaction, style)]),
  ];
  return sections.join('\n');
}

function renderKnown(transaction: LoggedTransaction, style: Style, zone: string): string {
  const { xid, lsn, time, total, changes, tables, context } = transaction;
  const said = Object.entries(context ?? {}).map(([key, value]) =>
    wrap(`${style.dim(printable(key, 40))} ${printable(value, 400)}`, LINE, '  '),
  );
  const left = total - changes.length;
  return `${[
    `Transaction ${style.bold(String(xid))} committed at ${style.bold(exactMoment(time, zone))}  ${style.dim(lsn)}`,
    ...said,
    '',
    ...tables.map(sum => renderSum(sum, style)),
    '',
    ...changes.map(change => `  ${renderChange(change, style)}`),
    ...(left > 0 ? [`  ${style.dim(`… and ${plural(left, 'more row')}: raise --limit, or choose a --table`)}`] : []),
    ...(changes.some(isPartialUpdate) ? ['', style.dim(UNKNOWN_BEFORE)] : []),
  ].join('\n')}\n`;
}

function renderNext(tenant: string, { lsn }: LoggedTransaction, style: Style): string {
  const name = shellWord(printable(tenant));
  return [
    style.dim('Take back only what it did, and keep what came later:'),
    `  ${style.bold(`holdfast revert ${name} --transaction ${lsn} --dry-run`)}`,
    style.dim('Everything that changed since, as a restore to just before it would undo it:'),
    `  ${style.bold(`holdfast diff ${name} --to before:${lsn}`)}\n`,
  ].join('\n');
}
