/**
 * The order in which live tables are written: parents before children, by the foreign keys of the live database.
 * Tables with circular references form one group, in which the order is undefined.
 */

export interface Reference {
  readonly child: number;
  readonly parent: number;
}

interface Visit {
  readonly order: number;
  low: number;
  open: boolean;
}

/** Groups of table numbers, parents first (Tarjan's strongly connected components). */
export function writeGroups(tables: readonly number[], references: readonly Reference[]): number[][] {
  const parents = new Map<number, number[]>(tables.map(table => [table, []]));
  for (const { child, parent } of references) {
    if (parents.has(child) && parents.has(parent)) parents.get(child)!.push(parent);
  }
  const groups: number[][] = [];
  const found = new Map<number, Visit>();
  const stack: number[] = [];
  const visit = (table: number): Visit => {
    const mine: Visit = { order: found.size, low: found.size, open: true };
    found.set(table, mine);
    stack.push(table);
    for (const parent of parents.get(table)!) {
      const seen = found.get(parent);
      if (seen === undefined) mine.low = Math.min(mine.low, visit(parent).low);
      else if (seen.open) mine.low = Math.min(mine.low, seen.order);
    }
    if (mine.low === mine.order) groups.push(close(table, stack, found));
    return mine;
  };
  for (const table of tables) if (!found.has(table)) visit(table);
  return groups;
}

function close(table: number, stack: number[], found: Map<number, Visit>): number[] {
  const group = stack.splice(stack.indexOf(table));
  for (const member of group) found.get(member)!.open = false;
  return group.sort((a, b) => a - b);
}
