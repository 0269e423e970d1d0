/**
 * The definition of a table for a part of the log. A relation message has column names but no attribute numbers; the
 * definitions recorded by snapshots and log runs have both. A run records every definition that its rows can have
 * (table-layouts.ts), so only those of the part and the one before it are candidates. Invariant: a column is never
 * mistaken for another one; ambiguity is refused.
 */
import { IntegrityError } from './errors.ts';
import { type ColumnSchema, storedColumns, type TableSchema } from './table-schema.ts';

/**
 * The table when its columns were `names` (attribute order, as in pgoutput). `versions`: the possible definitions of
 * this part of the log, oldest first. IntegrityError `unknown-columns` if none matches.
 */
export function versionFor(names: readonly string[], versions: readonly TableSchema[]): TableSchema {
  const exact = versions.filter(version => sameNames(storedColumns(version), names));
  // A type change without a rewrite only widens the type: the newest definition accepts all rows.
  const widest = exact.findLast(version => numbersOf(version) === numbersOf(exact[0]!));
  if (widest) return widest;
  const latest = versions.at(-1);
  const columns = latest && byPosition(names, versions);
  if (!columns) {
    throw new IntegrityError(
      'unknown-columns',
      'The change log contains rows of a table definition that was never recorded.',
      {
        hint: 'Choose a target before the table was changed, or after the next snapshot; or exclude the table with --exclude.',
        details: { table: latest?.table ?? 'unknown', columns: names.length },
      },
    );
  }
  const present = new Set(names);
  return {
    ...latest,
    columns,
    key: latest.key.filter(column => present.has(column)).length === latest.key.length ? latest.key : [],
  };
}

/**
 * The same number of columns as all known definitions, which have the same attribute numbers: some were renamed
 * temporarily.
 */
function byPosition(names: readonly string[], versions: readonly TableSchema[]): ColumnSchema[] | undefined {
  const numbers = new Set(versions.map(numbersOf));
  const columns = storedColumns(versions.at(-1)!);
  if (numbers.size !== 1 || columns.length !== names.length) return undefined;
  return columns.map((column, index) => ({ ...column, name: names[index]! }));
}

function numbersOf(schema: TableSchema): string {
  return JSON.stringify(storedColumns(schema).map(column => column.number));
}

function sameNames(columns: readonly ColumnSchema[], names: readonly string[]): boolean {
  return columns.length === names.length && columns.every((column, index) => column.name === names[index]);
}

/**
 * The possible definitions of rows in part `index` of a chain: the last one recorded before it, and its own.
 * `noted[0]` has those of the snapshot, then those of each part.
 */
export function versionsIn(noted: readonly (readonly TableSchema[])[], oid: number, index: number): TableSchema[] {
  const of = (part: number) => (noted[part] ?? []).filter(schema => schema.oid === oid);
  let before: TableSchema | undefined;
  for (let part = index - 1; part >= 0 && before === undefined; part--) before = of(part).at(-1);
  return [...(before ? [before] : []), ...of(index)];
}
