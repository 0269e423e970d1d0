/**
 * The paths from a table to its tenant, by its own column or by foreign keys, and the best of them. Pure. Invariant:
 * a nullable path is never better than one that always leads to a tenant.
 */
import { bindingKeys, isGenerated, isNullable } from './binding-keys.ts';
import type { CandidateColumn } from './candidate-columns.ts';
import type { TableFacts } from './classify-tables.ts';
import type { ForeignKey, TableName, TableSchema } from './table-schema.ts';
import type { OwnedTable, PathStep } from './tenant-model.ts';

/** A path from a table to its tenant. */
export interface Route {
  /** Some column of the path is nullable. */
  readonly nullable: boolean;
  /** The table's own tenant column, instead of a path. */
  readonly column?: string;
  /** The column has no foreign key, or its type does not match. */
  readonly unenforced?: boolean;
  readonly path: readonly PathStep[];
}

/**
 * The best paths of each open table, from all owned tables at once: rounds repeat until no table improves through its
 * parents.
 */
export function findRoutes(
  open: readonly TableSchema[],
  owned: ReadonlyMap<TableName, OwnedTable>,
  facts: TableFacts,
  columns: ReadonlyMap<TableName, readonly CandidateColumn[]>,
): Map<TableName, Route[]> {
  const schemas = new Map(facts.tables.map(table => [table.table, table]));
  const routes = new Map<TableName, Route[]>();
  for (const [name, entry] of owned) routes.set(name, [decidedRoute(entry, schemas.get(name))]);
  for (let changed = true; changed; ) {
    changed = false;
    for (const table of open) {
      const best = bestRoutes(table, bindingKeys(table, facts), columns.get(table.table)!, routes);
      if (best.length === 0 || JSON.stringify(routes.get(table.table)) === JSON.stringify(best)) continue;
      routes.set(table.table, best);
      changed = true;
    }
  }
  return routes;
}

function decidedRoute(entry: OwnedTable, schema: TableSchema | undefined): Route {
  if (entry.kind === 'via') return { nullable: false, path: entry.path };
  return { nullable: schema !== undefined && isNullable(schema, [entry.column]), path: [] };
}

/** All paths of the best rank; the first is used. */
function bestRoutes(
  table: TableSchema,
  keys: readonly ForeignKey[],
  columns: readonly CandidateColumn[],
  routes: ReadonlyMap<TableName, readonly Route[]>,
): Route[] {
  const through = keys.flatMap((key): Route[] => {
    const parent = routes.get(key.references)?.[0];
    // A path through the table itself adds nothing.
    if (!parent || key.references === table.table || parent.path.some(step => step.references === table.table))
      return [];
    if (isGenerated(table, key.columns)) return [];
    const step = { columns: key.columns, references: key.references, referencedColumns: key.referencedColumns };
    return [{ nullable: parent.nullable || isNullable(table, key.columns), path: [step, ...parent.path] }];
  });
  const own = columns.map(
    ({ name, referenced, notNull, fits }): Route => ({
      ...{ nullable: !notNull, path: [], column: name },
      ...(referenced && fits ? {} : { unenforced: true }),
    }),
  );
  const best = Math.min(...[...own, ...through].map(rank));
  const found = [...own, ...through].filter(route => rank(route) === best);
  found.sort(
    (a, b) => Number(b.column !== undefined) - Number(a.column !== undefined) || (routeName(a) < routeName(b) ? -1 : 1),
  );
  return found.filter((route, i) => i === 0 || routeName(route) !== routeName(found[i - 1]!));
}

/** An unenforced column ranks like a path of one step. */
function rank(route: Route): number {
  return route.path.length + (route.unenforced ? 1 : 0) + (route.nullable ? 1_000_000 : 0);
}

/** Its first columns. */
export function routeName(route: Route): string {
  return route.column ?? route.path[0]!.columns.join(',');
}
