/**
 * Which chunks hold given keys: one sorted merge of bounds and keys in the database, so that they are compared exactly
 * as the key columns themselves are, under their own types and collations.
 */
import type { KeyBound } from '../../domain/manifest.ts';
import type { Connection } from '../connection.ts';
import { readTexts } from '../equality.ts';
import { asSourceError } from '../source-error.ts';
import { columnReference, fromTable } from '../sql.ts';
import type { TableShape } from './chunk-query.ts';

/** Indexes of the chunks (whose bounds are given in order, the first being minus infinity) in which the keys lie. */
export async function chunksOfKeys(
  connection: Connection,
  table: TableShape,
  bounds: readonly KeyBound[],
  keys: readonly (readonly string[])[],
): Promise<Set<number>> {
  if (keys.length === 0) return new Set();
  if (bounds.length === 1) return new Set([0]);
  const width = table.key.length;
  const names = table.key.map((_, i) => `k${i}`);
  const columns = table.key.map(name => table.schema.columns.find(column => column.name === name)!);
  const casts = columns.map((column, i) => readTexts(column, '').value(`v${i}`));
  const arrays = (first: number) => columns.map((column, i) => readTexts(column, `$${first + i}`).array).join(', ');
  const values = names.map((_, i) => `v${i}`).join(', ');
  const transposed = (rows: readonly (readonly string[])[]) => names.map((_, i) => rows.map(row => row[i]!));
  try {
    const { rows } = await connection.query(
      `SELECT DISTINCT coalesce(chunk, 0) AS chunk FROM (
         SELECT bound, max(bound) OVER (ORDER BY ${names.join(', ')}, bound NULLS LAST ROWS UNBOUNDED PRECEDING) AS chunk
         FROM (
           SELECT ${table.key.map((name, i) => `${columnReference(name, 'a')} AS k${i}`).join(', ')}, NULL::int AS bound
           FROM ${fromTable(table.schema)} AS a WHERE false
           UNION ALL SELECT ${casts.join(', ')}, place::int FROM unnest(${arrays(1)}) WITH ORDINALITY AS b (${values}, place)
           UNION ALL SELECT ${casts.join(', ')}, NULL FROM unnest(${arrays(1 + width)}) AS c (${values})
         ) merged
       ) placed WHERE bound IS NULL`,
      [...transposed(bounds.slice(1).map(bound => bound ?? [])), ...transposed(keys)],
    );
    return new Set(rows.map(row => row.chunk));
  } catch (error) {
    throw asSourceError(error, 'placing changed keys');
  }
}
