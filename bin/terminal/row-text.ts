/** Rows, their changes and the transactions behind them, as lines of at most 80 columns. Values are printed safely. */
import type { RowChange, RowTextsByColumn, RowTransaction } from '../../lib/domain/row-life.ts';
import { contextLine } from './context-text.ts';
import { exactMoment, printable } from './format.ts';
import type { Style } from './style.ts';

/** How lines look to this reader. */
export interface RowReading {
  readonly style: Style;
  readonly zone: string;
}

export const LINE_COLUMNS = 80;
const VALUE_COLUMNS = 30;

/** `2026-03-01 10:04:59.123456Z  xid 741  16/B374D848`. */
export function transactionText(transaction: RowTransaction | null, { style, zone }: RowReading): string {
  if (transaction === null) return style.dim('at a moment that the log does not tell');
  const { time, xid, lsn } = transaction;
  return `${style.bold(exactMoment(time, zone))}  ${style.dim(`xid ${xid}  ${lsn}`)}`;
}

/** What the application said; nothing where it said nothing. */
export function contextText(transaction: RowTransaction | null, { style }: RowReading, indent: string): string {
  const line = contextLine(transaction?.context, LINE_COLUMNS - indent.length);
  return line === '' ? '' : `${indent}${style.dim(line)}\n`;
}

/** `id 17, status open`: as many as fit into the columns, and how many do not. */
export function valuesText(values: RowTextsByColumn, room: number): string {
  return fitted(
    Object.entries(values).map(([name, value]) => `${printable(name, VALUE_COLUMNS)} ${shownValue(value)}`),
    room,
  );
}

/** `status: open → void`. */
export function changesText(changes: NonNullable<RowChange['changes']>, room: number): string {
  const parts = Object.entries(changes).map(
    ([name, { before, after }]) => `${printable(name, VALUE_COLUMNS)}: ${shownValue(before)} → ${shownValue(after)}`,
  );
  return parts.length === 0 ? 'no column changed' : fitted(parts, room);
}

/** The command and each of its options, with what follows them. What is quoted is not divided. */
function optionsOf(command: string): string[] {
  const parts: string[] = [];
  for (const word of command.match(/(?:'[^']*'|\\'|[^\s'])+/g) ?? []) {
    if (parts.length === 0 || word.startsWith('--')) parts.push(word);
    else parts[parts.length - 1] += ` ${word}`;
  }
  return parts;
}

/** A command that is longer than a line, to be pasted as it is. */
export function commandText(command: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const part of optionsOf(command)) {
    if (line !== '' && indent.length + line.length + part.length + 3 > LINE_COLUMNS) {
      lines.push(`${line} \\`);
      line = `    ${part}`;
    } else line = line === '' ? part : `${line} ${part}`;
  }
  return `${[...lines, line].map(each => indent + each).join('\n')}\n`;
}

export function shownValue(value: string | null): string {
  return value === null ? 'NULL' : value === '' ? "''" : printable(value, VALUE_COLUMNS);
}

function fitted(parts: readonly string[], room: number): string {
  for (let shown = parts.length; shown > 1; shown--) {
    const left = parts.length - shown;
    const line = `${parts.slice(0, shown).join(', ')}${left > 0 ? `, … ${left} more` : ''}`;
    if (line.length <= room) return line;
  }
  const rest = parts.length > 1 ? `, … ${parts.length - 1} more` : '';
  return `${printable(parts[0] ?? '', Math.max(12, room - rest.length))}${rest}`;
}
