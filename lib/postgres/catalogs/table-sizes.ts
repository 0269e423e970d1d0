/**
 * Facts for planning without reading the rows: sizes from the catalogs, a tenant's share from the query planner,
 * bounds of equal ranges from a sample. Estimates only control how work is divided; a wrong one never omits a row.
 */
import type { KeyBound } from '../../domain/chunk-page.ts';
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { textOf } from '../equality.ts';
import { condition, order, type TenantTable } from '../export/chunk-query.ts';
import { asSourceError } from '../source-error.ts';
import { columnReference, fromTable, parseTableName } from '../sql.ts';

export interface TableSize {
  /** Bytes of heap and TOAST, with all partitions. */
  readonly bytes: number;
  /** Row estimate of the last ANALYZE or VACUUM; 0 if unknown. */
  readonly rows: number;
}

const SAMPLE_ROWS = 4000;

export async function readTableSizes(
  connection: Connection,
  oids: readonly number[],
): Promise<Map<TableName, TableSize>> {
  const { rows } = await connection.query(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name,
            sum(pg_table_size(leaf.oid))::text AS bytes, sum(greatest(leaf.reltuples, 0))::text AS rows
     FROM unnest($1::int8[]) AS asked (oid)
     JOIN pg_class c ON c.oid = asked.oid::oid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_class leaf ON leaf.oid = c.oid OR leaf.oid IN (SELECT relid FROM pg_partition_tree(c.oid))
     GROUP BY 1`,
    [oids],
  );
  return new Map(rows.map(row => [row.name, { bytes: Number(row.bytes), rows: Number(row.rows) }]));
}

/**
 * Per table: digest of the oid and file of its storage, including partitions. Changes with a rewrite or another set of
 * partitions.
 */
export async function readStorage(connection: Connection, oids: readonly number[]): Promise<Map<TableName, string>> {
  const { rows } = await connection.query(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name,
            md5(string_agg(concat_ws(':', leaf.oid::int8, leaf.relfilenode::int8), ',' ORDER BY leaf.oid)) AS storage
     FROM unnest($1::int8[]) AS asked (oid)
     JOIN pg_class c ON c.oid = asked.oid::oid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_class leaf ON leaf.oid = c.oid OR leaf.oid IN (SELECT relid FROM pg_partition_tree(c.oid))
     GROUP BY 1`,
    [oids],
  );
  return new Map(rows.map(row => [row.name, row.storage]));
}

/** Published tables with a key. */
export async function readPublished(
  connection: Connection,
  publication: string,
  tables: readonly TableSchema[],
): Promise<Set<TableName>> {
  const { rows } = await connection.query(
    `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_publication_tables WHERE pubname = $1`,
    [publication],
  );
  const published = new Set(rows.map(row => row.name));
  return new Set(tables.flatMap(({ table, key }) => (key.length > 0 && published.has(table) ? [table] : [])));
}

/** Tables with a key column of a nondeterministic collation: different keys can compare as equal there. */
export async function readUncutTables(connection: Connection, oids: readonly number[]): Promise<Set<TableName>> {
  const { rows } = await connection.query(
    `SELECT DISTINCT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
     FROM pg_attribute a JOIN pg_collation l ON l.oid = a.attcollation
     JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisunique AND a.attnum = ANY (i.indkey)
     JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE a.attrelid = ANY ($1::int8[]::oid[]) AND NOT l.collisdeterministic`,
    [oids],
  );
  return new Set(rows.map(row => row.name));
}

/** Last values of the sequences that exported columns own; a sequence that was never used is omitted. */
export async function readSequences(
  connection: Connection,
  tables: readonly TableSchema[],
): Promise<Record<string, string>> {
  const names = tables.flatMap(table =>
    table.columns.flatMap(column => (column.sequence === null ? [] : [column.sequence])),
  );
  const { rows } = await connection.query(
    `SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename) AS name, last_value::text AS last
     FROM pg_sequences WHERE quote_ident(schemaname) || '.' || quote_ident(sequencename) = ANY ($1) AND last_value IS NOT NULL`,
    [names],
  );
  return Object.fromEntries(rows.map(row => [row.name, row.last]));
}

/**
 * The share of rows with the most common value of any of the columns, by ANALYZE: no tenant has more. 1 if a table
 * was never analyzed.
 */
export async function readGreatestShare(
  connection: Connection,
  columns: readonly { oid: number; column: string }[],
): Promise<number> {
  const { rows } = await connection.query(
    `SELECT coalesce(max(CASE WHEN c.reltuples = 0 THEN 0 WHEN s.attname IS NULL THEN 1
                              ELSE greatest(coalesce(s.most_common_freqs[1], 0), 1 / greatest(abs(CASE WHEN s.n_distinct < 0 THEN s.n_distinct * greatest(c.reltuples, 1) ELSE s.n_distinct END), 1)) END), 1)::float8 AS share
     FROM unnest($1::int8[], $2::text[]) AS asked (oid, name)
     JOIN pg_class c ON c.oid = asked.oid::oid JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = asked.name`,
    [columns.map(({ oid }) => oid), columns.map(({ column }) => column)],
  );
  return rows[0].share;
}

/** The tenant's bytes of each table, by the query planner's estimate. One EXPLAIN per table; no row is read. */
export async function estimateBytes(
  connection: Connection,
  tables: readonly TenantTable[],
  sizes: ReadonlyMap<TableName, TableSize>,
): Promise<number[]> {
  if (tables.length === 0) return [];
  const statements = tables.map(
    table => `EXPLAIN (FORMAT JSON) SELECT 1 FROM ${fromTable(table.schema)} AS a WHERE ${table.predicate}`,
  );
  const results = [await connection.query(statements.join('; '))].flat() as { rows: { 'QUERY PLAN': PlanNode[] }[] }[];
  return tables.map((table, index) => {
    const size = sizes.get(table.owned.table) ?? { bytes: 0, rows: 0 };
    const rows = results[index]?.rows[0]?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0;
    return size.rows > 0 ? Math.round(Math.min(1, rows / size.rows) * size.bytes) : size.bytes;
  });
}

interface PlanNode {
  readonly Plan: { readonly 'Plan Rows': number };
}

/**
 * Keys that divide the tenant's rows of a table into about `pieces` equal ranges, in key order, from a sample of
 * pages; fewer or none if the sample is too small.
 */
export async function sampleBounds(
  connection: Connection,
  table: TenantTable,
  pieces: number,
  size: TableSize | undefined,
): Promise<Exclude<KeyBound, null>[]> {
  if (pieces < 2 || table.keyPositions === undefined) return [];
  const percent = Math.min(100, (100 * SAMPLE_ROWS * pieces) / Math.max(1, size?.rows ?? 1));
  const key = table.key.map((name, i) => `${textOf(columnReference(name, 'a'))} AS k${i}`);
  try {
    const { rows } = await connection.query(
      `SELECT * FROM (
         SELECT ${key.join(', ')}, row_number() OVER (ORDER BY ${order(table)}) AS place, count(*) OVER () AS total
         FROM ${fromTable(table.schema)} AS a TABLESAMPLE SYSTEM (${percent}) WHERE ${condition(table, { from: null, to: null })}
       ) sampled WHERE total >= ${pieces * 4} AND place > 1 AND place * ${pieces} / (total + 1) > (place - 1) * ${pieces} / (total + 1)
       ORDER BY place`,
    );
    return rows.map(row => table.key.map((_, i) => row[`k${i}`] as string));
  } catch (error) {
    throw asSourceError(error, 'sampling keys');
  }
}

/** Tables with TOAST tables large enough for a value that cannot be written as text, largest first. */
export async function tablesWithHugeValues(connection: Connection, tables: readonly TableName[]): Promise<TableName[]> {
  const parts = tables.map(parseTableName);
  const { rows } = await connection.query(
    `SELECT asked.name FROM unnest($1::text[], $2::text[], $3::text[]) AS asked (name, schema, relation)
     JOIN pg_namespace n ON n.nspname = asked.schema
     JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = asked.relation
     CROSS JOIN LATERAL (
       SELECT max(pg_relation_size(l.reltoastrelid)) AS bytes
       FROM pg_class l WHERE l.reltoastrelid <> 0 AND (l.oid = c.oid OR (c.relkind = 'p' AND l.oid IN (SELECT relid FROM pg_partition_tree(c.oid))))
     ) AS toast
     WHERE toast.bytes > 2 ^ 28 ORDER BY toast.bytes DESC LIMIT 5`,
    [tables, parts.map(part => part.schema), parts.map(part => part.table)],
  );
  return rows.map(row => row.name);
}
