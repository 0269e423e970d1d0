/** What of a tenant an export does not have, and why: said in the plan, in the files and in the record. */
import type { Omission } from '../../domain/export-document.ts';
import type { TableName } from '../../domain/table-schema.ts';
import { isOwned, type ModelTable, type TenantModel } from '../../domain/tenant-model.ts';
import { matchesName } from '../../postgres/diff/diff-shape.ts';
import type { StagedTable } from '../../postgres/staging/staging.ts';

const NEVER: Omission = {
  table: null,
  what: 'CHECK constraints, other indexes, triggers, row-level policies, views, functions, grants and comments',
  why: 'backups have rows and the definitions of tables; migrations make the rest',
};

const WHY = {
  shared: 'the tenant model calls it shared: its rows are of no single tenant',
  excluded: 'the tenant model excludes it',
  undecided: 'the tenant model does not say whose its rows are: no backup has them',
} as const;

/** Of the model's tables, those that an export of these tables does not have. `exclude`: as a person wrote them. */
export function tablesLeftOut(
  model: TenantModel,
  exported: ReadonlySet<TableName>,
  exclude: readonly string[],
): Omission[] {
  const missing = model.tables.filter(({ table }) => !exported.has(table));
  return [
    NEVER,
    ...missing.map(entry => ({
      table: entry.table,
      what: 'all rows',
      why: whyNot(entry, exclude),
    })),
  ];
}

function whyNot(entry: ModelTable, exclude: readonly string[]): string {
  if (exclude.some(name => matchesName(entry.table, name))) return 'the request leaves it out';
  return isOwned(entry) ? 'no backup has the table at this moment' : WHY[entry.kind];
}

/** Rows of subjects that were erased. */
export function rowsLeftOut(tables: readonly Pick<StagedTable, 'table' | 'erased'>[]): Omission[] {
  return tables.flatMap(({ table, erased: { recorded, dependent } }) => [
    ...(recorded > 0 ? [{ table, what: `${recorded} rows`, why: 'their subject was erased' }] : []),
    ...(dependent > 0
      ? [{ table, what: `${dependent} rows`, why: 'they depend on rows whose subject was erased' }]
      : []),
  ]);
}
