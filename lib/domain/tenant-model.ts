/**
 * The tenant model: which tables belong to a tenant, and by which column or foreign-key path. Found by `discover`,
 * reviewed and committed by the team as YAML, checked on every run. No table is silently unprotected: a table that is
 * not in the model, or undecided, fails the model check.
 */
import * as z from 'zod';
import { TableName, type TableSchema } from './table-schema.ts';
import { parseLabel } from './tenant-label.ts';

export const Component = z.enum(['data', 'configuration', 'users', 'customizations', 'audit']);
export type Component = z.infer<typeof Component>;

/** One step up: the child's columns reference columns of the parent. */
export const PathStep = z.object({
  columns: z.array(z.string()).min(1),
  references: TableName,
  referencedColumns: z.array(z.string()).min(1),
});
export type PathStep = z.infer<typeof PathStep>;

/** The columns of the table that refer to accounts. */
export const Membership = z.object({ table: TableName, columns: z.array(z.string()).min(1) });
export type Membership = z.infer<typeof Membership>;

const common = {
  table: TableName,
  component: Component.default('data'),
  /** Columns whose values the API and the console show to nobody, such as health data; backups have them all the same. */
  sensitive: z.array(z.string().min(1)).optional(),
  /** The evidence of discover, for the reviewer. */
  why: z.string().optional(),
  /** An open question that a person must answer. Until then the model check fails. */
  question: z.string().optional(),
  /** The pattern of the question: one answer applies to all questions of the pattern. */
  pattern: z.string().optional(),
};

export const ModelTable = z.discriminatedUnion('kind', [
  /** The tenant table itself: `column` is its key and equals the tenant id. */
  z.object({ kind: z.literal('root'), ...common, column: z.string() }),
  /** Has the tenant column. */
  z.object({ kind: z.literal('direct'), ...common, column: z.string() }),
  /** Reached by foreign keys, child first; the last step references a root or direct table. */
  z.object({ kind: z.literal('via'), ...common, path: z.array(PathStep).min(1) }),
  /**
   * Reference data of no tenant: neither exported nor restored. `members`: global accounts of tenants' people, with the
   * table that joins them to tenants; treated alike.
   */
  z.object({ kind: z.literal('shared'), ...common, members: Membership.optional() }),
  /** Deliberately excluded. */
  z.object({ kind: z.literal('excluded'), ...common, reason: z.string().min(1) }),
  /** The tenant of the rows is undecided: not backed up, with an alarm, even if the question was deleted. */
  z.object({ kind: z.literal('undecided'), ...common }),
]);
export type ModelTable = z.infer<typeof ModelTable>;
export type OwnedTable = Extract<ModelTable, { kind: 'root' | 'direct' | 'via' }>;

export const TenantModel = z.object({
  format: z.literal('holdfast.tenant-model/1'),
  /** Question pattern (`*` stands for anything) → answer. discover applies them, also to tables created later. */
  answers: z.record(z.string(), z.string()).optional(),
  /** `schema.table.column`: what people call the tenants. The table's key is the tenant's id. */
  label: z
    .string()
    .refine(text => parseLabel(text) !== undefined, 'must be schema.table.column')
    .optional(),
  tables: z.array(ModelTable),
});
export type TenantModel = z.infer<typeof TenantModel>;

export function isOwned(table: ModelTable): table is OwnedTable {
  return table.kind === 'root' || table.kind === 'direct' || table.kind === 'via';
}

/** Tables that hold tenant rows, in the order of the model. */
export function ownedTables(model: TenantModel): OwnedTable[] {
  return model.tables.filter(isOwned);
}

/** Undecided tables: no backup contains their rows. */
export function undecidedTables(model: TenantModel): ModelTable[] {
  return model.tables.filter(table => table.kind === 'undecided');
}

/** The table's own columns that determine the tenant, directly or through a parent. */
export function routingColumns(table: OwnedTable): string[] {
  return table.kind === 'via' ? table.path[0]!.columns : [table.column];
}

/** The steps from the table to its tenant; none where it has the tenant's column itself. */
export function pathOf(table: OwnedTable): readonly PathStep[] {
  return table.kind === 'via' ? table.path : [];
}

/** The table whose columns refer to the parent of that step. */
export function childAt(table: OwnedTable, depth: number): TableName {
  return depth === 0 ? table.table : pathOf(table)[depth - 1]!.references;
}

/** Whether the table has a foreign key for that step of a path: then no row refers to a missing parent. */
export function declares(schema: TableSchema | undefined, step: PathStep): boolean {
  const pairs = (key: Pick<PathStep, 'columns' | 'referencedColumns'>) =>
    key.columns
      .map((column, index) => JSON.stringify([column, key.referencedColumns[index]]))
      .sort()
      .join();
  return (schema?.foreignKeys ?? []).some(key => key.references === step.references && pairs(key) === pairs(step));
}
