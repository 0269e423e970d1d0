/**
 * Compares the tenant model with the live schema, on every run. No table is silently unprotected: tables that the model
 * does not name or no longer fits are listed. The run continues with the other tables and raises an alarm about these.
 */
import { compareModel, type ModelProblem, type ModelProblemCode } from '../../domain/compare-model.ts';
import { SourceError } from '../../domain/errors.ts';
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import { tellsTenants } from '../../domain/tenant-columns.ts';
import type { ModelTable, TenantModel } from '../../domain/tenant-model.ts';
import { listTables, readDefinitions } from '../../postgres/catalogs/catalog-discovery.ts';
import { readTableFacts } from '../../postgres/catalogs/table-facts.ts';
import type { Connection } from '../../postgres/connection.ts';

export interface ModelCheck {
  /** True where no problem is an error. */
  readonly ok: boolean;
  readonly problems: ModelProblem[];
  /** The model without the owned tables that cannot be backed up: what a run uses. */
  readonly usable: TenantModel;
  /** Every table of the application: those on the paths of the usable ones too. */
  readonly definitions: ReadonlyMap<TableName, TableSchema>;
}

/** Reads the catalogs and compares. Never throws for a model that does not fit; that is what `problems` is for. */
export async function checkModel(connection: Connection, model: TenantModel): Promise<ModelCheck> {
  const names = await listTables(connection);
  const tables = await readDefinitions(connection, names);
  const facts = await readTableFacts(connection, names);
  const extensions = new Map(
    [...facts.values()].flatMap(fact => (fact.extension === null ? [] : [[fact.table, fact.extension]])),
  );
  const inherits = new Map([...facts.values()].map(fact => [fact.table, fact.inherits]));
  const problems = compareModel(model, { tables, inherits, extensions });
  const unusable = new Set(
    problems
      .filter(problem => problem.severity === 'error' && UNUSABLE.has(problem.code))
      .map(problem => problem.table),
  );
  return {
    ok: problems.every(problem => problem.severity !== 'error'),
    problems,
    usable: withoutBroken(model, unusable),
    definitions: new Map(tables.map(schema => [schema.table, schema])),
  };
}

/**
 * SourceError `tenant-unclear`, `tenants-merged` where tenants cannot be distinguished at all: rows of one would be in
 * the backups of another. Single tables that cannot distinguish them are left out instead, like all that do not fit.
 */
export function requireTenants(check: ModelCheck, model: TenantModel): void {
  const unclear = check.problems.filter(({ code }) => code === 'tenant-spelling');
  const told = tellsTenants(model, new Set(unclear.map(({ table }) => table)));
  const found = check.problems.find(({ code }) => code === 'tenants-merged') ?? (told ? undefined : unclear[0]);
  if (found) throw unclearProblem(found);
}

export function unclearProblem({ code, table, message, hint }: ModelProblem): SourceError {
  const name = code === 'tenants-merged' ? code : 'tenant-unclear';
  return new SourceError(name, message, { hint, details: { table } });
}

const UNUSABLE: ReadonlySet<ModelProblemCode> = new Set([
  'vanished-table',
  'vanished-column',
  'generated-column',
  'broken-path',
  'tenant-spelling',
]);

/** A via table without its parents is left out too, to any depth. */
function withoutBroken(model: TenantModel, unusable: ReadonlySet<TableName>): TenantModel {
  const needs = (table: ModelTable): TableName[] =>
    table.kind === 'via' ? [table.table, ...table.path.map(step => step.references)] : [table.table];
  return { ...model, tables: model.tables.filter(table => !needs(table).some(name => unusable.has(name))) };
}
