/** Aligned tables: numbers right-aligned, a dim head, two spaces between columns, no trailing spaces. */
import { PLAIN, padEnd, padStart, type Style, width } from './style.ts';

export interface Column {
  readonly head: string;
  readonly right?: boolean;
}

export interface TableOptions {
  readonly style?: Style;
  readonly indent?: number;
  /** Shown below a ruler. */
  readonly total?: readonly string[];
}

export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const { style = PLAIN, indent = 2, total } = options;
  const all = [columns.map(column => column.head), ...rows, ...(total ? [total] : [])];
  const widths = columns.map((_, index) => Math.max(...all.map(row => width(row[index] ?? ''))));
  const line = (cells: readonly string[]) =>
    ' '.repeat(indent) +
    columns
      .map((column, index) => (column.right ? padStart : padEnd)(cells[index] ?? '', widths[index]!))
      .join('  ')
      .trimEnd();
  const ruler = ' '.repeat(indent) + style.dim('─'.repeat(widths.reduce((sum, each) => sum + each + 2, -2)));
  const lines = [style.dim(line(columns.map(column => column.head))), ...rows.map(line)];
  if (total) lines.push(ruler, style.bold(line(total)));
  return `${lines.join('\n')}\n`;
}

/** `name  value` pairs with aligned values. */
export function renderFacts(facts: readonly (readonly [string, string])[], options: TableOptions = {}): string {
  const { style = PLAIN, indent = 2 } = options;
  const widest = Math.max(0, ...facts.map(([name]) => width(name)));
  return facts.map(([name, value]) => `${' '.repeat(indent)}${style.dim(padEnd(name, widest))}  ${value}\n`).join('');
}
