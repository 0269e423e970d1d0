/**
 * Published tables in which PostgreSQL refuses the application's UPDATE and DELETE: those that a publication carries and
 * whose replica identity is gone or does not fit (CheckCmdReplicaIdentity in the server's source). An application's
 * migration may bring that about long after set-up. Invariant: the statement given for each makes the application's
 * statements work again, without a new index and without a change of what it may write.
 */
import type { Connection } from '../connection.ts';
import { quoteLiteral } from '../sql.ts';

/** Since PostgreSQL 18 an identity must not contain generated columns, which our publication does not carry. */
const GENERATED_COUNT = `current_setting('server_version_num')::int >= 180000`;

/** About the relation `c` (an ordinary table or a partition), as columns of a SELECT. */
export const IDENTITY_FACTS = `
  EXISTS (SELECT FROM pg_catalog.pg_index i
          WHERE i.indrelid = c.oid AND i.indisprimary AND i.indimmediate AND i.indisvalid AND (${whole('i')})) AS has_key,
  NOT (${GENERATED_COUNT} AND EXISTS (SELECT FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> '')) AS may_be_full,
  EXISTS (SELECT FROM pg_catalog.pg_index i
          WHERE i.indrelid = c.oid AND i.indisreplident AND i.indimmediate AND i.indisvalid AND (${whole('i')})) AS has_index`;

/** Whether UPDATE and DELETE work in a published relation with these facts. */
export const IDENTITY_WORKS = `CASE c.relreplident WHEN 'd' THEN has_key WHEN 'f' THEN may_be_full WHEN 'i' THEN has_index ELSE false END`;

function whole(index: string): string {
  return `NOT ${GENERATED_COUNT} OR NOT EXISTS (
            SELECT FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = ${index}.indrelid AND a.attnum = ANY (${index}.indkey::pg_catalog.int2[]) AND a.attgenerated <> '')`;
}

/**
 * A SELECT of the harmed relations of the publication: `relation` and `root` (quoted), and `mend`, the statement. With
 * `which`, a condition on the relation `c`, only those.
 */
export function harmSql(publication: string, which = 'true'): string {
  const name = quoteLiteral(publication);
  return `
  SELECT f.relation, f.root,
         CASE WHEN f.has_key AND (f.relreplident = 'n' OR NOT f.may_be_full) THEN 'ALTER TABLE ' || f.relation || ' REPLICA IDENTITY DEFAULT'
              WHEN f.may_be_full AND f.relreplident <> 'n' THEN 'ALTER TABLE ' || f.relation || ' REPLICA IDENTITY FULL'
              ELSE pg_catalog.format('ALTER PUBLICATION %I DROP TABLE ', ${name}) || f.root END AS mend
  FROM (
    SELECT c.relreplident, pg_catalog.format('%I.%I', n.nspname, c.relname) AS relation,
           pg_catalog.format('%I.%I', rn.nspname, r.relname) AS root, ${IDENTITY_FACTS}
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class r ON r.oid = coalesce(pg_catalog.pg_partition_root(c.oid), c.oid)
    JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
    JOIN pg_catalog.pg_publication_rel m ON m.prrelid = r.oid
    JOIN pg_catalog.pg_publication p ON p.oid = m.prpubid AND p.pubname = ${name}
    WHERE c.relkind = 'r' AND (${which})
  ) AS f
  CROSS JOIN LATERAL (SELECT f.relreplident) AS c
  WHERE NOT (${IDENTITY_WORKS})`;
}

/**
 * A SELECT of partitions that came without the identity FULL which others of their table have: `relation` and `mend`.
 */
export function weakerPartitionsSql(publication: string, which = 'true'): string {
  return `
  SELECT f.relation, 'ALTER TABLE ' || f.relation || ' REPLICA IDENTITY FULL' AS mend
  FROM (
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS relation, ${IDENTITY_FACTS}
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_publication_rel m ON m.prrelid = pg_catalog.pg_partition_root(c.oid)
    JOIN pg_catalog.pg_publication p ON p.oid = m.prpubid AND p.pubname = ${quoteLiteral(publication)}
    WHERE c.relkind = 'r' AND c.relispartition AND c.relreplident = 'd' AND (${which})
      AND EXISTS (SELECT FROM pg_catalog.pg_partition_tree(m.prrelid) t JOIN pg_catalog.pg_class s ON s.oid = t.relid
                  WHERE t.isleaf AND s.relkind = 'r' AND s.relreplident = 'f')
  ) AS f
  WHERE f.may_be_full`;
}

/**
 * About a relation `c`: it is partitioned, and its own identity is one that its partitions do not have. The log names
 * old rows by the root's identity, but contains what the partition's identity provides: under NOTHING rows have no name,
 * under FULL or an index NULL stands for what is missing.
 */
const MISNAMES = `c.relkind = 'p' AND c.relreplident <> 'd' AND NOT (
      c.relreplident = 'f' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_partition_tree(c.oid) t JOIN pg_catalog.pg_class s ON s.oid = t.relid
        WHERE t.isleaf AND s.relkind = 'r' AND s.relreplident <> 'f'))`;

/** A SELECT of partitioned tables of the publication that misname their partitions' rows: `relation` and `mend`. */
export function misnamingRootsSql(publication: string, which = 'true'): string {
  return `
  SELECT r.relation, 'ALTER TABLE ' || r.relation || ' REPLICA IDENTITY DEFAULT' AS mend
  FROM (
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS relation
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_publication_rel m ON m.prrelid = c.oid
    JOIN pg_catalog.pg_publication p ON p.oid = m.prpubid AND p.pubname = ${quoteLiteral(publication)}
    WHERE ${MISNAMES} AND (${which})
  ) AS r`;
}

/** A relation and the statement that mends it. */
export interface Harm {
  /** Quoted as SQL needs it. */
  readonly relation: string;
  readonly mend: string;
}

/** Relations of the publication in which UPDATE and DELETE fail. */
export async function readHarmed(connection: Connection, publication: string): Promise<Harm[]> {
  return (await connection.query(harmSql(publication))).rows;
}

/** Relations of the publication whose old rows tell less than they could, or are misnamed: nobody is harmed. */
export async function readWeakIdentities(connection: Connection, publication: string): Promise<Harm[]> {
  return (await connection.query(`${weakerPartitionsSql(publication)} UNION ALL ${misnamingRootsSql(publication)}`))
    .rows;
}

/** Of these tables (oids), whether published or not, those that misname their partitions' rows, by oid. */
export async function readMisnamingRoots(
  connection: Connection,
  oids: readonly number[],
): Promise<ReadonlyMap<number, Harm>> {
  const { rows } = await connection.query(
    `SELECT c.oid::int8 AS oid, format('%I.%I', n.nspname, c.relname) AS relation
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($1::oid[]) AND ${MISNAMES}`,
    [oids],
  );
  const mendOf = (relation: string) => `ALTER TABLE ${relation} REPLICA IDENTITY DEFAULT`;
  return new Map(rows.map(({ oid, relation }) => [Number(oid), { relation, mend: mendOf(relation) }]));
}
