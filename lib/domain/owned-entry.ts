/**
 * Model entries for tables with tenants' rows, with the evidence as their `why`, and the questions if several are
 * possible. Pure.
 */
import type { CandidateColumn } from './candidate-columns.ts';
import { guessComponent } from './guess-component.ts';
import type { TableName, TableSchema } from './table-schema.ts';
import type { Membership, OwnedTable, PathStep } from './tenant-model.ts';

/** An entry that a person must confirm, with the entry for each answer (null: depends on another answer). */
export interface Asked<T> {
  readonly entry: T;
  readonly pattern: string;
  readonly question: string;
  readonly options: ReadonlyMap<string, OwnedTable | null>;
  /** What joins these accounts to tenants. */
  readonly members?: Membership;
}

/** Consequence of a nullable path to the tenant. */
export const NULLABLE_LOSES = ' A row with NULL there belongs to no tenant and is not backed up.';

export function directEntry(table: TableSchema, column: string, why: string): OwnedTable {
  return { kind: 'direct', table: table.table, column, component: guessComponent(table.table), why };
}

/** By a column that references the tenant table or has the name of tenant columns. */
export function columnEntry(table: TableSchema, { name, referenced, notNull }: CandidateColumn): OwnedTable {
  const seen = referenced
    ? `${name} references the tenant table.`
    : `Has the tenant column ${name}, without a foreign key.`;
  return directEntry(table, name, seen + (notNull ? '' : NULLABLE_LOSES));
}

/** A path for a person's answer: one step, then the parent's own path. Null while the parent has none. */
export function pathThrough(
  table: TableSchema,
  step: PathStep,
  owned: ReadonlyMap<TableName, OwnedTable>,
  why: string,
): OwnedTable | null {
  const parent = owned.get(step.references);
  if (!parent) return null;
  return viaEntry(table, [step, ...(parent.kind === 'via' ? parent.path : [])], why);
}

export function viaEntry(table: TableSchema, path: readonly PathStep[], why: string): OwnedTable {
  return { kind: 'via', table: table.table, path: [...path], component: guessComponent(table.table), why };
}

/** The paths are equally good: the first applies until the answer. */
export function askWhich(
  asked: Map<TableName, Asked<OwnedTable>>,
  entry: OwnedTable,
  about: 'columns' | 'path',
  options: ReadonlyMap<string, OwnedTable>,
): void {
  const names = [...options.keys()].sort();
  const ways = [...options].map(([column, option]) =>
    option.kind === 'via' ? `(${option.path[0]!.columns.join(', ')}) → ${option.path[0]!.references}` : column,
  );
  const question =
    about === 'columns'
      ? `Which column leads to the tenant: ${ways.join(' or ')}?`
      : `Equally good paths to the tenant: ${ways.join(' or ')}. Which one is right?`;
  asked.set(entry.table, { entry, pattern: `${about}:${names.join('|')}`, question, options });
}
