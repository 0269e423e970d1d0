/**
 * Which tables hold tenants' rows, by the tenant column or by foreign keys. Pure. NOT NULL comes before nullable: a
 * nullable tenant column never wins silently against a path that always leads to a tenant. Equally good paths are a
 * question; until it is answered, the model has the first of them.
 */
import { bindingKeys, isGenerated, isNullable } from './binding-keys.ts';
import { type CandidateColumn, candidateColumns } from './candidate-columns.ts';
import type { TableFacts } from './classify-tables.ts';
import { type Asked, askWhich, columnEntry, directEntry, NULLABLE_LOSES, viaEntry } from './owned-entry.ts';
import type { TableName, TableSchema } from './table-schema.ts';
import type { TenantChoice } from './tenant-choice.ts';
import type { OwnedTable } from './tenant-model.ts';
import { findRoutes, type Route, routeName } from './tenant-routes.ts';

export interface Owned {
  readonly tables: Map<TableName, OwnedTable>;
  readonly asked: Map<TableName, Asked<OwnedTable>>;
}

/** The facts of a classification, and its results so far. */
interface Classifying {
  readonly owned: Owned;
  readonly facts: TableFacts;
  readonly choice: TenantChoice;
  /** Of each open table. */
  readonly columns: ReadonlyMap<TableName, readonly CandidateColumn[]>;
}

/** `withheld`: tables that are not owned, whatever their references; `decided`: entries that a person has reviewed. */
export function classifyOwned(
  tables: readonly TableSchema[],
  facts: TableFacts,
  choice: TenantChoice,
  decided: ReadonlyMap<TableName, OwnedTable>,
  withheld: ReadonlySet<TableName>,
): Owned {
  const owned: Owned = { tables: new Map(decided), asked: new Map() };
  const open = tables.filter(table => !decided.has(table.table) && !withheld.has(table.table));
  if (choice.root && !decided.has(choice.root.table)) addRoot(owned, choice, choice.root);
  const columns = new Map(open.map(table => [table.table, candidateColumns(table, choice)]));
  const work: Classifying = { owned, facts, choice, columns };
  const free = () => open.filter(table => !owned.tables.has(table.table));
  for (const table of free()) addDirect(work, table);
  addDirectThroughKeys(work, free);
  const pathless = free();
  const routes = findRoutes(pathless, owned.tables, facts, columns);
  for (const table of pathless) {
    const found = routes.get(table.table);
    if (found) setRoute(work, table, found);
  }
  return owned;
}

function addRoot(owned: Owned, choice: TenantChoice, root: { table: TableName; column: string }): void {
  const entry: OwnedTable = { kind: 'root', ...root, component: 'data', why: choice.why };
  owned.tables.set(root.table, entry);
  if (choice.question === undefined) return;
  const options = new Map([[root.table, entry]]);
  owned.asked.set(root.table, { entry, pattern: 'tenant', question: choice.question, options });
}

/** The tenant column, if it is NOT NULL. */
function addDirect(work: Classifying, table: TableSchema): void {
  const [first] = work.columns.get(table.table)!;
  if (first?.notNull && first.fits) setDirect(work, table);
}

function setDirect({ owned, choice, columns: all }: Classifying, table: TableSchema): void {
  const columns = all.get(table.table)!;
  const [first] = columns as [CandidateColumn, ...CandidateColumn[]];
  const entry = columnEntry(table, first);
  owned.tables.set(table.table, entry);
  const options = new Map(columns.map(column => [column.name, columnEntry(table, column)]));
  if (columns.length > 1) askWhich(owned.asked, entry, 'columns', options);
  else if (!first.fits) {
    const question = `${first.name} is ${first.type}, the tenant id is ${choice.type}: does it contain tenant ids?`;
    owned.asked.set(table.table, { entry, pattern: `type:${first.name}`, question, options });
  }
}

/** A composite foreign key that includes the parent's tenant column makes its own column a tenant column. */
function addDirectThroughKeys({ owned, facts }: Classifying, free: () => TableSchema[]): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (const table of free()) {
      const found = bindingKeys(table, facts).flatMap(key => {
        const parent = owned.tables.get(key.references);
        if (!parent || parent.kind === 'via' || key.references === table.table) return [];
        const column = key.columns[key.referencedColumns.indexOf(parent.column)];
        return column === undefined || isNullable(table, [column]) || isGenerated(table, [column])
          ? []
          : [{ column, parent: parent.table }];
      });
      const [first] = found;
      if (!first) continue;
      const columns = [...new Set(found.map(item => item.column))];
      const entryOf = (column: string) =>
        directEntry(table, column, `${column} is the tenant column of ${first.parent}, by a composite foreign key.`);
      owned.tables.set(table.table, entryOf(columns[0]!));
      if (columns.length > 1)
        askWhich(
          owned.asked,
          entryOf(columns[0]!),
          'columns',
          new Map(columns.map(column => [column, entryOf(column)])),
        );
      changed = true;
    }
  }
}

function setRoute(work: Classifying, table: TableSchema, routes: readonly Route[]): void {
  const { owned, facts } = work;
  const columns = work.columns.get(table.table)!;
  const [best] = routes as [Route, ...Route[]];
  if (routes.every(route => route.column !== undefined)) {
    setDirect(work, table);
    const sure = columns.some(column => column.named) || owned.asked.has(table.table) || !mayLose(table, facts);
    const set = owned.tables.get(table.table)!;
    if (!sure) askNullable(work, set, routeName(best), new Map([[routeName(best), set]]));
    return;
  }
  const entry = entryFor(table, best, columns);
  owned.tables.set(table.table, entry);
  const options = new Map(routes.map(route => [routeName(route), entryFor(table, route, columns)]));
  // By a foreign key this column also references a tenant, though not in every row.
  const rival = best.column === undefined && !best.nullable ? columns.find(column => column.referenced) : undefined;
  if (rival)
    options.set(
      rival.name,
      directEntry(table, rival.name, `${rival.name} references the tenant table.${NULLABLE_LOSES}`),
    );
  if (options.size > 1) askWhich(owned.asked, entry, 'path', options);
  else if (best.nullable && mayLose(table, facts)) askNullable(work, entry, routeName(best), options);
}

/** Whether rows with NULL exist, or can be expected: the table has no rows yet and others refer to it. */
function mayLose(table: TableSchema, facts: TableFacts): boolean {
  return (
    facts.nulls?.get(table.table) ??
    facts.tables.some(other => other !== table && other.foreignKeys.some(key => key.references === table.table))
  );
}

function askNullable(
  { owned, facts }: Classifying,
  entry: OwnedTable,
  columns: string,
  options: ReadonlyMap<string, OwnedTable>,
): void {
  const seen = facts.nulls?.get(entry.table) ? ' (and is in some rows)' : '';
  const question = `The only path to the tenant, ${columns}, can be NULL${seen}: such rows belong to no tenant and are not backed up. Is it the right path?`;
  owned.asked.set(entry.table, { entry, pattern: `nullable:${columns}`, question, options });
}

function entryFor(table: TableSchema, route: Route, columns: readonly CandidateColumn[]): OwnedTable {
  const loose = route.nullable ? NULLABLE_LOSES : '';
  if (route.column !== undefined)
    return directEntry(table, route.column, `Has the tenant column ${route.column}.${loose}`);
  const steps = route.path.map(step => `(${step.columns.join(', ')}) → ${step.references}`).join(', then ');
  const [passed] = columns;
  const instead =
    passed && !route.nullable && !passed.notNull ? ` Its ${passed.name} can be NULL, this path cannot.` : '';
  return viaEntry(table, route.path, `${steps}.${instead}${loose}`);
}
