/**
 * What has to be done so that a deleted or updated row's old image says whose row it was. A partitioned table's rows are
 * its partitions', so each partition has its own identity. Invariants: an identity proposed here rests on no index but the
 * primary key (what rests on another dies with it, and the application's UPDATE and DELETE with that), and a table that
 * can have none is named with the reason and not published. See docs/decisions/0017-replica-identity.md.
 */
import type { TableSchema } from '../../domain/table-schema.ts';
import { type OwnedTable, routingColumns } from '../../domain/tenant-model.ts';
import type { Connection } from '../connection.ts';
import { IDENTITY_FACTS, IDENTITY_WORKS } from './identity-harm.ts';

/** A relation that holds rows: an ordinary table, or a partition. */
export interface IdentityTarget {
  readonly root: number;
  readonly oid: number;
  /** Quoted, for statements. */
  readonly relation: string;
  /** pg_class.relreplident: d, n, f, i. */
  readonly replicaIdentity: string;
  /** Columns of the primary key, where it can be an identity; else empty. */
  readonly key: readonly string[];
  /** FULL can be the identity: before PostgreSQL 18 always, then only without generated columns. */
  readonly mayBeFull: boolean;
  /** UPDATE and DELETE work once the table is published. */
  readonly works: boolean;
  /** The identity is an index that another publication's tables rely on: it is not ours to change. */
  readonly foreign: boolean;
  /** Its rows are so wide, and so many, that FULL would multiply the WAL. */
  readonly wide: boolean;
  /** Quoted name of an identity index that an earlier version made. */
  readonly ownIndex: string | null;
}

/** More than that much table with more than that much in a row: old rows in the WAL would weigh. Bytes. */
const WIDE_TABLE = 2 ** 29;
const WIDE_ROW = 16 * 1024;

export async function readIdentityTargets(
  connection: Connection,
  publication: string,
  oids: readonly number[],
): Promise<IdentityTarget[]> {
  const { rows } = await connection.query(
    `SELECT f.*, ${IDENTITY_WORKS} AS works
     FROM (
       SELECT root.oid::int8 AS root, c.oid::int8 AS oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS relation,
              c.relreplident AS "replicaIdentity", c.relreplident, ${IDENTITY_FACTS},
              ARRAY(SELECT a.attname::text FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
                    JOIN pg_attribute a ON a.attnum = k.number
                    WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND k.place <= i.indnkeyatts ORDER BY k.place) AS key,
              c.relreplident = 'i' AND EXISTS (
                SELECT FROM pg_publication_rel m JOIN pg_publication p ON p.oid = m.prpubid
                WHERE m.prrelid = root.oid AND p.pubname <> $2) AS foreign,
              pg_table_size(c.oid) > $3 AND pg_table_size(c.oid) > c.reltuples * $4 AS wide,
              (SELECT quote_ident(n.nspname) || '.' || quote_ident(ic.relname) FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
               WHERE i.indrelid = c.oid AND ic.relname = 'holdfast_identity_' || c.oid) AS "ownIndex"
       FROM pg_class root
       CROSS JOIN LATERAL (
         SELECT root.oid AS relid WHERE root.relkind = 'r'
         UNION ALL SELECT tree.relid FROM pg_partition_tree(root.oid) AS tree WHERE root.relkind = 'p' AND tree.isleaf
       ) AS holder
       JOIN pg_class c ON c.oid = holder.relid AND c.relkind = 'r' JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE root.oid = ANY ($1::oid[])
     ) AS f CROSS JOIN LATERAL (SELECT f.relreplident) AS c
     ORDER BY f.root, f.oid`,
    [oids, publication, WIDE_TABLE, WIDE_ROW],
  );
  return rows.map(row => ({
    ...row,
    ...{ root: Number(row.root), oid: Number(row.oid), mayBeFull: row.may_be_full, key: row.has_key ? row.key : [] },
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

/** Why changes of the table cannot be followed however its identity is set; undefined where they can. */
export function unfitReason(schema: TableSchema, targets: readonly IdentityTarget[]): string | undefined {
  if (schema.key.length === 0) return 'it has no key that identifies the row of a change';
  const primary = schema.uniqueKeys.some(key => key.primary) && targets.every(target => target.key.length > 0);
  // The log names a partitioned table's rows by the root's primary key, whatever identity its partitions have.
  if (schema.kind === 'p' && !primary)
    return 'it is partitioned without a primary key that can be a replica identity: the application could not update a partition created later';
  const none = targets.find(target => target.key.length === 0 && !target.mayBeFull);
  if (none)
    return `${none.relation} has generated columns and no primary key of other columns, so it cannot have a replica identity`;
  return undefined;
}

export interface IdentityPlan {
  /** What is to be run, in order; empty where nothing is wrong or a person must decide. */
  readonly sql: string[];
  /** Relations that keep an identity which does not carry the tenant, and why. */
  readonly weak: { readonly relation: string; readonly reason: string }[];
}

/**
 * `guarded`: DDL that would break an identity mends it at once (identity-guard.ts). Without that, what survives most
 * migrations is chosen: before PostgreSQL 18 FULL, which nothing breaks; then the primary key, because a generated column
 * added later would make FULL fail the application.
 */
export function planIdentity(
  table: OwnedTable,
  schema: TableSchema,
  targets: readonly IdentityTarget[],
  server: { readonly version: number; readonly guarded: boolean },
): IdentityPlan {
  const plan: IdentityPlan = { sql: [], weak: [] };
  const wanted = wantedIdentity(table, schema);
  for (const target of targets) {
    if (target.foreign && target.works) continue;
    const { kind, reason } = choose(target, wanted, server);
    if (reason !== undefined) plan.weak.push({ relation: target.relation, reason });
    // FULL that somebody chose carries everything; it stays.
    const keeps = target.works && (target.replicaIdentity === kind || target.replicaIdentity === 'f');
    if (!keeps) plan.sql.push(`ALTER TABLE ${target.relation} REPLICA IDENTITY ${kind === 'f' ? 'FULL' : 'DEFAULT'};`);
    if (target.ownIndex !== null) plan.sql.push(`DROP INDEX CONCURRENTLY IF EXISTS ${target.ownIndex};`);
  }
  return plan;
}

function choose(
  target: IdentityTarget,
  wanted: readonly string[],
  { version, guarded }: { version: number; guarded: boolean },
): { kind: 'd' | 'f'; reason?: string } {
  if (target.key.length === 0) return { kind: 'f' };
  const survives = guarded || version >= 180000 || target.wide;
  if (survives && wanted.every(column => target.key.includes(column))) return { kind: 'd' };
  if (!target.mayBeFull)
    return { kind: 'd', reason: 'FULL is impossible: PostgreSQL 18 and later refuse it for generated columns' };
  if (target.wide) return { kind: 'd', reason: 'its rows are wide, and FULL would write each old row to the WAL' };
  if (version >= 180000 && !guarded && target.replicaIdentity !== 'f')
    return { kind: 'd', reason: 'with FULL, a generated column added later would make the application’s UPDATE fail' };
  return { kind: 'f' };
}
