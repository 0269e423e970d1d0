/**
 * The statements that read the constraints of the live database on restored rows (results in diff-catalog.ts). Each
 * takes the oids of the compared tables and runs inside the diff's own snapshot.
 */
import { MATCHES } from '../catalogs/reference-match.ts';
import { quoteLiteral } from '../sql.ts';
import { APPLICATION_PATH, callsApplication } from './application-code.ts';

/** An array literal of numbers, quoted. */
type OidList = string;

const NAME = (oid: string) =>
  `(SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ${oid})`;
const COLUMNS = (relation: string, numbers: string) =>
  `(SELECT pg_catalog.array_agg(a.attname::text ORDER BY u.ord) FROM pg_catalog.unnest(${numbers}) WITH ORDINALITY u(num, ord) JOIN pg_catalog.pg_attribute a ON a.attrelid = ${relation} AND a.attnum = u.num)`;

/** A pattern for code that writes rows; it can match code that does not, for example a comment. */
const TRIGGER_WRITES = quoteLiteral(
  String.raw`\m(insert\s+into|delete\s+from|update\s+\S+\s+(as\s+)?(\S+\s+)?set|merge\s+into|execute)\M`,
);
const ROW_CHANGES = quoteLiteral(
  String.raw`(;|\mthen|\mbegin|\melse|\mloop)\s*new\s*(\.\s*\S+\s*)?:?=|\mreturn\s+null\M|\minto\s+new\M`,
);

/** Foreign keys from and to the tables. */
export function linksSql(oids: OidList): string {
  return `
    SELECT f.conname::text AS name, f.conrelid::int8::float8 AS "childOid", ${NAME('f.conrelid')} AS child,
           (SELECT relkind::text FROM pg_catalog.pg_class WHERE oid = f.conrelid) AS "childKind",
           ${COLUMNS('f.conrelid', 'f.conkey')} AS columns,
           f.confrelid::int8::float8 AS "parentOid", ${NAME('f.confrelid')} AS parent,
           (SELECT relkind::text FROM pg_catalog.pg_class WHERE oid = f.confrelid) AS "parentKind",
           ${COLUMNS('f.confrelid', 'f.confkey')} AS "referencedColumns",
           f.condeferrable AS deferrable, f.confmatchtype = 'f' AS full, ${MATCHES} AS matches,
           coalesce((pg_catalog.to_jsonb(f) ->> 'conperiod')::boolean, false) AS period
      FROM pg_catalog.pg_constraint f
     WHERE f.contype = 'f' AND f.conparentid = 0 AND coalesce((pg_catalog.to_jsonb(f) ->> 'conenforced')::boolean, true)
       AND (f.conrelid = ANY (${oids}::oid[]) OR f.confrelid = ANY (${oids}::oid[]))
     ORDER BY 3, 1`;
}

/** Unique and exclusion indexes. */
export function indexesSql(oids: OidList): string {
  return `
    SELECT i.indrelid::int8::float8 AS "tableOid", c.relname::text AS name, i.indisprimary AS primary,
           i.indisexclusion AS exclusion, NOT i.indimmediate AS deferrable,
           i.indnullsnotdistinct AS "nullsNotDistinct", ${callsApplication('pg_class', 'i.indexrelid')} AS application,
           pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
           CASE WHEN 0 = ANY (i.indkey::int2[]) THEN NULL ELSE ${COLUMNS('i.indrelid', '(i.indkey::int2[])[0:i.indnkeyatts - 1]')} END AS columns,
           (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                     'expression', pg_catalog.pg_get_indexdef(i.indexrelid, p.n, false),
                     'collation', (SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(l.collname)
                        FROM pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
                       WHERE l.oid = (i.indcollation::oid[])[p.n - 1] AND NOT l.collisdeterministic),
                     'operator', (SELECT 'OPERATOR(' || pg_catalog.quote_ident(n.nspname) || '.' || o.oprname || ')'
                        FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
                       WHERE o.oid = CASE WHEN i.indisexclusion THEN
                               (SELECT k.conexclop[p.n] FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('x', 'p', 'u') LIMIT 1)
                             ELSE (SELECT m.amopopr FROM pg_catalog.pg_opclass oc JOIN pg_catalog.pg_amop m ON m.amopfamily = oc.opcfamily
                                    WHERE oc.oid = (i.indclass::oid[])[p.n - 1] AND m.amoplefttype = oc.opcintype
                                      AND m.amoprighttype = oc.opcintype AND m.amopstrategy = 3 LIMIT 1) END))
                   ORDER BY p.n)
              FROM pg_catalog.generate_series(1, i.indnkeyatts) p(n)) AS parts
      FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = ANY (${oids}::oid[]) AND (i.indisunique OR i.indisexclusion) AND i.indisvalid
     ORDER BY 1, 2`;
}

/** CHECK constraints that are enforced. */
export function checksSql(oids: OidList): string {
  return `
    SELECT k.conrelid::int8::float8 AS "tableOid", k.conname::text AS name,
           pg_catalog.pg_get_expr(k.conbin, k.conrelid) AS expression, ${callsApplication('pg_constraint', 'k.oid')} AS application
      FROM pg_catalog.pg_constraint k
     WHERE k.contype = 'c' AND k.conrelid = ANY (${oids}::oid[])
       AND coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true) ORDER BY 1, 2`;
}

/** Triggers, including those of partitions, and rules that rewrite writes. */
export function firingsSql(oids: OidList): string {
  return `
    SELECT p.root::int8::float8 AS "tableOid", t.tgname::text AS name, 'trigger' AS kind, t.tgenabled::text AS enabled,
           CASE WHEN t.tgtype & 4 > 0 THEN 'i' ELSE '' END || CASE WHEN t.tgtype & 8 > 0 THEN 'd' ELSE '' END ||
             CASE WHEN t.tgtype & 16 > 0 THEN 'u' ELSE '' END AS operations,
           f.prosrc ~* ${TRIGGER_WRITES} OR (t.tgtype & 3 = 3 AND (f.prosrc ~* ${ROW_CHANGES} OR l.lanname NOT IN ('plpgsql', 'sql'))) AS writes
      FROM pg_catalog.unnest(${oids}::oid[]) p(root)
     CROSS JOIN LATERAL (SELECT p.root AS oid UNION SELECT relid FROM pg_catalog.pg_partition_tree(p.root::regclass)) part
      JOIN pg_catalog.pg_trigger t ON t.tgrelid = part.oid AND NOT t.tgisinternal AND t.tgparentid = 0
      JOIN pg_catalog.pg_proc f ON f.oid = t.tgfoid JOIN pg_catalog.pg_language l ON l.oid = f.prolang
     UNION ALL
    SELECT r.ev_class::int8::float8, r.rulename::text, 'rule', r.ev_enabled::text,
           CASE r.ev_type WHEN '2' THEN 'u' WHEN '3' THEN 'i' ELSE 'd' END, true
      FROM pg_catalog.pg_rewrite r WHERE r.ev_type <> '1' AND r.ev_class = ANY (${oids}::oid[])
     ORDER BY 1, 2`;
}

/** The bounds of the partitions of a partitioned table. */
export function partitionsSql(oids: OidList): string {
  return `
    SELECT p.root::int8::float8 AS oid, pg_catalog.array_agg(pg_catalog.pg_get_partition_constraintdef(t.relid)) AS conditions
      FROM pg_catalog.unnest(${oids}::oid[]) p(root)
      JOIN pg_catalog.pg_class c ON c.oid = p.root AND c.relkind = 'p'
     CROSS JOIN LATERAL pg_catalog.pg_partition_tree(p.root::regclass) t
     WHERE t.isleaf AND t.relid <> p.root GROUP BY 1`;
}

/** Generated columns. */
export function generatedSql(oids: OidList): string {
  return `
    SELECT a.attrelid::int8::float8 AS oid, a.attname::text AS name, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression,
           ${callsApplication('pg_attrdef', 'd.oid')} AS application
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attgenerated <> '' AND a.attrelid = ANY (${oids}::oid[])`;
}

/** The search_path of each owner. */
export function pathsSql(oids: OidList): string {
  return `SELECT c.oid::int8::float8 AS oid, ${APPLICATION_PATH} AS path FROM pg_catalog.pg_class c WHERE c.oid = ANY (${oids}::oid[])`;
}

/** Whether this role can suppress the application's triggers. */
export const MAY_SUPPRESS_SQL = `SELECT pg_catalog.has_parameter_privilege('session_replication_role', 'SET') AS may`;
