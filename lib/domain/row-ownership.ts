/**
 * The columns and tables that determine the tenant of a table's rows, in numbers: attribute numbers and oids stay the
 * same under a rename and differ if names are swapped, or if a foreign key or the model changes. Invariant: while the
 * text is the same, an unchanged row with unchanged parents belongs to the same tenant.
 */
import type { TableName, TableSchema } from './table-schema.ts';
import { type OwnedTable, pathOf, type TenantModel } from './tenant-model.ts';

/** Undefined if a table or a column of the path does not exist: then it is unknown. */
export function ownershipOf(
  owned: OwnedTable,
  model: TenantModel,
  schemas: ReadonlyMap<TableName, TableSchema>,
): string | undefined {
  const found: (number | undefined)[] = [];
  const look = (table: TableName, columns: readonly string[]) => {
    const schema = schemas.get(table);
    const numberOf = (name: string) => schema?.columns.find(column => column.name === name)?.number;
    found.push(schema?.oid, ...columns.map(numberOf));
  };
  let end: TableName = owned.table;
  for (const step of pathOf(owned)) {
    look(end, step.columns);
    look(step.references, step.referencedColumns);
    end = step.references;
  }
  const last = model.tables.find(entry => entry.table === end);
  if (last?.kind !== 'root' && last?.kind !== 'direct') return undefined;
  look(end, [last.column]);
  return found.includes(undefined) ? undefined : found.join('.');
}
