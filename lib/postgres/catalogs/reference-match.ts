/**
 * How a foreign key compares: by the constraint's own operator, on that operator's types, under the referenced
 * column's collation. An unqualified `=` would differ for types of extensions, columns of different types and other
 * collations. Source: ri_GenerateQual in PostgreSQL's ri_triggers.c.
 */
import type { ReferenceMatch } from '../../domain/table-schema.ts';

/**
 * SQL: an array (json) with a ReferenceMatch, or null if plain `=` is equivalent, per column of the constraint `f`.
 */
export const MATCHES = `
  (SELECT json_agg(CASE WHEN n.nspname = 'pg_catalog' AND coalesce(pc.collisdeterministic, true)
             AND pa.attcollation = ca.attcollation AND (pa.atttypid = ca.atttypid OR (pa.atttypid IN (20, 21, 23) AND ca.atttypid IN (20, 21, 23)))
           THEN NULL
           ELSE json_build_object(
             'operator', 'OPERATOR(' || quote_ident(n.nspname) || '.' || o.oprname || ')',
             'parentType', CASE WHEN lt.typtype <> 'p' THEN format_type(o.oprleft, NULL) END,
             'childType', CASE WHEN rt.typtype <> 'p' THEN format_type(o.oprright, NULL) END,
             'collation', CASE WHEN NOT pc.collisdeterministic THEN quote_ident(cn.nspname) || '.' || quote_ident(pc.collname)
                               WHEN pa.attcollation <> ca.attcollation THEN 'pg_catalog."C"' END) END
           ORDER BY k.place)
   FROM unnest(f.conkey, f.confkey, f.conpfeqop) WITH ORDINALITY AS k (child, parent, operator, place)
   JOIN pg_attribute ca ON ca.attrelid = f.conrelid AND ca.attnum = k.child
   JOIN pg_attribute pa ON pa.attrelid = f.confrelid AND pa.attnum = k.parent
   JOIN pg_operator o ON o.oid = k.operator JOIN pg_namespace n ON n.oid = o.oprnamespace
   JOIN pg_type lt ON lt.oid = o.oprleft JOIN pg_type rt ON rt.oid = o.oprright
   LEFT JOIN pg_collation pc ON pc.oid = pa.attcollation AND pa.attcollation <> 0
   LEFT JOIN pg_namespace cn ON cn.oid = pc.collnamespace)`;

/** True if some column is not compared by plain `=`. */
export function hasMatch(matches: readonly (ReferenceMatch | null)[] | null): boolean {
  return matches?.some(match => match !== null) ?? false;
}
