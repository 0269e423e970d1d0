/**
 * The rows to insert and update after the write, as a subquery with the live table's column names, so that
 * constraints, index expressions and partition bounds can be evaluated before anything is written. Generated columns
 * that call the application's functions are not included. Columns missing in the backup have their live value (update)
 * or their constant default (insert).
 */
import type { ColumnSchema } from '../../domain/table-schema.ts';
import { fromTable, quoteIdentifier } from '../sql.ts';
import { type DiffSet, nameOf, sameKey } from './diff.ts';
import type { DiffTable } from './diff-shape.ts';

/** The diff row's id, operation and changed columns in the after-image. */
export const IMAGE_ID = '"holdfast id"';
export const IMAGE_OP = '"holdfast op"';
export const IMAGE_CHANGED = '"holdfast changed"';

/** A subquery, in parentheses, without alias. */
export function afterImage(diff: DiffSet, table: DiffTable): string {
  const matched = new Map(table.matched.map(match => [match.live.name, match.live.number]));
  const columns = table.live.columns
    .filter(column => column.generated === '')
    .map(column => {
      const number = matched.get(column.name);
      const value = number === undefined ? gainedValue(column) : `d.n${number}`;
      return `${value} AS ${quoteIdentifier(column.name)}`;
    });
  const join =
    table.gained.length > 0
      ? `LEFT JOIN ${fromTable(table.live)} AS l ON d.op = 'u' AND ${sameKey(table, 'd', 'l')}`
      : '';
  const base = `SELECT d.id AS ${IMAGE_ID}, d.op AS ${IMAGE_OP}, d.changed AS ${IMAGE_CHANGED}, ${columns.join(', ')}
    FROM ${nameOf(diff, table)} AS d ${join} WHERE d.op IN ('i', 'u')`;
  const generated = [...(diff.catalog.generated.get(table.live.oid) ?? [])]
    .filter(([, { application }]) => !application)
    .map(([name, { expression }]) => `(${expression}) AS ${quoteIdentifier(name)}`);
  return generated.length === 0 ? `(${base})` : `(SELECT x.*, ${generated.join(', ')} FROM (${base}) x)`;
}

function gainedValue(column: ColumnSchema): string {
  return `CASE WHEN d.op = 'u' THEN l.${quoteIdentifier(column.name)} ELSE ${constantDefault(column)} END`;
}

/** Only defaults without a function call: evaluating `nextval()` would write. */
function constantDefault(column: ColumnSchema): string {
  return column.default !== null && !column.default.includes('(') ? `(${column.default})` : 'NULL';
}
