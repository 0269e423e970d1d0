/**
 * Updates that cannot be done in place, because two rows would temporarily have the same unique value: they swap,
 * rotate, or take the value of another updated row. They are done as delete and insert. Invariant: a row that stays an
 * update takes no value that an updated row has now, under any unique or exclusion index: partial, over expressions,
 * over generated columns. Deferrable ones are checked at the end and need nothing.
 */
import type { Statement } from '../run-together.ts';
import { fromTable } from '../sql.ts';
import { afterImage, IMAGE_CHANGED, IMAGE_ID, IMAGE_OP } from './after-image.ts';
import { type DiffSet, nameOf, numbers, sameKey } from './diff.ts';
import { isHeld } from './diff-casts.ts';
import { collide, type LiveIndex } from './diff-catalog.ts';
import { matchedColumns } from './diff-closure.ts';
import type { DiffTable } from './diff-shape.ts';

/** Statements that mark them, for a table that differs. */
export function markMoved(diff: DiffSet, table: DiffTable): Statement[] {
  const name = nameOf(diff, table);
  const statements: Statement[] = [];
  const always = table.matched.filter(match => match.live.identity === 'a').map(match => match.live);
  if (always.length > 0)
    statements.push(
      `UPDATE ${name} SET moved = true WHERE op = 'u' AND changed OPERATOR(pg_catalog.&&) ${numbers(always)}`,
    );
  for (const index of diff.catalog.indexes.filter(candidate => candidate.tableOid === table.live.oid)) {
    if (index.deferrable || isRowKey(index, table)) continue;
    statements.push(
      callsCode(diff, table, index)
        ? `UPDATE ${name} SET moved = true WHERE op = 'u'`
        : `UPDATE ${name} a SET moved = true WHERE a.op = 'u' AND NOT a.moved AND a.id IN (${takersSql(diff, table, index)})`,
    );
  }
  return diff.catalog.maySuppress || statements.length === 0 ? statements : [...statements, afterOthers(diff, table)];
}

/**
 * If foreign-key actions fire, rows that only take the values of others are updated after them instead: deleting a
 * row, even temporarily, would also delete the rows that refer to it.
 */
function afterOthers(diff: DiffSet, table: DiffTable): Statement {
  const name = nameOf(diff, table);
  const always = table.matched.filter(match => match.live.identity === 'a').map(match => match.live);
  const indexes = diff.catalog.indexes.filter(
    index => index.tableOid === table.live.oid && !index.deferrable && !isRowKey(index, table),
  );
  const known = indexes.every(index => !callsCode(diff, table, index));
  const swap = indexes.map(index => `AND a.id NOT IN (${takersSql(diff, table, index, 'AND d.moved')})`);
  return `UPDATE ${name} a SET moved = false, after = true
    WHERE a.moved AND ${known} AND NOT (a.changed OPERATOR(pg_catalog.&&) ${numbers(always)}) ${known ? swap.join(' ') : ''}`;
}

/** True if the index is the key that matches rows: no update changes it to that of another row. */
export function isRowKey(index: LiveIndex, table: DiffTable): boolean {
  const key = new Set(table.key.map(column => column.name));
  const { columns } = index;
  const whole = !index.exclusion && index.predicate === null && columns !== null;
  // Otherwise two rows of the target can be equal in this index.
  const asBytes = table.key.every(column => column.equality === undefined);
  return whole && asBytes && columns.length === key.size && columns.every(column => key.has(column));
}

/** True if only the application's code determines a row's value in the index: its functions, or a domain's CHECK. */
export function callsCode(diff: DiffSet, table: DiffTable, index: LiveIndex): boolean {
  const generated = diff.catalog.generated.get(table.live.oid);
  const named = [...(generated ?? [])].filter(([, { application }]) => application).map(([name]) => name);
  const held = table.matched.filter(isHeld).map(match => match.live.name);
  const text = [...index.parts.map(part => part.expression), index.predicate ?? ''].join(' ');
  return index.application || [...named, ...held].some(name => index.columns?.includes(name) || text.includes(name));
}

/**
 * SQL: ids of updated rows that will have the current value of another updated row (restricted by a condition over
 * `d`).
 */
function takersSql(diff: DiffSet, table: DiffTable, index: LiveIndex, which = ''): string {
  const columns = index.predicate === null ? index.columns && matchedColumns(table, index.columns) : null;
  const touched = columns ? `AND ${IMAGE_CHANGED} OPERATOR(pg_catalog.&&) ${numbers(columns)}` : '';
  const parts = index.parts.map((part, i) => `${part.expression} AS u${i}`).join(', ');
  const holds = index.predicate ?? 'true';
  return `WITH x AS MATERIALIZED (SELECT ${IMAGE_ID} AS id, ${parts} FROM ${afterImage(diff, table)} y WHERE ${IMAGE_OP} = 'u' ${touched} AND (${holds})),
    b AS MATERIALIZED (SELECT ${IMAGE_ID} AS id, ${parts} FROM (${beforeImage(diff, table)} ${which}) y WHERE (${holds}))
    SELECT x.id FROM x JOIN b ON b.id <> x.id AND ${collision(
      index,
      i => `b.u${i}`,
      i => `x.u${i}`,
    )}`;
}

/** The updated rows with their current values, under their own column names. */
function beforeImage(diff: DiffSet, table: DiffTable): string {
  return `SELECT d.id AS ${IMAGE_ID}, l.* FROM ${nameOf(diff, table)} d JOIN ${fromTable(table.live)} AS l ON ${sameKey(table, 'd', 'l')} WHERE d.op = 'u'`;
}

/** SQL condition that two rows collide in the index, given the expressions of their parts. */
export function collision(index: LiveIndex, left: (part: number) => string, right: (part: number) => string): string {
  return index.parts
    .map((part, i) => {
      const equal = collide(part, left(i), right(i));
      return index.nullsNotDistinct ? `(${equal} OR (${left(i)} IS NULL AND ${right(i)} IS NULL))` : equal;
    })
    .join(' AND ');
}
