/**
 * Which definition of a table a piece of the log was written under. A relation message names columns but not their
 * attribute numbers; the definitions that snapshots and log runs noted do. Invariant: a column is never taken for
 * another one because of its name alone where its number is known; what cannot be told is refused.
 */
import { IntegrityError } from './errors.ts';
import { type ColumnSchema, storedColumns, type TableSchema } from './table-schema.ts';

/**
 * The table as it was when its columns were `names` (attribute order, as pgoutput tells them). `versions`: known
 * definitions of this relation, oldest first. Where none fits exactly (two changes between two log runs) one is put
 * together from the columns of all. IntegrityError `unknown-columns` where that is not possible without guessing.
 */
export function versionFor(names: readonly string[], versions: readonly TableSchema[]): TableSchema {
  const exact = versions.findLast(version => sameNames(storedColumns(version), names));
  if (exact) return exact;
  const latest = versions.at(-1);
  const columns = latest && (byName(names, versions) ?? byPosition(names, versions));
  if (!columns) {
    throw new IntegrityError(
      'unknown-columns',
      'The change log holds rows of a table under a definition that was never noted.',
      {
        hint: 'Choose a target before the table was changed, or after the next snapshot.',
        retry: 'never',
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

/** Each column by its name, where the numbers then rise as attribute order demands. */
function byName(names: readonly string[], versions: readonly TableSchema[]): ColumnSchema[] | undefined {
  const found = names.map(name => {
    const known = versions.flatMap(storedColumns).filter(column => column.name === name);
    return new Set(known.map(column => column.number)).size === 1 ? known.at(-1) : undefined;
  });
  if (found.includes(undefined)) return undefined;
  const columns = found as ColumnSchema[];
  return columns.every((column, index) => index === 0 || column.number > columns[index - 1]!.number)
    ? columns
    : undefined;
}

/** As many columns as a known definition has, with most names equal in place: the others were renamed twice. */
function byPosition(names: readonly string[], versions: readonly TableSchema[]): ColumnSchema[] | undefined {
  const alike = versions.filter(version => storedColumns(version).length === names.length);
  const numbers = new Set(
    alike.map(version =>
      storedColumns(version)
        .map(column => column.number)
        .join(),
    ),
  );
  if (numbers.size !== 1) return undefined;
  return storedColumns(alike.at(-1)!).map((column, index) => ({ ...column, name: names[index]! }));
}

function sameNames(columns: readonly ColumnSchema[], names: readonly string[]): boolean {
  return columns.length === names.length && columns.every((column, index) => column.name === names[index]);
}
