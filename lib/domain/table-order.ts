/** Parents before children, for loading and applying; tables that reference each other in a circle stay together. */
import type { TableName, TableSchema } from './table-schema.ts';

/**
 * The tables in groups, such that a table's foreign keys lead only to earlier groups or into its own. A group of more
 * than one table is a cycle. Deterministic (Tarjan's strongly connected components). Self-references do not count.
 */
export function parentsFirst<T extends Pick<TableSchema, 'table' | 'foreignKeys'>>(tables: readonly T[]): T[][] {
  const byName = new Map(tables.map(table => [table.table, table]));
  const index = new Map<TableName, number>();
  const low = new Map<TableName, number>();
  const stack: T[] = [];
  const onStack = new Set<TableName>();
  const groups: T[][] = [];
  const visit = (table: T) => {
    index.set(table.table, index.size);
    low.set(table.table, index.get(table.table)!);
    stack.push(table);
    onStack.add(table.table);
    for (const { references } of table.foreignKeys) {
      const parent = byName.get(references);
      if (!parent) continue;
      if (!index.has(references)) visit(parent);
      if (onStack.has(references)) low.set(table.table, Math.min(low.get(table.table)!, low.get(references)!));
    }
    if (low.get(table.table) !== index.get(table.table)) return;
    const group = stack.splice(stack.indexOf(table));
    for (const member of group) onStack.delete(member.table);
    groups.push(group);
  };
  for (const table of tables) if (!index.has(table.table)) visit(table);
  return groups;
}
