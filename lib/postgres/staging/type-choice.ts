/**
 * In which type the values of a column are staged. Input, casts and checks of the application's own types (domains, enums,
 * composites, ranges, and arrays of them) may run its code, and our role must not run that: a domain is staged as the type
 * below it, the others as PostgreSQL's text form of them. Base types are written in C by whoever owns the server: they are
 * staged as they are, where the database has them. What names an object (regclass and its kin) is text too: the object may
 * be gone.
 */

import { TargetError } from '../../domain/errors.ts';
import type { ColumnSchema, DatabaseSchema, Equality, TypeSchema } from '../../domain/table-schema.ts';
import { columnEquality, readTypeEqualities } from '../catalogs/type-equality.ts';
import type { Connection } from '../connection.ts';
import { type Reshaped, readReshaped } from './reshaped-types.ts';
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
  #relabels: Promise<Relabels> | undefined;
  #reshaped: Promise<ReadonlyMap<string, Reshaped>> | undefined;

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
    const relabel = asText ? await this.#relabel(column) : undefined;
    this.#reshaped ??= readReshaped(this.#connection, types);
    const reshaped = asText ? (await this.#reshaped).get(elementOf(belowDomains(column, types))) : undefined;
    return {
      name,
      number,
      stagedType,
      asText,
      physical: `c${number}`,
      ...(equality === undefined ? {} : { equality }),
      ...(relabel === undefined ? {} : { relabel }),
      ...(reshaped === undefined ? {} : { reshaped }),
    };
  }

  /** Of an enum, or an array of it. TargetError `labels-exchanged`. */
  async #relabel(column: ColumnSchema): Promise<[string, string][] | undefined> {
    this.#relabels ??= readRelabels(this.#connection, this.#backup.types);
    const type = elementOf(belowDomains(column, this.#backup.types));
    const changed = (await this.#relabels).get(type);
    if (changed !== 'exchanged') return changed;
    throw new TargetError('labels-exchanged', `Labels of the enum ${type} were swapped after this backup.`, {
      hint: 'The same label means a different one now. Rename the labels back for the restore, or choose a target after a later snapshot.',
      details: { type },
    });
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

/** Enum → labels that are called otherwise today: as in the backup, as now. */
type Relabels = ReadonlyMap<string, [string, string][] | 'exchanged'>;

/**
 * A renamed label keeps its oid. In another database, or of a type that was made again, no oid is found: then labels are
 * what they are called. `exchanged`: the old name of one label is the present name of another.
 */
async function readRelabels(connection: Connection, types: readonly TypeSchema[]): Promise<Relabels> {
  const known = types.flatMap(({ name, labels, labelIds }) =>
    (labelIds ?? []).map((id, i) => ({ name, id, label: labels![i]! })),
  );
  if (known.length === 0) return new Map();
  const { rows } = await connection.query(
    `SELECT asked.name, asked.label AS then, e.enumlabel::text AS now,
            EXISTS (SELECT 1 FROM pg_enum o WHERE o.enumtypid = e.enumtypid AND o.enumlabel::text = asked.label) AS taken
       FROM unnest($1::text[], $2::text[], $3::int8[]) AS asked (name, label, id)
       JOIN pg_enum e ON e.oid = asked.id::oid AND e.enumlabel::text <> asked.label
       JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace
      WHERE quote_ident(n.nspname) || '.' || quote_ident(t.typname) = asked.name`,
    [known.map(({ name }) => name), known.map(({ label }) => label), known.map(({ id }) => id)],
  );
  const found = new Map<string, [string, string][] | 'exchanged'>();
  for (const { name, then, now, taken } of rows) {
    const before = found.get(name) ?? [];
    found.set(name, taken || before === 'exchanged' ? 'exchanged' : [...before, [then, now]]);
  }
  return found;
}
