/**
 * Temporal foreign keys (FOREIGN KEY … PERIOD, PostgreSQL 18): a row needs parents with periods that together cover
 * its own, not one equal parent. Invariant: the same check before the write, on the future rows, and after it, on the
 * actual rows.
 */
import { columnReference, fromTable } from '../sql.ts';
import { type DiffSet, nameOf, sameKey } from './diff.ts';
import type { Link } from './diff-catalog.ts';
import { matchedColumns } from './diff-closure.ts';
import type { DiffTable } from './diff-shape.ts';

/** SQL of a column of a row, by its position in the constraint. */
type Column = (place: number) => string;

/** SQL: rows to write that no parents will cover. Undefined if the backup lacks a column. */
export function uncoveredWrites(diff: DiffSet, child: DiffTable, link: Link): string | undefined {
  const columns = matchedColumns(child, link.columns);
  if (!columns) return undefined;
  const value: Column = place => `c.n${columns[place]!.number}`;
  const filled = columns.map((_, place) => `${value(place)} IS NOT NULL`).join(' AND ');
  return `SELECT count(*) AS n FROM ${nameOf(diff, child)} c
    WHERE c.op IN ('i', 'u') AND ${filled} AND NOT ${covered(diff, link, value, true)}`;
}

/** SQL: live rows that lose their cover and are not written themselves. */
export function uncoveredChildren(diff: DiffSet, parent: DiffTable, link: Link): string | undefined {
  const referenced = matchedColumns(parent, link.referencedColumns);
  if (!referenced) return undefined;
  const child = diff.shape.tables.find(table => table.live.oid === link.childOid);
  const value: Column = place => columnReference(link.columns[place]!, 'c');
  const handled = child
    ? `AND NOT EXISTS (SELECT 1 FROM ${nameOf(diff, child)} w WHERE w.op IN ('d', 'u') AND ${sameKey(child, 'w', 'c')})`
    : '';
  return `SELECT count(*) AS n FROM ${childOf(link)} AS c WHERE ${touches(diff, parent, referenced, value)} ${handled}
    AND NOT ${covered(diff, link, value, true)}`;
}

/** SQL, after the writes: rows that were written, or lost a parent, and are not covered now. */
export function uncoveredNow(diff: DiffSet, table: DiffTable, link: Link): string | undefined {
  const value: Column = place => columnReference(link.columns[place]!, 'c');
  const filled = link.columns.map((_, place) => `${value(place)} IS NOT NULL`).join(' AND ');
  const open = `${filled} AND NOT ${covered(diff, link, value, false)}`;
  if (link.childOid === table.live.oid)
    return `SELECT count(*) AS n FROM ${nameOf(diff, table)} d JOIN ${childOf(link)} AS c ON ${sameKey(table, 'd', 'c')}
      WHERE d.op IN ('i', 'u') AND ${open}`;
  const referenced = matchedColumns(table, link.referencedColumns);
  return (
    referenced &&
    `SELECT count(*) AS n FROM ${childOf(link)} AS c WHERE ${touches(diff, table, referenced, value)} AND ${open}`
  );
}

const childOf = (link: Link) => fromTable({ table: link.child, kind: link.childKind });

/** SQL condition: a parent that may cover the row is deleted or changed. */
function touches(diff: DiffSet, parent: DiffTable, referenced: readonly { number: number }[], value: Column): string {
  const same = referenced.map(
    (column, place) => `z.o${column.number} ${place === referenced.length - 1 ? '&&' : '='} ${value(place)}`,
  );
  return `EXISTS (SELECT 1 FROM ${nameOf(diff, parent)} z WHERE z.op IN ('d', 'u') AND ${same.join(' AND ')})`;
}

/** SQL condition: the live or the future parents cover the row's period. */
function covered(diff: DiffSet, link: Link, value: Column, afterwards: boolean): string {
  const parent = diff.shape.tables.find(table => table.live.oid === link.parentOid);
  const referenced = parent && matchedColumns(parent, link.referencedColumns);
  const last = link.columns.length - 1;
  const scalars = (column: Column) => [...Array(last).keys()].map(place => `${column(place)} = ${value(place)}`);
  const live: Column = place => columnReference(link.referencedColumns[place]!, 'p');
  const from = fromTable({ table: link.parent, kind: link.parentKind });
  const where = (conditions: string[]) => (conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`);
  if (!afterwards || !parent || !referenced)
    return `coalesce(${value(last)} <@ (SELECT range_agg(${live(last)}) FROM ${from} AS p ${where(scalars(live))}), false)`;
  const coming: Column = place => `z.n${referenced[place]!.number}`;
  const stays = `NOT EXISTS (SELECT 1 FROM ${nameOf(diff, parent)} z WHERE z.op IN ('d', 'u') AND ${sameKey(parent, 'z', 'p')})`;
  return `coalesce(${value(last)} <@ (SELECT range_agg(v) FROM (
    SELECT ${live(last)} AS v FROM ${from} AS p ${where([...scalars(live), stays])}
    UNION ALL SELECT ${coming(last)} FROM ${nameOf(diff, parent)} z ${where([...scalars(coming), `z.op IN ('i', 'u')`])}) q), false)`;
}
