/**
 * Where tables keep their rows: the files and partitions. Changes of these are how rows come and go without a row
 * change in the log: a rewriting ALTER TABLE, TRUNCATE of a single partition, ATTACH, DETACH and DROP of partitions.
 */
import type { Connection } from '../connection.ts';

export interface TableStorage {
  /** pg_publication_rel.oid: a table that was taken out of the publication and put back has another. */
  readonly published: string | null;
  /** Leaf (or the table itself) by oid → its file number. */
  readonly leaves: Record<string, string>;
  /** Leaves that were made as empty partitions (CREATE TABLE … PARTITION OF), not attached later. */
  readonly born: string[];
}

/** By the oid of the table (of a partitioned table: its root). */
export async function readStorage(
  connection: Connection,
  publication: string,
  oids: readonly number[],
): Promise<Map<number, TableStorage>> {
  const { rows } = await connection.query(
    `SELECT t.oid::int8 AS oid,
            (SELECT r.oid::text FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE p.pubname = $1 AND r.prrelid = t.oid) AS published,
            jsonb_object_agg(c.oid::text, c.relfilenode::text) AS leaves,
            coalesce(jsonb_agg(c.oid::text) FILTER (WHERE i.xmin = c.xmin), '[]') AS born
     FROM unnest($2::oid[]) AS t(oid)
     CROSS JOIN LATERAL (SELECT t.oid AS leaf UNION SELECT relid FROM pg_partition_tree(t.oid) WHERE isleaf) AS l
     JOIN pg_class c ON c.oid = l.leaf
     LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
     GROUP BY t.oid`,
    [publication, oids],
  );
  return new Map(rows.map(row => [Number(row.oid), { published: row.published, leaves: row.leaves, born: row.born }]));
}
