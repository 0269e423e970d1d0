/**
 * The three-way rule of an undo and a revert, for one table: what is taken back is the step from the staged state (`s`, just
 * before) to the baseline (`b`, just after), as far as the live rows (`l`) are still as it left them. Column by column: what
 * the step did not change keeps its live value, whatever that is. Invariant: a row in which something that the step wrote
 * has been changed since is left whole, and counted as `later`, unless the request overwrites.
 */
import type { ColumnSchema } from '../../domain/table-schema.ts';
import { equalValues, printed } from '../equality.ts';
import { columnReference } from '../sql.ts';
import { isByText } from './comparable-value.ts';
import type { DiffInput } from './diff.ts';
import { castName, isHeld } from './diff-casts.ts';
import type { DiffTable, MatchedColumn } from './diff-shape.ts';

/** Parts of the statement in difference-sql.ts. */
export interface ThreeWaySql {
  /** Joins the baseline, and what the step did, to the pair of staged and live row. */
  readonly join: string;
  /** Rows to take back. */
  readonly asked: string;
  /** Rows that the step wrote and that were changed since, or in between. */
  readonly later: string;
  /** Rows that are in the difference although both sides are equal. */
  readonly always: string;
  /** Whether this column (an SQL expression of its number) is to be written; undefined: all of them. */
  readonly writes: ((column: string) => string) | undefined;
}

const EVERYTHING: ThreeWaySql = { join: '', asked: 'true', later: 'false', always: 'false', writes: undefined };

export interface ThreeWay {
  readonly compared: readonly MatchedColumn[];
  readonly names: {
    /** Of the column that is true on a side that has the row. */
    readonly present: string;
    /** Of the column with the numbers of columns that cannot be read. */
    readonly bad: string;
    /** Aliases that no column has. */
    readonly step: string;
    readonly since: string;
  };
  /** The rows of the baseline in the form of the staged ones; undefined: no baseline, everything is asked for. */
  readonly baseline: string | undefined;
}

/** SQL condition: two sides print different values, as the difference itself compares. */
export function differing(match: MatchedColumn, left: string, right: string): string {
  const [a, b] = [columnReference(match.live.name, left), columnReference(match.live.name, right)];
  return `(record_image_ne(ROW(${a}), ROW(${b})) AND ${printed(a)} IS DISTINCT FROM ${printed(b)})`;
}

export function threeWaySql(
  { schema: casts, overwrite }: Pick<DiffInput, 'schema' | 'overwrite'>,
  table: DiffTable,
  { compared, names, baseline }: ThreeWay,
): ThreeWaySql {
  if (baseline === undefined) return EVERYTHING;
  const key = table.key.map(column => table.matched.find(({ live }) => live === column)!);
  const has = (alias: string) => `(${alias}.${names.present} IS NOT NULL)`;
  const those = (test: (match: MatchedColumn) => string) =>
    `array_remove(ARRAY[${compared.map(match => `CASE WHEN ${test(match)} THEN ${match.live.number} END`).join(', ')}]::int2[], NULL)`;
  // What cannot be read cannot be compared: it counts as changed, and is then refused as unreadable.
  const unread = ({ live }: MatchedColumn) =>
    `${live.number} OPERATOR(pg_catalog.=) ANY (s.${names.bad}) OR ${live.number} OPERATOR(pg_catalog.=) ANY (b.${names.bad})`;
  const [step, since] = [names.step, names.since];
  const did = `(${step}.rows OR ${step}.columns <> '{}' OR ${step}.clashes)`;
  // Of a row that is gone on both sides nothing is in the difference: it was taken back already.
  const changedSince = `(CASE WHEN ${step}.clashes THEN true WHEN NOT ${has('s')} THEN ${since}.changed <> '{}'
      WHEN NOT ${has('b')} THEN ${has('l')}
      ELSE NOT ${has('l')} OR ${since}.columns <> '{}' END)`;
  return {
    // OFFSET 0: computed once a row, not once for each column that asks.
    join: `LEFT JOIN (${baseline}) b ON ${sameRow(table, key, casts, ({ live }) => columnReference(live.name, 'b'))}
      CROSS JOIN LATERAL (SELECT ${has('s')} <> ${has('b')} AS rows,
        ${those(match => `${differing(match, 's', 'b')} OR ${unread(match)}`)} AS columns,
        ${clashes(table, casts)} AS clashes OFFSET 0) ${step}
      CROSS JOIN LATERAL (SELECT ${those(match => differing(match, 'l', 'b'))} AS changed,
        ${those(match => `${match.live.number} OPERATOR(pg_catalog.=) ANY (${step}.columns) AND ${differing(match, 'l', 'b')} AND ${differing(match, 'l', 's')}`)} AS columns OFFSET 0) ${since}`,
    asked: overwrite ? did : `(${did} AND NOT ${changedSince})`,
    later: overwrite ? 'false' : `(${did} AND ${changedSince})`,
    always: overwrite ? 'false' : `${step}.clashes`,
    // Of a row that the step left alone, everything that differs, for rows that depend on it.
    writes: column =>
      `(${step}.rows OR ${step}.columns = '{}' OR ${column} OPERATOR(pg_catalog.=) ANY (${step}.columns))`,
  };
}

/** By the key of the backup, which need not have the tenant column: it is unique among the tenant's rows. */
function clashes(table: DiffTable, casts: string): string {
  const { clashes: name, key } = table.staged;
  if (name === undefined) return 'false';
  const matches = key.map(column => table.matched.find(({ staged }) => staged.name === column));
  // A key of which a column is gone cannot be compared.
  if (!matches.every(match => match !== undefined)) return 'true';
  const value = (match: MatchedColumn) => {
    const own = columnReference(match.staged.name, 'x');
    return match.cast ? `${castName({ schema: casts }, table, match, 'c')}(${own})` : own;
  };
  return `EXISTS (SELECT 1 FROM ${name} x WHERE ${sameRow(table, matches, casts, value)})`;
}

/** SQL condition: a row with these values is the row of the pair, as the difference itself matches rows. */
function sameRow(
  table: DiffTable,
  key: readonly MatchedColumn[],
  casts: string,
  value: (match: MatchedColumn) => string,
): string {
  return key
    .map(match => {
      const { live } = match;
      const either = `coalesce(${columnReference(live.name, 's')}, ${columnReference(live.name, 'l')})`;
      if (!isByText(match)) return equalValues(live, either, value(match));
      if (isHeld(match) || hasSameText(live)) return `${either} = ${value(match)}`;
      const read = castName({ schema: casts }, table, match, 'i');
      return equalValues(live, `${read}(${either})`, `${read}(${value(match)})`);
    })
    .join(' AND ');
}

/** Equal values have the same printed text. */
export function hasSameText({ equality }: ColumnSchema): boolean {
  return equality === undefined || equality.canonical === 'text';
}
