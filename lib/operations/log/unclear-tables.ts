/**
 * Tables whose tenants have no one name, or whose columns the model does not know any more: which log a row belongs into
 * cannot be told. They are left unprotected by name; the others go on.
 */
import { compareRoot, compareTenants } from '../../domain/compare-model.ts';
import { ownershipOf } from '../../domain/row-ownership.ts';
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import { tellsTenants } from '../../domain/tenant-columns.ts';
import { ownedTables, type TenantModel } from '../../domain/tenant-model.ts';
import { unclearProblem } from '../model/check-model.ts';

/**
 * With the tables that are reached through them, and why. SourceError `tenant-unclear`, `tenants-merged` where no table
 * names tenants for certain.
 */
export function unclearTables(model: TenantModel, tables: readonly TableSchema[]): Map<TableName, string> {
  const schemas = new Map(tables.map(table => [table.table, table]));
  for (const table of model.tables) {
    const schema = table.kind === 'root' ? schemas.get(table.table) : undefined;
    const problems = schema && table.kind === 'root' ? compareRoot(schema, table.column) : [];
    for (const problem of problems) if (problem.severity === 'error') throw unclearProblem(problem);
  }
  const found = compareTenants(model, schemas);
  const unclear = new Map([
    ...lostWays(model, schemas),
    ...found.map(({ table, message }) => [table, message] as const),
  ]);
  if (found[0] && !tellsTenants(model, new Set(unclear.keys()))) throw unclearProblem(found[0]);
  for (const table of ownedTables(model)) {
    const cause = table.kind === 'via' ? unclear.get(table.path.at(-1)!.references) : undefined;
    if (cause !== undefined) unclear.set(table.table, cause);
  }
  return unclear;
}

/** Tables that are there, and whose way to the tenant is not: a column was renamed or dropped, and the model was not told. */
function lostWays(model: TenantModel, schemas: ReadonlyMap<TableName, TableSchema>): [TableName, string][] {
  return ownedTables(model)
    .filter(table => schemas.has(table.table) && ownershipOf(table, model, schemas) === undefined)
    .map(({ table }) => [table, 'columns by which the tenant model assigns its rows to tenants do not exist']);
}
