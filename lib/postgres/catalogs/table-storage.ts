/**
 * Facts about the storage of tables that change with DDL: a rewriting ALTER TABLE, TRUNCATE of a single partition,
 * ATTACH, DETACH and DROP of partitions, a temporary change of the publication. And the proof that a new file still
 * contains the old rows.
 */
import type { MemberTrace, TableTrace } from '../../domain/table-trace.ts';
import type { Connection } from '../connection.ts';
import { DDL_TRIGGERS_MARK } from '../log/ddl-triggers.ts';

/** A member of a partition tree with the facts that are not stored: they change with every GRANT and every index. */
export interface MemberNow extends MemberTrace {
  /** Created as an empty partition (CREATE TABLE … PARTITION OF) and a partition ever since. */
  readonly born: boolean;
  /** The transaction that last changed its row in pg_class. */
  readonly classXmin: string;
  readonly name: string;
}

export interface TableNow extends TableTrace {
  readonly members: Record<string, MemberNow>;
}

/**
 * Everything in the session's own database snapshot (pg_partition_tree() would read beyond it). By oid of the table
 * (of a partitioned table: its root). ATTACH updates all attributes of a partition; if an inherited attribute still has
 * the transaction of the system columns, the partition was never attached.
 */
export async function readTableTraces(
  connection: Connection,
  publication: string,
  oids: readonly number[],
): Promise<Map<number, TableNow>> {
  const { rows } = await connection.query(
    `SELECT t.oid::int8 AS oid, n.nspname AS schema, quote_ident(n.nspname) || '.' || quote_ident(root.relname) AS table,
       (SELECT p.oid || ':' || p.xmin || '/' || coalesce(r.oid || ':' || r.xmin, s.oid || ':' || s.xmin, p.puballtables::text)
        FROM pg_publication p
        LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = t.oid
        LEFT JOIN pg_publication_namespace s ON s.pnpubid = p.oid AND s.pnnspid = root.relnamespace
        WHERE p.pubname = $1 AND (r.oid IS NOT NULL OR s.oid IS NOT NULL OR p.puballtables)) AS published,
       (SELECT jsonb_build_object(
          'last', root.relnatts,
          'unlogged', coalesce(jsonb_agg(a.attnum) FILTER (WHERE a.attgenerated <> '' AND NOT a.attisdropped), '[]'),
          'columns', coalesce(jsonb_agg(jsonb_build_object('number', a.attnum, 'name', a.attname, 'typeOid', a.atttypid::int8, 'xmin', a.xmin::text)
                     ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '' AND NOT a.attisdropped), '[]'))
        FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0) AS layout,
       (SELECT jsonb_object_agg(c.oid::text, jsonb_build_object(
          'file', c.relfilenode::text,
          'attributes', (SELECT left(md5(string_agg(a.attnum || ':' || a.xmin, ',' ORDER BY a.attnum)), 12)
                         FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0),
          'link', coalesce(CASE WHEN c.oid <> t.oid THEN (SELECT string_agg(i.xmin::text, ',') FROM pg_inherits i WHERE i.inhrelid = c.oid) END, ''),
          'born', EXISTS (SELECT FROM pg_attribute a JOIN pg_attribute s ON s.attrelid = a.attrelid AND s.attnum = -1
                          WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attinhcount > 0 AND a.xmin = s.xmin
                            AND a.cmin::text = s.cmin::text),
          'classXmin', c.xmin::text,
          'name', quote_ident(cn.nspname) || '.' || quote_ident(c.relname)))
        FROM (WITH RECURSIVE tree AS (
                SELECT t.oid AS relid
                UNION SELECT i.inhrelid FROM tree JOIN pg_inherits i ON i.inhparent = tree.relid
                JOIN pg_class part ON part.oid = i.inhrelid AND part.relispartition)
              SELECT relid FROM tree) AS tree
        JOIN pg_class c ON c.oid = tree.relid JOIN pg_namespace cn ON cn.oid = c.relnamespace) AS members
       , (WITH RECURSIVE used (oid) AS (
            SELECT a.atttypid FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
            UNION SELECT part.oid FROM used JOIN pg_type y ON y.oid = used.oid CROSS JOIN LATERAL (
              SELECT y.typelem AS oid WHERE y.typelem <> 0
              UNION ALL SELECT y.typbasetype WHERE y.typtype = 'd'
              UNION ALL SELECT f.atttypid FROM pg_attribute f WHERE y.typtype = 'c' AND f.attrelid = y.typrelid AND f.attnum > 0 AND NOT f.attisdropped
              UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE y.oid IN (r.rngtypid, r.rngmultitypid)) AS part)
          SELECT jsonb_object_agg(y.oid::text, CASE WHEN k.relkind = 'c' THEN '' ELSE 'row ' END || coalesce(
                   (SELECT string_agg(f.attnum::text, ',' ORDER BY f.attnum) FROM pg_attribute f
                    WHERE f.attrelid = y.typrelid AND f.attnum > 0 AND NOT f.attisdropped), ''))
          FROM used JOIN pg_type y ON y.oid = used.oid JOIN pg_class k ON k.oid = y.typrelid WHERE y.typtype = 'c') AS composites
       , ${DDL_TRIGGERS_MARK} AS "toldBy"
     FROM unnest($2::oid[]) AS t(oid)
     JOIN pg_class root ON root.oid = t.oid
     JOIN pg_namespace n ON n.oid = root.relnamespace`,
    [publication, oids],
  );
  return new Map(rows.map(({ schema: _, ...row }) => [Number(row.oid), { ...row, oid: Number(row.oid) } as TableNow]));
}

/** Enough pages to find an old row, few enough not to read an entire table. */
const PROOF_PAGES = 64;

/**
 * Whether a row from before the transactions from `horizon` on is still stored. A rewriting ALTER TABLE writes every
 * row again and TRUNCATE leaves none; VACUUM FULL and CLUSTER keep each row's transaction. False if unknown.
 */
export async function keepsOldRows(connection: Connection, member: MemberNow, horizon: string): Promise<boolean> {
  try {
    const { rows } = await connection.query(
      `SELECT 1 FROM ONLY ${member.name} WHERE ctid < '(${PROOF_PAGES},0)'::tid AND age(xmin) > age(($1::text::xid8)::xid) LIMIT 1`,
      [horizon],
    );
    return rows.length > 0;
  } catch {
    // No privilege on the partition itself, or it is locked: no proof.
    return false;
  }
}

/** Whether an open or prepared transaction has written to one of these relations: it keeps its lock until its end. */
export async function isBeingWritten(connection: Connection, oids: readonly number[]): Promise<boolean> {
  const { rows } = await connection.query(
    `SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l
       WHERE l.locktype = 'relation' AND l.granted AND l.relation = ANY ($1::pg_catalog.int8[]::pg_catalog.oid[])
         AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
         AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) AS written`,
    [oids],
  );
  return rows[0].written;
}
