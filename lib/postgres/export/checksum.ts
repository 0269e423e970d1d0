/**
 * The row checksum that a snapshot takes in the database and that verification takes again in a scratch database: the
 * sum of one 64-bit hash per row, so that it depends neither on the order of rows nor on where they are stored.
 * Invariant: the same values give the same sum in any database of any supported version, whatever oids, collations or
 * enum orders that database has. Types whose own hash does not promise that (or that have none) are hashed as text.
 */
import type { ColumnSchema } from '../../domain/table-schema.ts';
import { quoteIdentifier } from '../sql.ts';

/** Types whose extended hash depends on the value alone. Two spellings of one number (1.0, 1.00) hash alike. */
const HASHED_AS_IS = new Set([
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'real',
  'double precision',
  'boolean',
  'text',
  'character varying',
  'uuid',
  'date',
  'time without time zone',
  'timestamp without time zone',
  'timestamp with time zone',
  'bytea',
  'jsonb',
  'inet',
  'macaddr',
]);

/** SQL of a row's hash (bigint) over the stored columns, in their order. `alias` is a quoted alias or staged table. */
export function rowHashExpression(columns: readonly ColumnSchema[], alias: string): string {
  return `hash_record_extended(ROW(${columns.map(column => hashed(column, alias)).join(', ')}), 0)`;
}

/** SQL of the aggregate (numeric, never null) over all rows of a query; 0 for none. */
export function checksumExpression(columns: readonly ColumnSchema[], alias: string): string {
  return `coalesce(sum(${rowHashExpression(columns, alias)}), 0)`;
}

function hashed(column: ColumnSchema, alias: string): string {
  const value = `${alias}.${quoteIdentifier(column.name)}`;
  const element = column.type
    .replace(/(\[\d*\])+$/, '')
    .replace(/\([^)]*\)/, '')
    .replace(/ {2,}/g, ' ');
  const asIs = column.typeKind === 'b' && HASHED_AS_IS.has(element);
  if (!asIs) return `${value}::text COLLATE "C"`;
  // A nondeterministic collation would hash by its sort key, which differs between versions of the library.
  return column.collation === null ? value : `${value} COLLATE "C"`;
}
