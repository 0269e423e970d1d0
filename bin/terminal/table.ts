/**
 * Aligned tables: numbers right-aligned, a dim head, two spaces between columns, no trailing spaces. Where the terminal is
 * narrower, columns that may be missing are left out, a long last column is wrapped, and at last each row is listed by
 * itself: no cell is broken inside a word.
 */
import { PLAIN, padEnd, padStart, type Style, width } from './style.ts';
import { wrap } from './wrap.ts';

export interface Column {
  readonly head: string;
  readonly right?: boolean;
  /** Left out where there is no room; --json has it. */
  readonly optional?: boolean;
}

export interface TableOptions {
  readonly style?: Style;
  readonly indent?: number;
  /** Shown below a ruler. */
  readonly total?: readonly string[];
  /** Columns of the terminal. Default: no limit. */
  readonly columns?: number;
}

/** The last column is wrapped in no less than this. */
const LEAST_TEXT = 12;

export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const { style = PLAIN, indent = 2, total, columns: limit = Number.POSITIVE_INFINITY } = options;
  const all = [columns.map(column => column.head), ...rows, ...(total ? [total] : [])];
  const widthOf = (index: number) => Math.max(...all.map(row => width(row[index] ?? '')));
  const shown = fitting(columns, widthOf, limit - indent);
  const widths = shown.map(widthOf);
  const room = limit - indent - widths.slice(0, -1).reduce((sum, each) => sum + each + 2, 0);
  const last = columns[shown.at(-1)!]!;
  if (widths.at(-1)! > room && (last.right || room < LEAST_TEXT)) return stacked(columns, rows, { ...options, indent });
  widths[widths.length - 1] = Math.min(widths.at(-1)!, room);
  const line = (cells: readonly string[]) => {
    const padded = shown.map((index, place) => {
      const cell = cells[index] ?? '';
      const isLast = place === shown.length - 1;
      const text = isLast && width(cell) > room ? hanging(cell, room, limit - room) : cell;
      return (columns[index]!.right ? padStart : padEnd)(text, widths[place]!);
    });
    return ' '.repeat(indent) + padded.join('  ').trimEnd();
  };
  const ruler = ' '.repeat(indent) + style.dim('─'.repeat(widths.reduce((sum, each) => sum + each + 2, -2)));
  const lines = [style.dim(line(columns.map(column => column.head))), ...rows.map(line)];
  if (total) lines.push(ruler, style.bold(line(total)));
  return `${lines.join('\n')}\n`;
}

/** Places of the columns to show: as many of the optional ones, from the left, as there is room for. */
function fitting(columns: readonly Column[], widthOf: (index: number) => number, room: number): number[] {
  const shown = [...columns.keys()];
  const needed = () => shown.reduce((sum, index) => sum + widthOf(index) + 2, -2);
  while (needed() > room) {
    const place = shown.findLastIndex(index => columns[index]!.optional);
    if (place < 0) break;
    shown.splice(place, 1);
  }
  return shown;
}

function hanging(cell: string, room: number, indent: number): string {
  return wrap(cell, room).replaceAll('\n', `\n${' '.repeat(indent)}`);
}

/** The first cell as a heading, the others below it with their names. */
function stacked(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { style = PLAIN, indent = 2, total, columns: limit = 80 }: TableOptions,
): string {
  const named = (row: readonly string[]) =>
    columns.slice(1).flatMap(({ head }, index) => (row[index + 1] ? [`${head} ${row[index + 1]}`.trim()] : []));
  const block = (row: readonly string[]) =>
    `${' '.repeat(indent)}${style.bold(row[0] ?? '')}\n${wrap(named(row).join(', '), limit, ' '.repeat(indent + 4))}\n`;
  return [...rows, ...(total ? [total] : [])].map(block).join('');
}

/** `name  value` pairs with aligned values; a long value is wrapped where the terminal has `columns`. */
export function renderFacts(facts: readonly (readonly [string, string])[], options: TableOptions = {}): string {
  const { style = PLAIN, indent = 2, columns: limit = Number.POSITIVE_INFINITY } = options;
  const widest = Math.max(0, ...facts.map(([name]) => width(name)));
  const before = indent + widest + 2;
  return facts
    .map(([name, value]) => {
      const isWide = before + width(value) > limit;
      // A word that does not fit beside its name has a line of its own.
      if (isWide && !value.includes(' '))
        return `${' '.repeat(indent)}${style.dim(name)}\n${' '.repeat(indent + 2)}${value}\n`;
      const text = isWide ? hanging(value, limit - before, before) : value;
      return `${' '.repeat(indent)}${style.dim(padEnd(name, widest))}  ${text}\n`;
    })
    .join('');
}
