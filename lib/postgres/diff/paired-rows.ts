/**
 * Rows whose key was changed by what is taken back: the row under its old key and the row under its new one are one row. It is
 * taken back under both, or left alone under both: otherwise it would exist twice, or be gone.
 */
import { equalValues, textOf } from '../equality.ts';
import { isByText } from './comparable-value.ts';
import type { DiffSet } from './diff.ts';
import { type DiffTable, diffName } from './diff-shape.ts';

type Side = 'o' | 'n';

/** Statements that leave a row alone whose other half is left alone, or gone. Each changes nothing once that holds. */
export function leaveHalves(diff: Pick<DiffSet, 'schema' | 'prefix'>, table: DiffTable): string[] {
  const { pairs } = table.staged;
  if (pairs === undefined) return [];
  const name = diffName(diff.schema, diff.prefix, table);
  const leave = (own: Side, other: string) =>
    `UPDATE ${name} a SET via = NULL, later = true WHERE a.via = 'asked' AND EXISTS (SELECT 1 FROM ${pairs} pair WHERE ${isHalf(table, 'a', own)} AND ${other})`;
  const half = (side: Side) => `EXISTS (SELECT 1 FROM ${name} b WHERE ${isHalf(table, 'b', side)} AND b.via`;
  return [
    // Somebody deleted the row under its new key, or it is left alone there.
    leave('o', `NOT ${half('n')} = 'asked')`),
    // Somebody else has the old key.
    leave('n', `${half('o')} IS NULL)`),
  ];
}

/** SQL condition: the diff row has the old key of such a row, and is never brought back for rows that refer to it. */
export function isOldHalf(table: DiffTable, row: string): string {
  const { pairs } = table.staged;
  return pairs === undefined ? 'false' : `EXISTS (SELECT 1 FROM ${pairs} pair WHERE ${isHalf(table, row, 'o')})`;
}

function isHalf(table: DiffTable, row: string, side: Side): string {
  const same = table.staged.key.map((name, at) => {
    const match = table.matched.find(({ staged }) => staged.name === name);
    // Without its column nothing can be said: every row is one of them, and is left alone.
    if (match === undefined) return 'true';
    const value = `coalesce(${row}.o${match.live.number}, ${row}.n${match.live.number})`;
    return isByText(match)
      ? `${textOf(value)} = pair.${side}${at}::text`
      : equalValues(match.live, value, `pair.${side}${at}`);
  });
  return same.join(' AND ');
}
