/**
 * In which type the values of a column are staged. Input, casts and checks of the application's own types (domains, enums,
 * composites, ranges, and arrays of them) may run its code, and our role must not run that: a domain is staged as the type
 * below it, the others as PostgreSQL's text form of them. Base types are written in C by whoever owns the server: they are
 * staged as they are, where the database has them. What names an object (regclass and its kin) is text too: the object may
 * be gone.
 */
import type { ColumnSchema, DatabaseSchema, Equality, TypeSchema } from '../../domain/table-schema.ts';
import { columnEquality, readTypeEqualities } from '../catalogs/type-equality.ts';
import type { Connection } from '../connection.ts';
import type { StagedColumn } from './staging.ts';

/** The type without the application's: a base type's name, or `text`. Pure: by what the catalogs said when they were read. */
export function plainType(column: Pick<ColumnSchema, 'type' | 'typeKind'>, types: readonly TypeSchema[]): string {
  return plain(column.type, column.typeKind, types);
}

/** The type below the column's domain, or its own: what values look like to expressions. */
export function belowDomains(column: Pick<ColumnSchema, 'type' | 'typeKind'>, types: readonly TypeSchema[]): string {
  const domain = domainOf(column.type, types);
  return domain?.base === undefined ? column.type : belowDomains({ ...column, type: domain.base }, types);
}

/** Whether reading a value of the type runs CHECK constraints of domains. */
export function isChecked(type: string, types: readonly TypeSchema[]): boolean {
  return types.find(candidate => candidate.name === elementOf(type))?.checked ?? false;
}

function plain(type: string, kind: string, types: readonly TypeSchema[]): string {
  const domain = domainOf(type, types);
  if (domain !== undefined)
    return domain.base === undefined ? 'text' : plain(domain.base, kindOf(domain.base, types), types);
  if (namesObject(type)) return 'text';
  if (kind === 'b') return type;
  // Ranges of pg_catalog, the only types whose names come without a schema.
  return (kind === 'r' || kind === 'm') && !type.includes('.') ? type : 'text';
}

const elementOf = (type: string) => type.replace(/(\[\])+$/, '');
const domainOf = (type: string, types: readonly TypeSchema[]) => {
  const found = types.find(candidate => candidate.kind === 'd' && candidate.name === type);
  return found && { base: found.base ?? baseIn(found) };
};

/** From the statement that makes the domain, for what was written before the base was noted. */
function baseIn({ name, ddl }: TypeSchema): string | undefined {
  const start = `CREATE DOMAIN ${name} AS `;
  if (!ddl.startsWith(start)) return undefined;
  return ddl
    .slice(start.length)
    .split(/ (?:COLLATE|DEFAULT|NOT NULL|CONSTRAINT) /)[0]!
    .replace(/ NOT NULL$/, '');
}
const namesObject = (type: string) => /^reg[a-z]+$/.test(elementOf(type));

/** Of the element of an array. Base types are not listed. */
function kindOf(type: string, types: readonly TypeSchema[]): string {
  const element = elementOf(type);
  const listed = types.find(candidate => candidate.name === element);
  if (listed) return listed.kind;
  return /range$/.test(element) && !element.includes('.') ? 'r' : 'b';
}

/** Which types the target database has, as base types: the application may have made another type of the same name. */
export class TypeChoice {
  readonly #connection: Connection;
  readonly #backup: DatabaseSchema;
  /** How the types that can be used compare; `null`: they cannot. */
  readonly #usable = new Map<string, { readonly equality: Equality | undefined } | null>();

  constructor(connection: Connection, backup: DatabaseSchema) {
    this.#connection = connection;
    this.#backup = backup;
  }

  async stagedColumn(column: ColumnSchema): Promise<StagedColumn & { readonly physical: string }> {
    const { types } = this.#backup;
    const wanted = plainType(column, types);
    if (!this.#usable.has(wanted)) await this.look([column]);
    const usable = this.#usable.get(wanted) ?? null;
    const { name, number } = column;
    const stagedType = usable === null ? 'text' : wanted;
    const asText = stagedType === 'text' && belowDomains(column, types) !== 'text';
    const equality = usable?.equality;
    return {
      name,
      number,
      stagedType,
      asText,
      physical: `c${number}`,
      ...(equality === undefined ? {} : { equality }),
    };
  }

  /** Asks about the types of many columns at once. */
  async look(columns: readonly ColumnSchema[]): Promise<void> {
    const types = [...new Set(columns.map(column => plainType(column, this.#backup.types)))];
    const { rows } = await this.#connection.query(
      `SELECT asked.type, t.oid::int8::float8 AS oid,
              coalesce(e.typtype = 'b' OR (e.typtype IN ('r', 'm') AND e.typnamespace = 'pg_catalog'::regnamespace), false) AS usable
         FROM unnest($1::text[]) AS asked (type)
         LEFT JOIN pg_type t ON t.oid = to_regtype(asked.type)
         LEFT JOIN pg_type e ON e.oid = CASE WHEN t.typsubscript = 'pg_catalog.array_subscript_handler'::regproc THEN t.typelem ELSE t.oid END`,
      [types],
    );
    const found = rows as { type: string; oid: number; usable: boolean }[];
    const equalities = await readTypeEqualities(
      this.#connection,
      found.flatMap(({ oid, usable }) => (usable ? [oid] : [])),
    );
    for (const { type, oid, usable } of found) {
      // A staged column has the database's own collation, which is deterministic.
      this.#usable.set(type, usable ? { equality: columnEquality(equalities.get(oid), true) } : null);
    }
  }
}
