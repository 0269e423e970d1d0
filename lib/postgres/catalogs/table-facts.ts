/**
 * Catalog facts about a table beyond its definition: inheritance, extension, persistence, row-level security, size.
 */
import type { TableName } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { parseTableName } from '../sql.ts';

export interface TableFact {
  readonly table: TableName;
  readonly oid: number;
  /** Inheritance parents (not a partition's). */
  readonly inherits: TableName[];
  /** The extension that created it, or null. */
  readonly extension: string | null;
  /** Also true if only one of its partitions is. */
  readonly unlogged: boolean;
  /** One of its partitions is a foreign table: its rows are on another server. */
  readonly foreign: boolean;
  /** Row-level security is on: a role that is neither exempt nor the owner may see only some rows. */
  readonly rowSecurity: boolean;
  /** With partitions and indexes, in bytes. */
  readonly bytes: number;
  /** The planner's estimate. */
  readonly rows: number;
}

export async function readTableFacts(
  connection: Connection,
  tables: readonly TableName[],
): Promise<Map<TableName, TableFact>> {
  const parts = tables.map(parseTableName);
  const { rows } = await connection.query(
    `SELECT asked.name AS table, c.oid::int8 AS oid, tree.unlogged, tree.foreign, c.relrowsecurity AS "rowSecurity", tree.bytes, tree.rows,
            ARRAY(SELECT quote_ident(pn.nspname) || '.' || quote_ident(p.relname)
                  FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
                  WHERE h.inhrelid = c.oid AND NOT c.relispartition ORDER BY h.inhseqno) AS inherits,
            (SELECT x.extname::text FROM pg_depend d JOIN pg_extension x ON x.oid = d.refobjid
             WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_extension'::regclass
               AND d.deptype = 'e' LIMIT 1) AS extension
     FROM unnest($1::text[], $2::text[], $3::text[]) AS asked (name, schema, relation)
     JOIN pg_namespace n ON n.nspname = asked.schema
     JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = asked.relation AND c.relkind IN ('r', 'p')
     CROSS JOIN LATERAL (
       SELECT bool_or(m.relpersistence = 'u') AS unlogged, bool_or(m.relkind = 'f') AS foreign, sum(pg_total_relation_size(m.oid))::int8 AS bytes,
              sum(greatest(m.reltuples, 0)) FILTER (WHERE m.relkind <> 'p')::int8 AS rows
       FROM pg_class m
       WHERE m.oid = c.oid OR (c.relkind = 'p' AND m.oid IN (SELECT relid FROM pg_partition_tree(c.oid)))
     ) AS tree`,
    [tables, parts.map(part => part.schema), parts.map(part => part.table)],
  );
  return new Map(
    rows.map(row => [
      row.table,
      { ...row, oid: Number(row.oid), bytes: Number(row.bytes), rows: Number(row.rows) } as TableFact,
    ]),
  );
}
