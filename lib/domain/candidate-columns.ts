/**
 * The columns of a table that can identify the tenant, by name or by a foreign key to the tenant table. Pure.
 * Invariant: a generated column is never among them, because the change log does not contain it.
 */
import { GENERIC_COLUMN, spelling } from './name-match.ts';
import type { TableSchema } from './table-schema.ts';
import type { TenantChoice } from './tenant-choice.ts';
import { comparableTypes } from './type-family.ts';

export interface CandidateColumn {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  /** By a foreign key to the tenant table. */
  readonly referenced: boolean;
  /** The usual name, in any spelling. */
  readonly named: boolean;
  readonly fits: boolean;
}

/** The columns that can identify the tenant, those of the usual name before others that reference it. */
export function candidateColumns(table: TableSchema, choice: TenantChoice): CandidateColumn[] {
  const keys = table.foreignKeys.filter(
    key =>
      key.references === choice.root?.table &&
      key.columns.length === 1 &&
      key.referencedColumns[0] === choice.root.column,
  );
  const found = table.columns.flatMap((column): CandidateColumn[] => {
    // The change log does not contain generated columns.
    if (column.generated !== '') return [];
    const referenced = keys.some(key => key.columns[0] === column.name);
    const named = spelling(column.name) === spelling(choice.column);
    if (!referenced && !(named && !GENERIC_COLUMN.test(column.name))) return [];
    const fits = referenced || choice.type === undefined || comparableTypes(column.type, choice.type);
    const { name, type, notNull } = column;
    return [{ name, type, notNull, referenced, named, fits }];
  });
  const named = found.filter(column => column.named);
  // A foreign key decides between two spellings; beside the usual name, other references mean something else.
  const usual = named.some(column => column.referenced) ? named.filter(column => column.referenced) : named;
  const rest = usual.length > 0 ? usual : found;
  return rest.some(column => column.notNull) ? rest.filter(column => column.notNull) : rest;
}
