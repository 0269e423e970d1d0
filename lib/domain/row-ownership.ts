/**
 * By which columns and tables it is told whose a table's rows are, in numbers: attribute numbers and oids stay the same
 * under a rename and differ where names change places, or where a foreign key or the model points elsewhere. Invariant:
 * while the text is the same, a row that did not change, of parents that did not change, is the same tenant's.
 */
import type { TableName, TableSchema } from './table-schema.ts';
import type { OwnedTable, TenantModel } from './tenant-model.ts';

/** Undefined where a table or a column of the way is not there: then nobody can tell. */
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
  for (const step of owned.kind === 'via' ? owned.path : []) {
    look(end, step.columns);
    look(step.references, step.referencedColumns);
    end = step.references;
  }
  const last = model.tables.find(entry => entry.table === end);
  if (last?.kind !== 'root' && last?.kind !== 'direct') return undefined;
  look(end, [last.column]);
  return found.includes(undefined) ? undefined : found.join('.');
}
