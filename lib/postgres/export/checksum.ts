/**
 * The row checksum that a snapshot takes in the database and that verification takes again in a scratch database: the
 * sum of one 64-bit hash per row, so that it depends neither on the order of rows nor on where they are stored.
 * Invariant: the same values give the same sum in any database of any supported version, whatever oids, collations or
 * enum orders that database has. Types whose own hash does not promise that (or that have none) are hashed as text.
 */
import type { ColumnSchema } from '../../domain/table-schema.ts';
import { textOf } from '../equality.ts';
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

/** SQL of a row's hash (bigint) over the stored columns, in their order. `alias` is a quoted alias; `staged`: of a staged table. */
export function rowHashExpression(columns: readonly ColumnSchema[], alias: string, staged = false): string {
  return `hash_record_extended(ROW(${columns.map(column => hashed(column, alias, staged)).join(', ')}), 0)`;
}

/** SQL of the aggregate (numeric, never null) over all rows of a query; 0 for none. */
export function checksumExpression(columns: readonly ColumnSchema[], alias: string, staged = false): string {
  return `coalesce(sum(${rowHashExpression(columns, alias, staged)}), 0)`;
}

/**
 * SQL of a value's text as the checksums have it: by the cast where the server alone defines it; types of the application,
 * which may define one of its own, as they print themselves.
 */
export function valueText(column: Pick<ColumnSchema, 'type' | 'typeKind' | 'equality'>, value: string): string {
  const isServers = column.typeKind === 'b' || !(column.equality?.base ?? column.type).includes('.');
  return isServers ? `${value}::text` : textOf(value);
}

function hashed(column: ColumnSchema, alias: string, staged: boolean): string {
  const value = `${alias}.${quoteIdentifier(column.name)}`;
  const element = column.type
    .replace(/(\[\d*\])+$/, '')
    .replace(/\([^)]*\)/, '')
    .replace(/ {2,}/g, ' ');
  const asIs = column.typeKind === 'b' && HASHED_AS_IS.has(element);
  // What is staged has base types only.
  if (!asIs) return `(${staged ? `${value}::text` : valueText(column, value)}) COLLATE "C"`;
  // A nondeterministic collation would hash by its sort key, which differs between versions of the library.
  return column.collation === null ? value : `${value} COLLATE "C"`;
}
