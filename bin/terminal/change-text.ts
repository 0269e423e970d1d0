/** Changes of rows for people: signs, keys and values of the log on lines of at most 80 columns. */
import type { TableSum } from '../../lib/domain/activity.ts';
import type { LogChange, LogValues } from '../../lib/operations/log/describe-changes.ts';
import type { UnroutedChanges } from '../../lib/operations/log/describe-log.ts';
import { count, plural, printable } from './format.ts';
import type { Style } from './style.ts';

/** Columns of a line. */
export const LINE = 80;
const SHOWN_COLUMNS = 4;

/** Reports what is not shown: only a restore determines which tenant these changes belong to. */
export function renderUnrouted(
  { transactions, tables }: Pick<UnroutedChanges, 'tables'> & Partial<UnroutedChanges>,
  style: Style,
): string {
  const where = transactions === undefined ? '' : ` in ${plural(transactions, 'transaction')}`;
  return [
    `${style.warn('!')} Not shown: changes${where} whose tenant the log does not know`,
    '  (of all tenants together). Each restore determines which are its own.',
    ...tables.map(sum => renderSum(sum, style)),
  ].join('\n');
}

/** `public.invoices  +3 ~1 −2`. */
export function renderSum(sum: TableSum, style: Style): string {
  const parts = [...(sum.truncate > 0 ? [style.bad('✗ truncated')] : []), ...countParts(sum, style)];
  return `  ${style.bold(printable(sum.table))}  ${parts.join(' ')}`;
}

/** `+3`, `~1`, `−2`: those that are not zero. */
export function countParts(rows: Pick<TableSum, 'insert' | 'update' | 'delete'>, style: Style): string[] {
  return [
    ...(rows.insert > 0 ? [style.good(`+${count(rows.insert)}`)] : []),
    ...(rows.update > 0 ? [style.warn(`~${count(rows.update)}`)] : []),
    ...(rows.delete > 0 ? [style.bad(`−${count(rows.delete)}`)] : []),
  ];
}

export const UNKNOWN_BEFORE =
  '≈: the log does not hold the previous values, so the columns shown may include\n  some that did not change.';

export function isPartialUpdate(change: LogChange): boolean {
  return change.op === 'update' && change.partial === true;
}

/** One line of at most LINE columns, unless the names alone are longer. */
export function renderChange(change: LogChange, style: Style): string {
  switch (change.op) {
    case 'insert':
      return rowLine(style.good('+'), change.table, [{ parts: valuesOf(change.row), paint: style.good }]);
    case 'delete':
      return rowLine(style.bad('−'), change.table, [{ parts: valuesOf(change.row ?? change.key), paint: style.bad }]);
    case 'update':
      return rowLine(style.warn(isPartialUpdate(change) ? '≈' : '~'), change.table, [
        { parts: valuesOf(change.key), paint: plain },
        { parts: changesOf(change.row, change.before), paint: plain },
      ]);
    case 'truncate':
      return `${style.bad('✗ truncated')} ${printable(change.table)}`;
    case 'marker':
      return `${style.accent('◆ marker')} ${printable(change.name)}`;
    case 'restore':
      return `${style.accent('↺ restore')} ${printable(change.id)}`;
  }
}

const plain = (words: string) => words;

interface Words {
  readonly parts: readonly string[];
  readonly paint: (words: string) => string;
}

function rowLine(sign: string, table: string, words: readonly Words[]): string {
  const name = printable(table);
  let room = LINE - '  + '.length - name.length - 2 * words.length;
  const fitted = words.map(({ parts, paint }, index) => {
    // The later parts keep their share.
    const line = limited(parts, Math.floor(room / (words.length - index)));
    room -= line.length;
    return paint(line);
  });
  return [`${sign} ${name}`, ...fitted].join('  ');
}

function valuesOf(row: LogValues): string[] {
  return Object.entries(row).map(([name, value]) => `${printable(name)} ${text(value)}`);
}

function changesOf(row: LogValues, before: LogValues): string[] {
  const columns = Object.entries(row);
  if (columns.length === 0) return ['no column'];
  return columns.map(
    ([name, value]) => `${printable(name)} ${name in before ? `${text(before[name]!)} → ` : ''}${text(value)}`,
  );
}

/** The first parts that fit; at least one, which is truncated if necessary. */
function limited(parts: readonly string[], room: number): string {
  for (let shown = Math.min(parts.length, SHOWN_COLUMNS); shown > 1; shown--) {
    const line = some(parts, shown);
    if (line.length <= room) return line;
  }
  const alone = some(parts, 1);
  const over = alone.length - Math.max(room, SHORTEST);
  return over <= 0
    ? alone
    : some([printable(parts[0]!, Math.max(parts[0]!.length - over, SHORTEST)), ...parts.slice(1)], 1);
}

const SHORTEST = 12;

function some(parts: readonly string[], shown: number): string {
  const left = parts.length - shown;
  return `${parts.slice(0, shown).join(', ')}${left > 0 ? `, … ${left} more` : ''}`;
}

function text(value: string | null): string {
  return value === null ? 'NULL' : printable(value, 40);
}
