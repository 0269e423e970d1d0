/**
 * The user-defined types of tables, with their dependencies, as statements that recreate them in a scratch database,
 * dependencies first. For types of an extension, the extension is listed instead.
 */
import type { TypeSchema } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { quoteIdentifier, quoteLiteral } from '../sql.ts';

interface TypeFact {
  oid: number;
  name: string;
  kind: string;
  system: boolean;
  extension: string | null;
  /** Types that it depends on. */
  uses: number[];
  labels: string[] | null;
  labelIds: number[] | null;
  base: string | null;
  notNull: boolean;
  default: string | null;
  collation: string | null;
  checks: { name: string; definition: string }[] | null;
  fields: { name: string; number: number; type: string; collation: string | null }[] | null;
  range: { subtype: string; collation: string | null; difference: string | null; multirange: string } | null;
}

const NON_DEFAULT_COLLATION = (collation: string, type: string) => `
  (SELECT co.collnamespace::regnamespace || '.' || quote_ident(co.collname) FROM pg_collation co
   WHERE co.oid = ${collation} AND co.oid <> (SELECT ct.typcollation FROM pg_type ct WHERE ct.oid = ${type}))`;

const TYPES = `
  WITH RECURSIVE used (oid) AS (
    SELECT DISTINCT a.atttypid FROM pg_attribute a WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
    UNION
    SELECT part.oid FROM used JOIN pg_type t ON t.oid = used.oid
    CROSS JOIN LATERAL (
      SELECT t.typelem AS oid WHERE t.typelem <> 0
      UNION ALL SELECT t.typbasetype WHERE t.typtype = 'd'
      UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid
      UNION ALL SELECT r.rngtypid FROM pg_range r WHERE r.rngmultitypid = t.oid
    ) AS part
  )
  SELECT t.oid::int8 AS oid, quote_ident(n.nspname) || '.' || quote_ident(t.typname) AS name, t.typtype::text AS kind,
    n.nspname IN ('pg_catalog', 'information_schema') AS system,
    (SELECT x.extname::text FROM pg_depend d JOIN pg_extension x ON x.oid = d.refobjid
     WHERE d.classid = 'pg_type'::regclass AND d.objid = coalesce((SELECT r.rngtypid FROM pg_range r WHERE r.rngmultitypid = t.oid), t.oid)
       AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' LIMIT 1) AS extension,
    ARRAY(
      SELECT t.typelem::int8 WHERE t.typelem <> 0
      UNION ALL SELECT t.typbasetype::int8 WHERE t.typtype = 'd'
      UNION ALL SELECT a.atttypid::int8 FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL SELECT r.rngsubtype::int8 FROM pg_range r WHERE r.rngtypid = t.oid
      UNION ALL SELECT r.rngtypid::int8 FROM pg_range r WHERE r.rngmultitypid = t.oid) AS uses,
    (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) AS labels,
    (SELECT array_agg(e.oid::int8::float8 ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) AS "labelIds",
    CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base, t.typnotnull AS "notNull",
    CASE WHEN t.typtype = 'd' THEN pg_get_expr(t.typdefaultbin, 0) END AS default,
    CASE WHEN t.typtype = 'd' THEN ${NON_DEFAULT_COLLATION('t.typcollation', 't.typbasetype')} END AS collation,
    (SELECT json_agg(json_build_object('name', c.conname, 'definition', pg_get_constraintdef(c.oid)) ORDER BY c.conname)
     FROM pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c') AS checks,
    (SELECT json_agg(json_build_object('name', a.attname, 'number', a.attnum, 'type', format_type(a.atttypid, a.atttypmod),
                                       'collation', ${NON_DEFAULT_COLLATION('a.attcollation', 'a.atttypid')}) ORDER BY a.attnum)
     FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS fields,
    (SELECT json_build_object('subtype', format_type(r.rngsubtype, NULL),
                              'collation', ${NON_DEFAULT_COLLATION('r.rngcollation', 'r.rngsubtype')},
                              'difference', (SELECT 'pg_catalog.' || quote_ident(p.proname) FROM pg_proc p
                                             WHERE p.oid = r.rngsubdiff AND p.pronamespace = 'pg_catalog'::regnamespace),
                              'multirange', (SELECT quote_ident(mn.nspname) || '.' || quote_ident(m.typname)
                                             FROM pg_type m JOIN pg_namespace mn ON mn.oid = m.typnamespace WHERE m.oid = r.rngmultitypid))
     FROM pg_range r WHERE r.rngtypid = t.oid) AS range
  FROM used JOIN pg_type t ON t.oid = used.oid JOIN pg_namespace n ON n.oid = t.typnamespace
  ORDER BY (n.nspname || t.typname) COLLATE "C"`;

/** The types and extensions behind the columns of these relations. */
export async function readTypes(
  connection: Connection,
  oids: readonly number[],
): Promise<{ types: TypeSchema[]; extensions: string[] }> {
  const { rows } = await connection.query(TYPES, [oids]);
  const facts = new Map<number, TypeFact>(
    rows.map(row => [Number(row.oid), { ...row, oid: Number(row.oid), uses: row.uses.map(Number) }]),
  );
  const types: TypeSchema[] = [];
  const extensions = new Set<string>();
  const seen = new Set<number>();
  const visit = (fact: TypeFact | undefined) => {
    if (!fact || seen.has(fact.oid)) return;
    seen.add(fact.oid);
    if (fact.extension !== null) extensions.add(fact.extension);
    // Dependencies of an extension are part of it.
    if (fact.extension !== null || (fact.system && fact.uses.length === 0)) return;
    for (const oid of fact.uses) visit(facts.get(oid));
    const ddl = fact.system ? undefined : createStatement(fact);
    if (ddl)
      types.push({
        name: fact.name,
        kind: fact.kind,
        ...(fact.kind === 'e' ? { labels: fact.labels ?? [], labelIds: fact.labelIds ?? [] } : {}),
        ...(fact.kind === 'c' && {
          attributes: { oid: fact.oid, numbers: (fact.fields ?? []).map(each => each.number) },
        }),
        ...(fact.base === null ? {} : { base: fact.base }),
        ...(isChecked(fact, facts) ? { checked: true } : {}),
        ddl,
      });
  };
  for (const fact of facts.values()) visit(fact);
  return { types, extensions: [...extensions].sort() };
}

function isChecked(fact: TypeFact | undefined, facts: ReadonlyMap<number, TypeFact>): boolean {
  if (fact === undefined) return false;
  return fact.checks !== null || fact.uses.some(oid => isChecked(facts.get(oid), facts));
}

/** Undefined for types created with another type (arrays, multiranges) and for base types written in C. */
function createStatement(type: TypeFact): string | undefined {
  if (type.kind === 'e')
    return `CREATE TYPE ${type.name} AS ENUM (${(type.labels ?? []).map(quoteLiteral).join(', ')})`;
  if (type.kind === 'd') return createDomain(type);
  if (type.kind === 'c') {
    const fields = (type.fields ?? []).map(
      field => `${quoteIdentifier(field.name)} ${field.type}${collate(field.collation)}`,
    );
    return `CREATE TYPE ${type.name} AS (${fields.join(', ')})`;
  }
  if (type.kind === 'r' && type.range) {
    const { subtype, collation, difference, multirange } = type.range;
    const options = [`SUBTYPE = ${subtype}`, `MULTIRANGE_TYPE_NAME = ${multirange}`];
    if (collation !== null) options.push(`COLLATION = ${collation}`);
    if (difference !== null) options.push(`SUBTYPE_DIFF = ${difference}`);
    return `CREATE TYPE ${type.name} AS RANGE (${options.join(', ')})`;
  }
  return undefined;
}

function createDomain(type: TypeFact): string {
  const checks = (type.checks ?? []).map(check => `CONSTRAINT ${quoteIdentifier(check.name)} ${check.definition}`);
  const parts = [`CREATE DOMAIN ${type.name} AS ${type.base}${collate(type.collation)}`];
  if (type.default !== null) parts.push(`DEFAULT ${type.default}`);
  if (type.notNull) parts.push('NOT NULL');
  return [...parts, ...checks].join(' ');
}

function collate(collation: string | null): string {
  return collation === null ? '' : ` COLLATE ${collation}`;
}
