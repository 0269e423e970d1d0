/** One transaction for people: its sums, every row that it changed as far as asked, and the commands that follow. */
import type { TableSum } from '../../lib/domain/activity.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';
import type { LoggedTransaction } from '../../lib/operations/log/describe-log.ts';
import { isPartialUpdate, LINE, renderChange, renderSum, renderUnrouted, UNKNOWN_BEFORE } from './change-text.ts';
import { exactMoment, plural, printable } from './format.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

interface TransactionPage {
  readonly tenant: string;
  readonly table: string | undefined;
  readonly transaction: LoggedTransaction | undefined;
  readonly unrouted: readonly TableSum[];
  /** Whether the caller was shown rows. */
  readonly withRows: boolean;
}

interface Reading {
  readonly style: Style;
  zone(): string;
  command(words: string): string;
}

export function renderTransaction(page: TransactionPage, { style, zone, command }: Reading): string {
  const { transaction, unrouted, tenant, table } = page;
  const where = table === undefined ? '' : ` of ${printable(table, 60)}`;
  const sections = [
    transaction === undefined
      ? `No changes${where} of this transaction are known to be of this tenant.\n`
      : renderKnown(transaction, page.withRows, style, zone()),
    ...(unrouted.length === 0 ? [] : [`${renderUnrouted({ transactions: 1, tables: unrouted }, style)}\n`]),
    ...(transaction === undefined ? [] : [renderNext(tenant, transaction, { style, command })]),
  ];
  return sections.join('\n');
}

function renderKnown(transaction: LoggedTransaction, withRows: boolean, style: Style, zone: string): string {
  const { xid, lsn, time, total, changes, tables, context } = transaction;
  const said = Object.entries(context ?? {}).map(([key, value]) =>
    wrap(`${style.dim(printable(key, 40))} ${printable(value, 400)}`, LINE, '  '),
  );
  const left = total - changes.length;
  const rest = withRows ? 'raise --limit, or choose a --table' : 'with --direct, and the right to read rows';
  return `${[
    `Transaction ${style.bold(String(xid))} committed at ${style.bold(exactMoment(time, zone))}  ${style.dim(lsn)}`,
    ...said,
    '',
    ...tables.map(sum => renderSum(sum, style)),
    '',
    ...changes.map(change => `  ${renderChange(change, style)}`),
    ...(left > 0 ? [`  ${style.dim(`… and ${plural(left, 'more row')}: ${rest}`)}`] : []),
    ...(changes.some(isPartialUpdate) ? ['', style.dim(UNKNOWN_BEFORE)] : []),
  ].join('\n')}\n`;
}

function renderNext(
  tenant: string,
  { lsn }: LoggedTransaction,
  { style, command }: Pick<Reading, 'style' | 'command'>,
): string {
  const name = shellWord(printable(tenant));
  return [
    style.dim('Take back only what it did, and keep what came later:'),
    `  ${style.bold(command(`revert ${name} --transaction ${lsn} --dry-run`))}`,
    style.dim('Everything that changed since, as a restore to just before it would undo it:'),
    `  ${style.bold(command(`diff ${name} --to before:${lsn}`))}\n`,
  ].join('\n');
}
