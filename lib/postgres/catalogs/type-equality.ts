/**
 * How the equality of a type relates to the bytes of its values, read from the catalogs: its operator (that of an
 * extension is not found by an unqualified name, as sessions have an empty search_path), and whether equal values are
 * the same bytes. PostgreSQL relies on the latter to deduplicate indexes (`equalimage`); without that support function
 * it is assumed to be false.
 */
import type { Equality } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';

/** Of a type under a deterministic collation. */
export interface TypeEquality {
  /** The type, or the base type of a domain; without length or precision. */
  readonly base: string;
  readonly isDomain: boolean;
  /** `OPERATOR(schema.=)`; null if the type has no order and so no key. */
  readonly operator: string | null;
  /** Equal values are the same bytes. */
  readonly image: boolean;
}

const PLAIN = 'OPERATOR(pg_catalog.=)';

/** By type oid. */
export async function readTypeEqualities(
  connection: Connection,
  types: readonly number[],
): Promise<Map<number, TypeEquality>> {
  const { rows } = await connection.query(
    `WITH RECURSIVE up (asked, oid, kind, next) AS (
       SELECT t.oid, t.oid, t.typtype, t.typbasetype FROM pg_type t WHERE t.oid = ANY ($1::int8[]::oid[])
       UNION ALL
       SELECT up.asked, t.oid, t.typtype, t.typbasetype FROM up JOIN pg_type t ON t.oid = up.next WHERE up.kind = 'd')
     SELECT up.asked::int8::float8 AS asked, format_type(up.oid, NULL) AS base, up.asked <> up.oid AS "isDomain",
            equal.operator, coalesce(equal.image, false) AS image
     FROM up JOIN pg_type t ON t.oid = up.oid
     CROSS JOIN LATERAL (SELECT CASE WHEN t.typsubscript = 'pg_catalog.array_subscript_handler'::regproc THEN 'anyarray'
       WHEN t.typtype = 'e' THEN 'anyenum' WHEN t.typtype = 'c' THEN 'record' WHEN t.typtype = 'r' THEN 'anyrange'
       WHEN t.typtype = 'm' THEN 'anymultirange' END::regtype AS oid) AS kin
     LEFT JOIN LATERAL (
       SELECT 'OPERATOR(' || quote_ident(n.nspname) || '.' || o.oprname || ')' AS operator,
              EXISTS (SELECT 1 FROM pg_amproc p WHERE p.amprocfamily = c.opcfamily AND p.amproclefttype = c.opcintype
                        AND p.amprocrighttype = c.opcintype AND p.amprocnum = 4) AS image
       FROM pg_opclass c JOIN pg_am m ON m.oid = c.opcmethod AND m.amname = 'btree'
       JOIN pg_type i ON i.oid = c.opcintype
       JOIN pg_amop a ON a.amopfamily = c.opcfamily AND a.amoplefttype = c.opcintype AND a.amoprighttype = c.opcintype AND a.amopstrategy = 3
       JOIN pg_operator o ON o.oid = a.amopopr JOIN pg_namespace n ON n.oid = o.oprnamespace
       WHERE c.opcdefault AND (c.opcintype IN (t.oid, kin.oid) OR EXISTS (SELECT 1 FROM pg_cast k
               WHERE k.castsource = t.oid AND k.casttarget = c.opcintype AND k.castmethod = 'b' AND k.castcontext = 'i'))
       ORDER BY c.opcintype = t.oid DESC, c.opcintype = kin.oid DESC NULLS LAST, i.typispreferred DESC, c.oid LIMIT 1
     ) AS equal ON true
     WHERE up.kind <> 'd'`,
    [types],
  );
  return new Map(rows.map(({ asked, ...equality }) => [asked, equality as TypeEquality]));
}

/**
 * The stored part in a column's definition; undefined for the usual case: same bytes, and the equality of pg_catalog.
 */
export function columnEquality(type: TypeEquality | undefined, deterministic: boolean): Equality | undefined {
  if (type === undefined) return undefined;
  const canonical = deterministic ? canonicalOf(type) : 'none';
  if (canonical === 'text' && type.operator === PLAIN && !type.isDomain) return undefined;
  return { operator: type.operator, canonical, ...(type.isDomain ? { base: type.base } : {}) };
}

function canonicalOf({ base, image }: TypeEquality): Equality['canonical'] {
  const name = base.slice(base.lastIndexOf('.') + 1);
  if (name === 'character' || name === 'bpchar') return 'padded';
  if (name === 'numeric') return 'numeric';
  if (name === 'real' || name === 'double precision') return 'float';
  if (name === 'citext') return 'folded';
  return image || name === 'ltree' ? 'text' : 'none';
}
