/**
 * What the statements of a restore need beside the rights on the tenants' own tables: to read the tables at the other end
 * of their foreign keys, to move their sequences, to use their types and to run the functions of their constraints.
 */
import type { TableName } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { parseTableName } from '../sql.ts';

/** What the session's role lacks; names are quoted as SQL needs them. */
export interface RestoreNeeds {
  /** Parents and children outside the model's own tables that it may not read. */
  readonly unreadable: TableName[];
  /** Parents outside whose rows it may not lock while it writes children: any one column would do. */
  readonly unlockable: { readonly table: TableName; readonly column: string }[];
  readonly sequences: TableName[];
  readonly types: string[];
  /** With their argument types. */
  readonly functions: string[];
  /** Schemas of those types, sequences and functions. */
  readonly schemas: string[];
}

const NEEDS = `
  WITH owned AS (
    SELECT c.oid FROM unnest($1::text[], $2::text[]) AS asked (schema, relation)
    JOIN pg_namespace n ON n.nspname = asked.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = asked.relation
  ), ends AS (
    SELECT f.confrelid AS oid, true AS parent, f.confrelid AS relation, f.confkey[1] AS number FROM pg_constraint f
    WHERE f.contype = 'f' AND f.conparentid = 0 AND f.conrelid IN (SELECT oid FROM owned)
    UNION SELECT f.conrelid, false, NULL, NULL FROM pg_constraint f
    WHERE f.contype = 'f' AND f.conparentid = 0 AND f.confrelid IN (SELECT oid FROM owned)
  ), outside AS (
    SELECT e.*, n.oid AS schema, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
    FROM ends e JOIN pg_class c ON c.oid = e.oid AND c.relkind IN ('r', 'p') JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE e.oid NOT IN (SELECT oid FROM owned)
  ), sequences AS (
    SELECT s.oid, n.oid AS schema, quote_ident(n.nspname) || '.' || quote_ident(s.relname) AS name
    FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace n ON n.oid = s.relnamespace
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
      AND d.refobjsubid > 0 AND d.refobjid IN (SELECT oid FROM owned)
  ), types AS (
    SELECT DISTINCT coalesce(e.oid, t.oid) AS oid, n.oid AS schema, quote_ident(n.nspname) || '.' || quote_ident(coalesce(e.typname, t.typname)) AS name
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A' JOIN pg_namespace n ON n.oid = coalesce(e.typnamespace, t.typnamespace)
    WHERE a.attrelid IN (SELECT oid FROM owned) AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname <> 'pg_catalog'
  ), users AS (
    SELECT 'pg_constraint'::regclass AS class, oid FROM pg_constraint WHERE conrelid IN (SELECT oid FROM owned) AND contype = 'c'
    UNION ALL SELECT 'pg_class'::regclass, indexrelid FROM pg_index WHERE indrelid IN (SELECT oid FROM owned)
    UNION ALL SELECT 'pg_attrdef'::regclass, d.oid FROM pg_attrdef d
      JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated <> '' WHERE d.adrelid IN (SELECT oid FROM owned)
  ), functions AS (
    SELECT DISTINCT f.oid, n.oid AS schema,
           quote_ident(n.nspname) || '.' || quote_ident(f.proname) || '(' || pg_get_function_identity_arguments(f.oid) || ')' AS name
    FROM users u JOIN pg_depend d ON d.classid = u.class AND d.objid = u.oid AND d.refclassid = 'pg_proc'::regclass
    JOIN pg_proc f ON f.oid = d.refobjid JOIN pg_namespace n ON n.oid = f.pronamespace
  )
  SELECT ARRAY(SELECT DISTINCT name FROM outside
               WHERE NOT (has_schema_privilege(schema, 'USAGE') AND has_table_privilege(oid, 'SELECT')) ORDER BY name) AS unreadable,
         coalesce((SELECT json_agg(json_build_object('table', name, 'column', attname) ORDER BY name) FROM (
           SELECT DISTINCT ON (o.name) o.name, a.attname FROM outside o
           JOIN pg_attribute a ON a.attrelid = o.relation AND a.attnum = o.number
           WHERE o.parent AND NOT has_any_column_privilege(o.oid, 'UPDATE') ORDER BY o.name, a.attnum) held), '[]') AS unlockable,
         ARRAY(SELECT name FROM sequences WHERE NOT (has_schema_privilege(schema, 'USAGE')
               AND has_sequence_privilege(oid, 'SELECT') AND has_sequence_privilege(oid, 'UPDATE')) ORDER BY name) AS sequences,
         ARRAY(SELECT name FROM types WHERE NOT has_type_privilege(oid, 'USAGE') ORDER BY name) AS types,
         ARRAY(SELECT name FROM functions WHERE NOT has_function_privilege(oid, 'EXECUTE') ORDER BY name) AS functions,
         ARRAY(SELECT DISTINCT quote_ident(nspname) FROM pg_namespace n WHERE NOT has_schema_privilege(n.oid, 'USAGE')
               AND n.oid IN (SELECT schema FROM types UNION SELECT schema FROM sequences UNION SELECT schema FROM functions) ORDER BY 1) AS schemas`;

export async function readRestoreNeeds(connection: Connection, tables: readonly TableName[]): Promise<RestoreNeeds> {
  const names = tables.map(parseTableName);
  const { rows } = await connection.query(NEEDS, [names.map(name => name.schema), names.map(name => name.table)]);
  return rows[0] as RestoreNeeds;
}
