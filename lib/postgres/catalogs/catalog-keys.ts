/**
 * What identifies a row: unique indexes, the key that Holdfast uses, and the columns of a row's old image in the log.
 * Repeats PostgreSQL's rules for a replica identity (RelationGetIndexList in relcache.c).
 */
import type { ColumnSchema, TableName, TableSchema, UniqueKey } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';

export interface IndexFact {
  name: string;
  columns: string[];
  primary: boolean;
  nullsNotDistinct: boolean;
  predicate: string | null;
  /** Not of a deferrable constraint, so it can be a replica identity. */
  immediate: boolean;
  replicaIdentity: boolean;
  /** Of a temporal key (WITHOUT OVERLAPS): no equality. */
  exclusion: boolean;
}

/** Valid unique indexes on plain columns, oldest first, by table. */
export async function readIndexes(connection: Connection, oids: readonly number[]): Promise<Map<number, IndexFact[]>> {
  const { rows } = await connection.query(
    `SELECT i.indrelid::int8 AS relation, c.relname::text AS name, k.columns, i.indisprimary AS primary,
            i.indnullsnotdistinct AS "nullsNotDistinct", pg_get_expr(i.indpred, i.indrelid) AS predicate,
            i.indimmediate AS immediate, i.indisreplident AS "replicaIdentity", i.indisexclusion AS exclusion
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     CROSS JOIN LATERAL (
       SELECT array_agg(a.attname::text ORDER BY k.place) AS columns
       FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
       WHERE k.place <= i.indnkeyatts) AS k
     WHERE i.indrelid = ANY ($1::oid[]) AND i.indisunique AND i.indisvalid AND i.indislive AND i.indexprs IS NULL
     ORDER BY i.indrelid, i.indisprimary DESC, i.indexrelid`,
    [oids],
  );
  const map = new Map<number, IndexFact[]>();
  for (const { relation, ...index } of rows) {
    const list = map.get(Number(relation));
    if (list) list.push(index);
    else map.set(Number(relation), [index]);
  }
  return map;
}

/**
 * The primary key, else the oldest full unique index with only NOT NULL columns, else none. Generated columns are not
 * exported, so an index over one does not identify a stored row.
 */
export function rowKey(indexes: readonly IndexFact[], columns: readonly ColumnSchema[]): string[] {
  const usable = new Set(
    columns.filter(column => column.notNull && column.generated === '').map(column => column.name),
  );
  const candidates = indexes.filter(
    index =>
      index.predicate === null && (index.primary || !index.exclusion) && index.columns.every(name => usable.has(name)),
  );
  return (
    (candidates.find(index => index.primary) ?? candidates.find(index => index.immediate) ?? candidates[0])?.columns ??
    []
  );
}

export function toUniqueKey(index: IndexFact): UniqueKey[] {
  if (index.exclusion && !index.primary) return [];
  const { name, columns, primary, nullsNotDistinct, predicate } = index;
  return [{ name, columns, primary, nullsNotDistinct, predicate }];
}

/** The columns of an old tuple under this replica identity. */
export function identityColumns(kind: string, indexes: readonly IndexFact[], all: readonly string[]): string[] {
  if (kind === 'f') return [...all];
  if (kind === 'd') return indexes.find(index => index.primary && index.immediate)?.columns ?? [];
  if (kind === 'i')
    return indexes.find(index => index.replicaIdentity && index.immediate && index.predicate === null)?.columns ?? [];
  return [];
}

/** The tables with a key (TableSchema.key) that only a deferrable constraint enforces, with its columns. */
export async function readDeferrableKeys(
  connection: Connection,
  tables: readonly TableSchema[],
): Promise<Map<TableName, readonly string[]>> {
  const indexes = await readIndexes(
    connection,
    tables.map(table => table.oid),
  );
  const holds = (index: IndexFact, key: readonly string[]) =>
    index.immediate && index.predicate === null && index.columns.every(name => key.includes(name));
  return new Map(
    tables.flatMap(({ table, oid, key }) =>
      key.length === 0 || indexes.get(oid)?.some(index => holds(index, key)) ? [] : [[table, key]],
    ),
  );
}
