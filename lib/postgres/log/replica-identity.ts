/**
 * What has to be done so that a deleted or updated row's old image says whose row it was. A partitioned table's rows are
 * its partitions', so each partition has its own identity. Invariant: a statement proposed here never changes which rows
 * the application may write; where that cannot be had, there is a reason instead.
 */
import type { TableSchema } from '../../domain/table-schema.ts';
import { type OwnedTable, routingColumns } from '../../domain/tenant-model.ts';
import { type IndexFact, identityColumns, readIndexes } from '../catalogs/catalog-keys.ts';
import type { Connection } from '../connection.ts';
import { columnList, quoteIdentifier } from '../sql.ts';

/** A relation that holds rows: an ordinary table, or a partition. */
export interface IdentityTarget {
  readonly root: number;
  readonly oid: number;
  /** Quoted, for statements. */
  readonly relation: string;
  readonly schema: string;
  readonly replicaIdentity: string;
  readonly indexes: IndexFact[];
  /** Name of an index that an interrupted CREATE INDEX CONCURRENTLY left invalid. */
  readonly leftover: string | null;
}

export interface IdentityPlan {
  /** What is to be run, in order; empty where nothing is wrong or a person must decide. */
  readonly sql: string[];
  /** Why an index cannot do it. */
  readonly reason?: string;
}

export async function readIdentityTargets(connection: Connection, oids: readonly number[]): Promise<IdentityTarget[]> {
  const { rows } = await connection.query(
    `SELECT root.oid::int8 AS root, c.oid::int8 AS oid, n.nspname::text AS schema,
            quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS relation, c.relreplident AS "replicaIdentity",
            (SELECT ic.relname::text FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
             WHERE i.indrelid = c.oid AND NOT i.indisvalid AND ic.relname = 'holdfast_identity_' || c.oid) AS leftover
     FROM pg_class root
     CROSS JOIN LATERAL (
       SELECT root.oid AS relid WHERE root.relkind = 'r'
       UNION ALL SELECT tree.relid FROM pg_partition_tree(root.oid) AS tree WHERE root.relkind = 'p' AND tree.isleaf
     ) AS holder
     JOIN pg_class c ON c.oid = holder.relid AND c.relkind = 'r' JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE root.oid = ANY ($1::oid[])
     ORDER BY root.oid, c.oid`,
    [oids],
  );
  const indexes = await readIndexes(
    connection,
    rows.map(row => Number(row.oid)),
  );
  return rows.map(row => ({
    ...row,
    root: Number(row.root),
    oid: Number(row.oid),
    indexes: indexes.get(Number(row.oid)) ?? [],
  }));
}

/** The columns that an old image needs: those that tell the tenant, then the key's. */
export function wantedIdentity(table: OwnedTable, schema: TableSchema): string[] {
  return [...new Set([...routingColumns(table), ...schema.key])];
}

/** True where every old image of the table carries the columns that tell its tenant and its key. */
export function carriesTenant(table: OwnedTable, schema: TableSchema): boolean {
  return wantedIdentity(table, schema).every(column => schema.replicaIdentityColumns.includes(column));
}

export function planIdentity(table: OwnedTable, schema: TableSchema, targets: readonly IdentityTarget[]): IdentityPlan {
  const wanted = wantedIdentity(table, schema);
  const nullable = wanted.filter(name => !schema.columns.find(column => column.name === name)?.notNull);
  if (schema.key.length === 0) return { sql: [], reason: 'the table has no key' };
  if (nullable.length > 0)
    return { sql: [], reason: `${nullable.join(', ')} may be NULL, which an identity index does not allow` };
  const sql: string[] = [];
  for (const target of targets) {
    const all = schema.columns.map(column => column.name);
    const carried = identityColumns(target.replicaIdentity, target.indexes, all);
    if (wanted.every(column => carried.includes(column))) continue;
    const key = target.indexes.find(index => sameColumns(index.columns, schema.key) && index.predicate === null);
    if (!key?.immediate)
      return {
        sql: [],
        reason: `the key of ${target.relation} is deferrable: an index that is not would break the application`,
      };
    sql.push(...identityStatements(target, wanted, schema));
  }
  return { sql };
}

function identityStatements(target: IdentityTarget, wanted: readonly string[], schema: TableSchema): string[] {
  const notNull = new Set(
    schema.columns.filter(column => column.notNull && column.generated === '').map(column => column.name),
  );
  const fits = target.indexes.find(
    index =>
      index.immediate &&
      !index.exclusion &&
      index.predicate === null &&
      index.columns.every(column => notNull.has(column)) &&
      wanted.every(column => index.columns.includes(column)),
  );
  const use = (index: string) =>
    `ALTER TABLE ${target.relation} REPLICA IDENTITY USING INDEX ${quoteIdentifier(index)};`;
  if (fits) return [use(fits.name)];
  const name = `holdfast_identity_${target.oid}`;
  const drop = `DROP INDEX CONCURRENTLY IF EXISTS ${quoteIdentifier(target.schema)}.${quoteIdentifier(name)};`;
  const create = `CREATE UNIQUE INDEX CONCURRENTLY ${quoteIdentifier(name)} ON ${target.relation} (${columnList(wanted)});`;
  return [...(target.leftover === null ? [] : [drop]), create, use(name)];
}

function sameColumns(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every(column => b.includes(column));
}
