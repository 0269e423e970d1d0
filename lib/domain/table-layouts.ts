/**
 * The attribute numbers of the columns in a Relation message of the log. The message has names but no numbers;
 * numbers are assigned in ascending order and never reused, so the columns between two sightings of a table can be
 * narrowed down. Invariant: a result is the only possible one; an ambiguous case has none.
 */
import type { TableLayout } from './table-trace.ts';

interface ListedColumn {
  readonly name: string;
  readonly typeOid: number;
}

type Column = TableLayout['columns'][number];

/** Combinations are tried for at most this many dropped columns. */
const MOST_DROPPED = 8;

/** Attribute numbers of the listed columns, written between two sightings; undefined if ambiguous. */
export function provenLayout(
  listed: readonly ListedColumn[],
  before: TableLayout,
  now: TableLayout,
): readonly number[] | undefined {
  if (vanished(before, now)) return undefined;
  const possible = layoutsBetween(before, now).filter(columns => columns.length === listed.length);
  if (possible.length === 1) return possible[0];
  const fits = (number: number, place: number) => {
    const known = [find(before, number), find(now, number)].filter(column => column !== undefined);
    return (
      known.some(column => column.name === listed[place]!.name) &&
      known.some(column => column.typeOid === listed[place]!.typeOid) &&
      !renamedAndBack(known)
    );
  };
  const fitting = possible.filter(numbers => numbers.every(fits));
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** A column was added and dropped within the interval: its name is unknown. */
function vanished(before: TableLayout, now: TableLayout): boolean {
  const present = new Set([...now.columns.map(column => column.number), ...now.unlogged]);
  for (let number = before.last + 1; number <= now.last; number++) if (!present.has(number)) return true;
  return false;
}

/** Columns are dropped in any order and added in the order of their numbers. */
function layoutsBetween(before: TableLayout, now: TableLayout): number[][] {
  const staying = before.columns.filter(column => find(now, column.number)).map(column => column.number);
  const dropped = before.columns.filter(column => !find(now, column.number)).map(column => column.number);
  const added = now.columns.filter(column => !find(before, column.number)).map(column => column.number);
  if (dropped.length > MOST_DROPPED) return [];
  const layouts: number[][] = [];
  for (let left = 0; left < 1 << dropped.length; left++) {
    const still = dropped.filter((_, index) => left & (1 << index));
    for (let count = 0; count <= added.length; count++)
      layouts.push([...staying, ...still, ...added.slice(0, count)].sort((a, b) => a - b));
  }
  return layouts;
}

/** The same name on both sides, but the catalog row was written in between: it may have had another name. */
function renamedAndBack(known: readonly Column[]): boolean {
  const [then, now] = known;
  return then !== undefined && now !== undefined && then.name === now.name && then.xmin !== now.xmin;
}

function find(layout: TableLayout, number: number): Column | undefined {
  return layout.columns.find(column => column.number === number);
}
