/** The steps of `incident` as text. */
import type { Preview } from '../../lib/domain/preview.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';
import type { WayBack, WayName } from '../../lib/operations/incident/ways-back.ts';
import type { LoggedTransaction } from '../../lib/operations/log/describe-log.ts';
import { countParts, LINE, renderSum } from './change-text.ts';
import { contextLine } from './context-text.ts';
import { duration, exactMoment, plural, printable } from './format.ts';
import type { RangeOptions } from './log-range.ts';
import type { Session } from './session.ts';

type Look = Pick<Session, 'style' | 'zone' | 'command'>;

const command = (look: Look, words: string) => `  ${look.style.dim('$')} ${look.style.bold(look.command(words))}`;
const named = (tenant: string) => shellWord(printable(tenant));

export function renderCandidates(
  found: readonly LoggedTransaction[],
  tenant: string,
  { from, to }: Pick<RangeOptions, 'from' | 'to'>,
  look: Look,
): string {
  const range = Object.entries({ from, to }).flatMap(([name, text]) =>
    text === undefined ? [] : [` --${name} ${shellWord(text)}`],
  );
  const head = look.style.bold(`What tenant ${printable(tenant, 60)} changed most`);
  const lines = found.map((transaction, index) => renderCandidate(transaction, index + 1, look));
  const nothing = found.length === 0 ? ['  Nothing was changed in this time.'] : [];
  return `${[head, command(look, `activity ${named(tenant)}${range.join('')}`), ...nothing, ...lines].join('\n')}\n`;
}

function renderCandidate(
  { xid, time, tables, context }: LoggedTransaction,
  number: number,
  { style, zone }: Look,
): string {
  const about = contextLine(context, LINE - 5);
  return [
    `${style.accent(String(number).padStart(3))}  ${style.bold(exactMoment(time, zone()))}  ${style.dim(`xid ${xid}`)}`,
    ...(about === '' ? [] : [`     ${style.accent(about)}`]),
    ...tables.slice(0, 3).map(sum => `   ${renderSum(sum, style)}`),
    ...(tables.length > 3 ? [`     ${style.dim(`and ${plural(tables.length - 3, 'more table')}`)}`] : []),
  ].join('\n');
}

export function renderTransactionStep(transaction: LoggedTransaction, tenant: string, look: Look): string {
  const { style, zone } = look;
  const { xid, lsn, time, tables, context, total } = transaction;
  const about = contextLine(context, LINE - 2);
  return `${[
    '',
    style.bold(`Transaction ${xid}`),
    command(look, `show-transaction ${named(tenant)} ${xid}`),
    `  ${exactMoment(time, zone())}  ${style.dim(`${lsn}  ${plural(total, 'change')}`)}`,
    ...(about === '' ? [] : [`  ${style.accent(about)}`]),
    ...tables.map(sum => renderSum(sum, style)),
  ].join('\n')}\n`;
}

export function renderWaysHead({ style }: Look): string {
  return style.bold('Ways back, the smallest first');
}

const WAY_TEXTS: Readonly<Record<WayName, string>> = {
  revert: 'take back what it did; later changes stay',
  'missing-only': 'bring back only rows that are gone',
  tables: 'its tables as they were just before; later changes to them are lost',
  everything: 'everything as it was just before; all later changes are lost',
};

interface Of {
  readonly tenant: string;
  readonly transaction: LoggedTransaction;
}

export function renderWay(way: WayBack, number: number, { tenant, transaction }: Of, look: Look): string {
  const { style } = look;
  return [
    `${style.accent(String(number).padStart(3))}  ${WAY_TEXTS[way.way]}`,
    `     ${effectOf(way, look)}`,
    `   ${command(look, commandOfWay(way, tenant, transaction))}`,
  ].join('\n');
}

function effectOf({ preview, refused }: WayBack, { style }: Look): string {
  if (refused) return style.bad(`not possible: ${printable(refused.message, 200)}`);
  if (!preview) return style.dim('compared on AWS when you choose it, before anything is changed');
  const { inserts, updates, deletes } = preview.totals;
  const parts = countParts({ insert: inserts, update: updates, delete: deletes }, style);
  const rows = parts.length === 0 ? 'nothing differs' : `${parts.join(' ')} rows`;
  return `${rows}, ${conflictsOf(preview, style)}about ${duration(preview.measured.stageMs + preview.predictedApplyMs)}`;
}

function conflictsOf({ conflicts }: Preview, style: Look['style']): string {
  const blocking = conflicts.filter(conflict => conflict.blocking).length;
  const left = conflicts.filter(({ code }) => code === 'changed-since').reduce((sum, { count: rows }) => sum + rows, 0);
  const parts = [
    ...(blocking > 0 ? [style.bad(plural(blocking, 'blocking conflict'))] : []),
    ...(left > 0 ? [style.warn(`${plural(left, 'row')} changed since and left alone`)] : []),
  ];
  return parts.map(part => `${part}, `).join('');
}

/** The words of the command line that goes this way, without the program's name. */
export function commandOfWay({ way }: WayBack, tenant: string, { xid, tables }: LoggedTransaction): string {
  const only = tables.map(({ table }) => ` --table ${shellWord(table)}`).join('');
  switch (way) {
    case 'revert':
      return `revert ${named(tenant)} --transaction ${xid}`;
    case 'missing-only':
      return `restore ${named(tenant)} --to before:${xid}${only} --mode missing-only`;
    case 'tables':
      return `restore ${named(tenant)} --to before:${xid}${only}`;
    case 'everything':
      return `restore ${named(tenant)} --to before:${xid}`;
  }
}
