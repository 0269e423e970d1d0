/**
 * In which key ranges given keys lie: one sorted merge of bounds and keys in the database, so that they are compared exactly
 * as the key columns themselves are, under their own types and collations.
 */
import type { KeyBound } from '../../domain/chunk-page.ts';
import type { Connection } from '../connection.ts';
import { readTexts } from '../equality.ts';
import { asSourceError } from '../source-error.ts';
import { columnReference, fromTable } from '../sql.ts';
import type { TableShape } from './chunk-query.ts';

/**
 * For each key, the number of the range in which it lies. The ranges begin at `bounds`, in order; the first one has no
 * lower end, whatever its bound. Throws SourceError.
 */
export async function placesOfKeys(
  connection: Connection,
  table: TableShape,
  bounds: readonly KeyBound[],
  keys: readonly (readonly string[])[],
): Promise<readonly number[]> {
  if (keys.length === 0 || bounds.length <= 1) return keys.map(() => 0);
  const width = table.key.length;
  const names = table.key.map((_, i) => `k${i}`);
  const columns = table.key.map(name => table.schema.columns.find(column => column.name === name)!);
  const casts = columns.map((column, i) => readTexts(column, '').value(`v${i}`));
  const arrays = (first: number) => columns.map((column, i) => readTexts(column, `$${first + i}`).array).join(', ');
  const values = names.map((_, i) => `v${i}`).join(', ');
  const transposed = (rows: readonly (readonly string[])[]) => names.map((_, i) => rows.map(row => row[i]!));
  try {
    const { rows } = await connection.query(
      `SELECT coalesce(array_agg(coalesce(found, 0) ORDER BY number) FILTER (WHERE bound IS NULL), '{}') AS places FROM (
         SELECT bound, number, max(bound) OVER (ORDER BY ${names.join(', ')}, bound NULLS LAST ROWS UNBOUNDED PRECEDING) AS found
         FROM (
           SELECT ${table.key.map((name, i) => `${columnReference(name, 'a')} AS k${i}`).join(', ')}, NULL::int AS bound, NULL::int AS number
           FROM ${fromTable(table.schema)} AS a WHERE false
           UNION ALL SELECT ${casts.join(', ')}, place::int, NULL FROM unnest(${arrays(1)}) WITH ORDINALITY AS b (${values}, place)
           UNION ALL SELECT ${casts.join(', ')}, NULL, place::int FROM unnest(${arrays(1 + width)}) WITH ORDINALITY AS c (${values}, place)
         ) merged
       ) placed`,
      [...transposed(bounds.slice(1).map(bound => bound ?? [])), ...transposed(keys)],
    );
    return rows[0].places;
  } catch (error) {
    throw asSourceError(error, 'placing changed keys');
  }
}
