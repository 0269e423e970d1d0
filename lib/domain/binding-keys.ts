/**
 * The facts of a table's schema that determine the tenant of its rows: foreign keys, and whether columns are NOT NULL
 * and in the change log. Pure.
 */
import type { TableFacts } from './classify-tables.ts';
import type { ForeignKey, TableSchema } from './table-schema.ts';

/** The foreign keys of a table's rows: its own and, for an inheritance child, its parents'. */
export function bindingKeys(table: TableSchema, facts: TableFacts): ForeignKey[] {
  const parents = facts.inherits?.get(table.table) ?? [];
  const inherited = parents.flatMap(name => {
    const parent = facts.tables.find(candidate => candidate.table === name);
    return parent ? bindingKeys(parent, facts) : [];
  });
  return [...table.foreignKeys, ...inherited];
}

export function isNullable(table: TableSchema, columns: readonly string[]): boolean {
  return columns.some(name => !table.columns.find(column => column.name === name)?.notNull);
}

export function isGenerated(table: TableSchema, columns: readonly string[]): boolean {
  return table.columns.some(column => column.generated !== '' && columns.includes(column.name));
}
