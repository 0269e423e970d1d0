/**
 * Tables with ambiguous tenant names, or with columns that no longer match the model: the log that a row belongs to is
 * unknown. They are left unprotected and reported; the others continue.
 */
import { compareRoot, compareTenants } from '../../domain/compare-model.ts';
import { ownershipOf } from '../../domain/row-ownership.ts';
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import { tellsTenants } from '../../domain/tenant-columns.ts';
import { ownedTables, type TenantModel } from '../../domain/tenant-model.ts';
import { unclearProblem } from '../model/check-model.ts';

/**
 * Includes the tables reached through them, and the reasons. SourceError `tenant-unclear`, `tenants-merged` where no
 * table identifies tenants unambiguously.
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

/** Existing tables with a broken path to the tenant: a column was renamed or dropped, but not in the model. */
function lostWays(model: TenantModel, schemas: ReadonlyMap<TableName, TableSchema>): [TableName, string][] {
  return ownedTables(model)
    .filter(table => schemas.has(table.table) && ownershipOf(table, model, schemas) === undefined)
    .map(({ table }) => [table, 'columns by which the tenant model assigns its rows to tenants do not exist']);
}
