/** Facts about the server and the tables that weaken protection without any single statement failing. */
import type { TableName } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { parseTableName } from '../sql.ts';

export interface ServerHealth {
  readonly version: number;
  readonly walLevel: string;
  readonly standby: boolean;
  /** Bytes; null where an unread slot may fill the disk. */
  readonly maxSlotWalKeepBytes: number | null;
  readonly freeSlots: number;
  readonly largeObjects: boolean;
  /** Tables that live elsewhere: Holdfast does not protect them. */
  readonly foreignTables: TableName[];
}

export async function readServerHealth(connection: Connection): Promise<ServerHealth> {
  const { rows } = await connection.query(`
    SELECT current_setting('server_version_num')::int AS version, current_setting('wal_level') AS "walLevel",
           pg_is_in_recovery() AS standby,
           (SELECT nullif(setting::float8, -1) * 1024 * 1024 FROM pg_settings WHERE name = 'max_slot_wal_keep_size') AS "maxSlotWalKeepBytes",
           current_setting('max_replication_slots')::int - (SELECT count(*)::int FROM pg_replication_slots) AS "freeSlots",
           EXISTS (SELECT FROM pg_largeobject_metadata) AS "largeObjects",
           ARRAY(SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.relkind = 'f' AND NOT c.relispartition ORDER BY 1) AS "foreignTables"`);
  return rows[0] as ServerHealth;
}

/** Whether the session is encrypted. */
export async function readTlsUse(connection: Connection): Promise<boolean> {
  const { rows } = await connection.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
  return rows[0]?.ssl === true;
}

export interface TableHealth {
  readonly table: TableName;
  /** The leading columns of each valid index, as many as it has plain ones. */
  readonly indexes: string[][];
  /** Triggers that fire also when a restore suppresses the application's (ENABLE ALWAYS or REPLICA). */
  readonly stubbornTriggers: string[];
  /** Foreign keys that were never validated: existing rows may have no parent. */
  readonly unvalidatedKeys: string[];
  /** Partitions that are foreign tables. */
  readonly foreignPartitions: string[];
}

export async function readTableHealth(
  connection: Connection,
  tables: readonly TableName[],
): Promise<Map<TableName, TableHealth>> {
  const parts = tables.map(parseTableName);
  const { rows } = await connection.query(
    `SELECT asked.name AS table,
       coalesce((SELECT json_agg(k.columns) FROM pg_index i CROSS JOIN LATERAL (
          SELECT coalesce(json_agg(a.attname ORDER BY x.place), '[]') AS columns
          FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS x (number, place)
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = x.number
          WHERE x.place <= i.indnkeyatts) AS k
        WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL), '[]') AS indexes,
       ARRAY(SELECT t.tgname::text FROM pg_trigger t
             WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled IN ('A', 'R') ORDER BY 1) AS "stubbornTriggers",
       ARRAY(SELECT f.conname::text FROM pg_constraint f
             WHERE f.conrelid = c.oid AND f.contype = 'f' AND NOT f.convalidated ORDER BY 1) AS "unvalidatedKeys",
       ARRAY(SELECT quote_ident(ln.nspname) || '.' || quote_ident(l.relname)
             FROM pg_partition_tree(CASE WHEN c.relkind = 'p' THEN c.oid END) AS tree
             JOIN pg_class l ON l.oid = tree.relid JOIN pg_namespace ln ON ln.oid = l.relnamespace
             WHERE l.relkind = 'f' ORDER BY 1) AS "foreignPartitions"
     FROM unnest($1::text[], $2::text[], $3::text[]) AS asked (name, schema, relation)
     JOIN pg_namespace n ON n.nspname = asked.schema
     JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = asked.relation AND c.relkind IN ('r', 'p')`,
    [tables, parts.map(part => part.schema), parts.map(part => part.table)],
  );
  return new Map(rows.map(row => [row.table, row as TableHealth]));
}
