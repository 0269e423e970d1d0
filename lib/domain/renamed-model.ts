/**
 * A snapshot stores the model with the column names of its time, and later migrations rename columns. Names are
 * followed by attribute number, so that a table's path to its tenant uses the same columns throughout.
 */
import type { TableName, TableSchema } from './table-schema.ts';
import type { OwnedTable } from './tenant-model.ts';

/** Old name → new name, for renamed columns between two definitions of the same table. */
export function renamedColumns(from: TableSchema, to: TableSchema): ReadonlyMap<string, string> {
  if (from.oid !== to.oid) return new Map();
  const later = new Map(to.columns.map(column => [column.number, column.name]));
  return new Map(
    from.columns.flatMap(({ name, number }) => {
      const now = later.get(number);
      return now === undefined || now === name ? [] : [[name, now] as const];
    }),
  );
}

/** The entry with the new column names of that table. */
export function withRenamed(owned: OwnedTable, table: TableName, names: ReadonlyMap<string, string>): OwnedTable {
  const renamed = (columns: readonly string[]) => columns.map(name => names.get(name) ?? name);
  if (owned.kind !== 'via') return owned.table === table ? { ...owned, column: renamed([owned.column])[0]! } : owned;
  let child = owned.table;
  const path = owned.path.map(step => {
    const next = {
      ...step,
      columns: child === table ? renamed(step.columns) : step.columns,
      referencedColumns: step.references === table ? renamed(step.referencedColumns) : step.referencedColumns,
    };
    child = step.references;
    return next;
  });
  return { ...owned, path };
}
