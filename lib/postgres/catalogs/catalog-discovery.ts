/**
 * Reads the definitions of tables from the catalogs: one statement per kind of fact, not per table, because a fleet
 * run reads everything once. Relies on the empty search_path of connect(): every name has its schema.
 */
import type { ServerInfo } from '../../domain/manifest.ts';
import type { ColumnSchema, DatabaseSchema, ForeignKey, TableName, TableSchema } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { parseTableName } from '../sql.ts';
import { type IndexFact, identityColumns, readIndexes, rowKey, toUniqueKey } from './catalog-keys.ts';
import { readTypes } from './catalog-types.ts';
import { hasMatch, MATCHES } from './reference-match.ts';
import { columnEquality, readTypeEqualities } from './type-equality.ts';

const QUALIFIED = `quote_ident(n.nspname) || '.' || quote_ident(c.relname)`;

/** Schemas without tables of the application: those of the system, and Holdfast's staging. */
const APPLICATION_SCHEMA = `n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'holdfast\\_%'`;

export async function readServerInfo(connection: Connection): Promise<ServerInfo> {
  const { rows } = await connection.query(`
    SELECT current_setting('server_version_num')::int AS version, system_identifier::text AS system,
           current_database()::text AS database, current_setting('server_encoding') AS encoding
    FROM pg_control_system()`);
  return rows[0] as ServerInfo;
}

/**
 * Every table of the application, by name: ordinary ones (including inheritance children, which have their own rows)
 * and partitioned roots. No partitions, temporary tables, system schemas or `holdfast_…` schemas.
 */
export async function listTables(connection: Connection): Promise<TableName[]> {
  const { rows } = await connection.query(`
    SELECT ${QUALIFIED} AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND ${APPLICATION_SCHEMA}
    ORDER BY (${QUALIFIED}) COLLATE "C"`);
  return rows.map(row => row.name);
}

/** The definitions of the tables, in the given order, and the types they use. Missing tables are omitted. */
export async function readSchema(connection: Connection, names: readonly TableName[]): Promise<DatabaseSchema> {
  const tables = await readDefinitions(connection, names);
  const { types, extensions } = await readTypes(
    connection,
    tables.map(table => table.oid),
  );
  return { tables, types, extensions };
}

/** The definitions alone: for who needs the types of only some of the tables, or of none. */
export async function readDefinitions(connection: Connection, tables: readonly TableName[]): Promise<TableSchema[]> {
  const relations = await readRelations(connection, tables);
  const oids = relations.map(relation => relation.oid);
  const columns = await readColumns(connection, oids);
  const indexes = await readIndexes(connection, oids);
  const foreignKeys = await readForeignKeys(connection, oids);
  const leaves = await readLeaves(connection, oids);
  return relations.map(relation => assemble(relation, columns, indexes, foreignKeys, leaves));
}

interface RelationFact {
  table: TableName;
  oid: number;
  kind: string;
  replicaIdentity: string;
}

interface ColumnFact extends ColumnSchema {
  relation: number;
}

interface LeafFact {
  root: number;
  leaf: number;
  replicaIdentity: string;
  /** The leaf's own indexes. */
  indexes: IndexFact[];
}

function assemble(
  relation: RelationFact,
  columns: ReadonlyMap<number, ColumnFact[]>,
  indexes: ReadonlyMap<number, IndexFact[]>,
  foreignKeys: ReadonlyMap<number, ForeignKey[]>,
  leaves: ReadonlyMap<number, LeafFact[]>,
): TableSchema {
  const own = (columns.get(relation.oid) ?? []).map(({ relation: _, ...column }) => column);
  const ownIndexes = indexes.get(relation.oid) ?? [];
  const names = own.map(column => column.name);
  const parts = relation.kind === 'p' ? (leaves.get(relation.oid) ?? []) : [];
  const identities = parts.length > 0 ? parts : [{ replicaIdentity: relation.replicaIdentity, indexes: ownIndexes }];
  const carried = identities.map(part => identityColumns(part.replicaIdentity, part.indexes, names));
  const kinds = new Set(identities.map(part => part.replicaIdentity));
  return {
    table: relation.table,
    oid: relation.oid,
    kind: relation.kind,
    columns: own,
    key: rowKey(ownIndexes, own),
    uniqueKeys: ownIndexes.flatMap(toUniqueKey),
    foreignKeys: foreignKeys.get(relation.oid) ?? [],
    // Old tuples of a partitioned table are those of its partitions: only columns that all of them contain are reliable.
    replicaIdentity: kinds.size === 1 ? [...kinds][0]! : (['n', 'd', 'i', 'f'].find(kind => kinds.has(kind)) as string),
    replicaIdentityColumns: names.filter(name => carried.every(set => set.includes(name))),
  };
}

async function readRelations(connection: Connection, tables: readonly TableName[]): Promise<RelationFact[]> {
  const parts = tables.map(parseTableName);
  const { rows } = await connection.query(
    `SELECT ${QUALIFIED} AS table, c.oid::int8::text AS oid, c.relkind AS kind, c.relreplident AS "replicaIdentity"
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (schema, name, place)
     JOIN pg_namespace n ON n.nspname = asked.schema
     JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = asked.name AND c.relkind IN ('r', 'p')
     ORDER BY asked.place`,
    [parts.map(part => part.schema), parts.map(part => part.table)],
  );
  return rows.map(row => ({ ...row, oid: Number(row.oid) }));
}

/**
 * A partitioned table has no rows: its partitions have the value of older rows, which is the same in all, since one
 * statement added the column. Later partitions have none.
 */
const PARTITIONS_MISSING = `
  (WITH RECURSIVE tree AS (
     SELECT a.attrelid AS relid
     UNION SELECT i.inhrelid FROM tree JOIN pg_inherits i ON i.inhparent = tree.relid)
   SELECT CASE WHEN count(DISTINCT p.attmissingval::text) = 1 THEN min((p.attmissingval::text::text[])[1]) END
   FROM tree JOIN pg_attribute p ON p.attrelid = tree.relid AND p.attname = a.attname
   WHERE p.attmissingval IS NOT NULL AND EXISTS (SELECT FROM pg_class r WHERE r.oid = a.attrelid AND r.relkind = 'p'))`;

/**
 * NOT NULL counts only if validated (PostgreSQL 18 has NOT VALID ones). The collation is the actual sort order of the
 * column: with the current version of the server's library, not the one recorded when the column was created.
 */
const COLUMNS = `
  SELECT a.attrelid::int8 AS relation, a.attname::text AS name, a.attnum::int AS number,
         format_type(a.atttypid, a.atttypmod) AS type,
         CASE WHEN t.typsubscript = 'pg_catalog.array_subscript_handler'::regproc THEN e.typtype ELSE t.typtype END::text AS "typeKind",
         a.attnotnull AND NOT EXISTS (
           SELECT 1 FROM pg_constraint v
           WHERE v.conrelid = a.attrelid AND v.contype = 'n' AND NOT v.convalidated AND v.conkey = ARRAY[a.attnum]
         ) AS "notNull",
         a.attgenerated::text AS generated, a.attidentity::text AS identity,
         pg_get_expr(d.adbin, d.adrelid) AS "default", coalesce((a.attmissingval::text::text[])[1], ${PARTITIONS_MISSING}) AS missing,
         CASE WHEN a.attcollation = 0 THEN NULL
              WHEN co.collname = 'default' AND co.collnamespace = 'pg_catalog'::regnamespace THEN (
                SELECT format('default(%s)', coalesce(to_jsonb(db) ->> 'datlocale', to_jsonb(db) ->> 'daticulocale', db.datcollate))
                       || coalesce('@' || pg_database_collation_actual_version(db.oid), '')
                FROM pg_database db WHERE db.datname = current_database())
              ELSE CASE WHEN co.collnamespace = 'pg_catalog'::regnamespace THEN '' ELSE co.collnamespace::regnamespace || '.' END
                   || quote_ident(co.collname) || coalesce('@' || pg_collation_actual_version(co.oid), '')
         END AS collation,
         (SELECT quote_ident(sn.nspname) || '.' || quote_ident(s.relname)
          FROM pg_depend p JOIN pg_class s ON s.oid = p.objid AND s.relkind = 'S' JOIN pg_namespace sn ON sn.oid = s.relnamespace
          WHERE p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass
            AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum AND p.deptype IN ('a', 'i')
          ORDER BY s.oid LIMIT 1) AS sequence,
         a.atttypid::int8::float8 AS "typeOid", coalesce(co.collisdeterministic, true) AS deterministic
  FROM pg_attribute a
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_type e ON e.oid = t.typelem
  LEFT JOIN pg_collation co ON co.oid = a.attcollation
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attrelid, a.attnum`;

async function readColumns(connection: Connection, oids: number[]): Promise<Map<number, ColumnFact[]>> {
  const { rows } = await connection.query(COLUMNS, [oids]);
  const types = await readTypeEqualities(connection, [...new Set(rows.map(row => row.typeOid as number))]);
  const columns = rows.map(({ relation, typeOid, deterministic, ...column }): ColumnFact => {
    const equality = columnEquality(types.get(typeOid), deterministic);
    return { ...column, relation: Number(relation), ...(equality === undefined ? {} : { equality }) };
  });
  return Map.groupBy(columns, row => row.relation);
}

/**
 * Enforced foreign keys over equality. One that references a partition counts as referencing its root; those that
 * PostgreSQL creates automatically for partitions are omitted, as are temporal (PERIOD) and NOT ENFORCED ones.
 */
async function readForeignKeys(connection: Connection, oids: number[]): Promise<Map<number, ForeignKey[]>> {
  const names = (key: string, relation: string) => `
    (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(${key}) WITH ORDINALITY AS k (number, place)
     JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = k.number)`;
  const { rows } = await connection.query(
    `SELECT f.conrelid::int8 AS relation, f.conname::text AS name, ${names('f.conkey', 'f.conrelid')} AS columns,
            ${QUALIFIED} AS references, ${names('f.confkey', 'f.confrelid')} AS "referencedColumns",
            f.condeferrable AS deferrable, f.confdeltype::text AS "onDelete", ${MATCHES} AS matches
     FROM pg_constraint f
     JOIN pg_class c ON c.oid = coalesce(pg_partition_root(f.confrelid), f.confrelid)
     JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE f.contype = 'f' AND f.conrelid = ANY ($1::oid[])
       AND (f.conparentid = 0 OR NOT EXISTS (
         SELECT 1 FROM pg_constraint p WHERE p.oid = f.conparentid AND p.conrelid = f.conrelid))
       AND coalesce((to_jsonb(f) ->> 'conenforced')::boolean, true) AND NOT coalesce((to_jsonb(f) ->> 'conperiod')::boolean, false)
     ORDER BY f.conrelid, f.conname COLLATE "C"`,
    [oids],
  );
  const byTable = new Map<number, ForeignKey[]>();
  for (const { relation, matches, ...rest } of rows) {
    const key: ForeignKey = { ...rest, ...(hasMatch(matches) ? { matches } : {}) };
    const list = byTable.get(Number(relation));
    if (list) list.push(key);
    else byTable.set(Number(relation), [key]);
  }
  return byTable;
}

/** The leaf partitions, with their own replica identities. */
async function readLeaves(connection: Connection, oids: number[]): Promise<Map<number, LeafFact[]>> {
  const { rows } = await connection.query(
    `SELECT root.oid::int8 AS root, l.oid::int8 AS leaf, l.relreplident AS "replicaIdentity"
     FROM pg_class root, LATERAL pg_partition_tree(root.oid) AS tree JOIN pg_class l ON l.oid = tree.relid
     WHERE root.oid = ANY ($1::oid[]) AND root.relkind = 'p' AND tree.isleaf AND l.relkind <> 'p'`,
    [oids],
  );
  if (rows.length === 0) return new Map();
  const indexes = await readIndexes(
    connection,
    rows.map(row => Number(row.leaf)),
  );
  return Map.groupBy(
    rows.map(row => ({
      root: Number(row.root),
      leaf: Number(row.leaf),
      replicaIdentity: row.replicaIdentity,
      indexes: indexes.get(Number(row.leaf)) ?? [],
    })),
    row => row.root,
  );
}
