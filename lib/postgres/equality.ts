/**
 * Which values are the same. Two notions, never to be mixed up: the database's equality (by the type's or the foreign
 * key's own operator and collation, written with its schema, because sessions have an empty search_path), which says whose a
 * row is and what it refers to; and identity of bytes, which says whether a row is as it was.
 */
import type { ColumnSchema, Equality, ReferenceMatch, TableSchema } from '../domain/table-schema.ts';
import type { PathStep } from '../domain/tenant-model.ts';

/**
 * A type to cast a value to without losing any of it: length and precision are left out, since `'long'::varchar(2)`
 * would silently cut the value, and a cut tenant id is another tenant.
 */
export function unlimitedType(type: string): string {
  if (/^character(\(\d+\))?(?=$|\[)/.test(type)) return type.replace(/^character(\(\d+\))?/, 'bpchar');
  if (/^bit(\(\d+\))?(?=$|\[)/.test(type)) return type.replace(/^bit(\(\d+\))?/, 'bit varying');
  if (type.includes('"')) return type.replace(/\(-?\d+(,-?\d+)?\)(?=(\[\])*$)/, '');
  return type.replace(/\(-?\d+(,-?\d+)?\)/, '');
}

/** Never the bare sign: while rows are written, the application's search_path holds, and its operators are found first. */
const EQUAL = 'OPERATOR(pg_catalog.=)';

/** SQL condition: two values of the column are equal as the database sees it, in whatever schema the operator is. */
export function equalValues(column: Pick<ColumnSchema, 'equality'>, left: string, right: string): string {
  return `${left} ${column.equality?.operator ?? EQUAL} ${right}`;
}

/** The text of a value as its type prints it, compared byte by byte; no cast of the application's is called. */
export function printed(value: string): string {
  return `ROW(${value})::text COLLATE "C"`;
}

/** SQL: the value as its type prints it, NULL for NULL; no cast and no operator is looked up, which the application could define. */
export function textOf(value: string): string {
  return `CASE WHEN ${value} IS DISTINCT FROM NULL THEN pg_catalog.format('%s', ${value}) END`;
}

/** SQL condition: the same bytes. By the operator too, where there is one: it is what an index or a hash can serve. */
export function sameBytes(equality: Equality | undefined, left: string, right: string): string {
  const equal = equalValues({ equality }, left, right);
  if (equality === undefined || equality.canonical === 'text') return equal;
  const text = `${printed(left)} = ${printed(right)}`;
  return equality.operator === null ? text : `${equal} AND ${text}`;
}

/** A step from a row to its parent, or a foreign key. */
type Reference = Pick<PathStep, 'columns' | 'references' | 'referencedColumns'>;

/**
 * SQL condition: the child's values refer to the parent's, as the foreign key between these columns compares; where
 * there is none, by the equality of the parent's columns. `schemas` knows both tables, or plain equality is used.
 */
export function refersTo(
  child: TableSchema | undefined,
  parent: TableSchema | undefined,
  reference: Reference,
  childValue: (index: number) => string,
  parentValue: (index: number) => string,
): string {
  return reference.columns
    .map((_, i) => compareReference(matchOf(child, parent, reference, i), parentValue(i), childValue(i)))
    .join(' AND ');
}

/** One column of a reference; null: plain equality. */
export function compareReference(match: ReferenceMatch | null, parentValue: string, childValue: string): string {
  if (match === null) return `${parentValue} ${EQUAL} ${childValue}`;
  const collate = match.collation === null ? '' : ` COLLATE ${match.collation}`;
  const as = (value: string, type: string | null) =>
    `${type === null ? value : `${value}::${unlimitedType(type)}`}${collate}`;
  return `${as(parentValue, match.parentType)} ${match.operator} ${as(childValue, match.childType)}`;
}

function matchOf(
  child: TableSchema | undefined,
  parent: TableSchema | undefined,
  reference: Reference,
  index: number,
): ReferenceMatch | null {
  const [column, referenced] = [reference.columns[index]!, reference.referencedColumns[index]!];
  const places = child?.foreignKeys
    .filter(key => key.references === reference.references)
    .map(key => ({
      key,
      at: key.columns.findIndex((name, i) => name === column && key.referencedColumns[i] === referenced),
    }));
  const found = places?.find(({ at }) => at >= 0);
  if (found) return found.key.matches?.[found.at] ?? null;
  const from = child?.columns.find(candidate => candidate.name === column);
  const to = parent?.columns.find(candidate => candidate.name === referenced);
  if (!from || !to || to.equality === undefined) return null;
  const childType = from.type === to.type ? null : (to.equality.base ?? to.type);
  return { operator: to.equality.operator ?? EQUAL, parentType: null, childType, collation: null };
}

/** A type to read a value of the column from text: below domains, whose checks are the application's code, and unlimited. */
export function valueType(column: Pick<ColumnSchema, 'type' | 'equality'>): string {
  return unlimitedType(column.equality?.base ?? column.type);
}

/**
 * Texts as values of the column, from a parameter that is an array of them: how to unnest it, and how to read what comes of
 * it. The type's input function reads them, never a cast from text, which the application could define.
 */
export function readTexts(
  column: Pick<ColumnSchema, 'type' | 'equality'>,
  parameter: string,
): { readonly array: string; value(name: string): string } {
  const type = valueType(column);
  // Arrays of arrays would be taken apart; their casts are the server's, unless elements are the application's.
  if (type.endsWith(']')) return { array: `${parameter}::text[]`, value: name => `${name}::${type}` };
  return { array: `${parameter}::${type}[]`, value: name => name };
}

/** SQL condition: this value of a tenant column is that tenant (an SQL expression of its text). */
export function isTenant(column: Pick<ColumnSchema, 'type' | 'equality'>, value: string, tenant: string): string {
  const type = valueType(column);
  // An id that another table's wider type allows is nobody's here, not an error.
  return equalValues(column, value, `${tenant}::${/^(smallint|integer)$/.test(type) ? 'bigint' : type}`);
}

/**
 * SQL: the text by which a tenant is known, from a value of its column: the same for all values that the database holds
 * equal. canonicalTenant() in domain/tenant-text.ts says the same of the text in the log.
 */
export function tenantText(column: Pick<ColumnSchema, 'equality'>, value: string): string {
  const text = `format('%s', ${value})`;
  switch (column.equality?.canonical) {
    case 'padded':
      return `rtrim(${text}, ' ')`;
    case 'numeric':
      return `trim_scale(${value}::numeric)::text`;
    case 'float':
      return `coalesce(nullif(${text}, '-0'), '0')`;
    case 'folded':
      return `lower(${text} COLLATE "default")`;
    default:
      return text;
  }
}
