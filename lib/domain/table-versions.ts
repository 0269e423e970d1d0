/**
 * Which definition of a table a piece of the log was written under. A relation message names columns but not their
 * attribute numbers; the definitions that snapshots and log runs noted do. A run notes every definition that its rows may
 * have (table-layouts.ts), so that only those of the piece and the one before it come into question. Invariant: a column
 * is never taken for another one; what cannot be told is refused.
 */
import { IntegrityError } from './errors.ts';
import { type ColumnSchema, storedColumns, type TableSchema } from './table-schema.ts';

/**
 * The table as it was when its columns were `names` (attribute order, as pgoutput tells them). `versions`: the definitions
 * that the piece of log may have been written under, oldest first. IntegrityError `unknown-columns` where none fits.
 */
export function versionFor(names: readonly string[], versions: readonly TableSchema[]): TableSchema {
  const exact = versions.filter(version => sameNames(storedColumns(version), names));
  // Types that changed without a rewrite only became wider: the newest of them takes in all rows.
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

/** As many columns as every known definition has, and these have the same numbers: some were renamed for a while. */
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
 * Definitions in the order of the parts of a chain: `noted[0]` those of the snapshot, then of each part. The versions
 * that rows in part `index` may have: the last that was noted before it, and its own.
 */
export function versionsIn(noted: readonly (readonly TableSchema[])[], oid: number, index: number): TableSchema[] {
  const of = (part: number) => (noted[part] ?? []).filter(schema => schema.oid === oid);
  let before: TableSchema | undefined;
  for (let part = index - 1; part >= 0 && before === undefined; part--) before = of(part).at(-1);
  return [...(before ? [before] : []), ...of(index)];
}
