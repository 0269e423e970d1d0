/**
 * Sorts tables into root, direct, via and shared from what the catalogs say. Pure. Rules: a table with the tenant column
 * is direct; else the best foreign-key path counts (NOT NULL before nullable, then the shortest); two equally good ones
 * are a question for a person, never a guess. Every table gets exactly one entry, with what was seen as its `why`.
 */
import { guessComponent } from './guess-component.ts';
import type { ForeignKey, TableName, TableSchema } from './table-schema.ts';
import { chooseTenant, GENERIC_COLUMN, type TenantChoice, type TenantHints } from './tenant-choice.ts';
import type { ModelTable, OwnedTable, PathStep, TenantModel } from './tenant-model.ts';
import { comparableTypes } from './type-family.ts';

/** What classification needs to know of a database beside the tables' schemas. */
export interface TableFacts {
  readonly tables: readonly TableSchema[];
  /** Inheritance child → its parents: a child has its parents' columns, but not their foreign keys. */
  readonly inherits?: ReadonlyMap<TableName, readonly TableName[]>;
  /** Tables that an extension made → the extension's name. */
  readonly extensions?: ReadonlyMap<TableName, string>;
}

export interface Classification {
  readonly model: TenantModel;
  readonly choice: TenantChoice;
}

/** The proposed model, root first, then by name. InputError where no tenant table or column stands out (chooseTenant). */
export function classifyTables(facts: TableFacts, hints: TenantHints = {}): Classification {
  const application = facts.tables.filter(table => !facts.extensions?.has(table.table));
  const choice = chooseTenant(application, hints);
  const owned = new Map<TableName, OwnedTable>();
  if (choice.root) owned.set(choice.root.table, rootEntry(choice));
  for (const table of application) addDirect(owned, table, choice);
  addDirectThroughKeys(owned, application, facts);
  addVia(owned, application, facts);
  const entries = facts.tables.map(table => owned.get(table.table) ?? leftOver(table, facts, owned));
  const order = ['root', 'direct', 'via', 'shared', 'excluded'];
  entries.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.table < b.table ? -1 : 1));
  return { model: { format: 'holdfast.tenant-model/1', tables: entries }, choice };
}

/** The foreign keys that bind a table's rows: its own and, for an inheritance child, its parents'. */
export function bindingKeys(table: TableSchema, facts: TableFacts): ForeignKey[] {
  const parents = facts.inherits?.get(table.table) ?? [];
  const inherited = parents.flatMap(name => {
    const parent = facts.tables.find(candidate => candidate.table === name);
    return parent ? bindingKeys(parent, facts) : [];
  });
  return [...table.foreignKeys, ...inherited];
}

function rootEntry(choice: TenantChoice): OwnedTable {
  const { table, column } = choice.root!;
  return {
    kind: 'root',
    table,
    column,
    component: 'data',
    why: choice.why,
    ...(choice.question === undefined ? {} : { question: choice.question }),
  };
}

function addDirect(owned: Map<TableName, OwnedTable>, table: TableSchema, choice: TenantChoice): void {
  if (owned.has(table.table)) return;
  const keys = table.foreignKeys.filter(
    key =>
      key.references === choice.root?.table &&
      key.columns.length === 1 &&
      key.referencedColumns[0] === choice.root.column,
  );
  const named = table.columns.find(column => column.name === choice.column && column.generated === '');
  const referenced = named !== undefined && keys.some(key => key.columns[0] === named.name);
  if (named && (referenced || !GENERIC_COLUMN.test(named.name))) {
    const fits = referenced || choice.type === undefined || comparableTypes(named.type, choice.type);
    const why = referenced
      ? `${named.name} references the tenant table.`
      : `Has the tenant column ${named.name}, without a foreign key.`;
    const question = `${named.name} is ${named.type}, the tenant id is ${choice.type}: does it hold tenant ids?`;
    owned.set(table.table, direct(table, named.name, why, fits ? undefined : question));
    return;
  }
  const columns = [...new Set(keys.map(key => key.columns[0]!))];
  if (columns.length === 0) return;
  columns.sort((a, b) => Number(isNullable(table, [a])) - Number(isNullable(table, [b])));
  const rivals = columns.filter(column => isNullable(table, [column]) === isNullable(table, [columns[0]!]));
  const question = rivals.length > 1 ? `Which column says whose row it is: ${rivals.join(' or ')}?` : undefined;
  owned.set(table.table, direct(table, columns[0]!, `${columns[0]} references the tenant table.`, question));
}

/** A composite foreign key that takes the parent's tenant column along makes its own column a tenant column. */
function addDirectThroughKeys(
  owned: Map<TableName, OwnedTable>,
  tables: readonly TableSchema[],
  facts: TableFacts,
): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (const table of tables) {
      if (owned.has(table.table)) continue;
      const found = bindingKeys(table, facts).flatMap(key => {
        const parent = owned.get(key.references);
        if (!parent || parent.kind === 'via' || key.references === table.table) return [];
        const column = key.columns[key.referencedColumns.indexOf(parent.column)];
        return column === undefined || isNullable(table, [column]) ? [] : [{ column, parent: parent.table }];
      });
      const columns = [...new Set(found.map(item => item.column))];
      if (columns.length === 0) continue;
      const question = columns.length > 1 ? `Which column says whose row it is: ${columns.join(' or ')}?` : undefined;
      const why = `${columns[0]} is the tenant column of ${found[0]!.parent}, by a composite foreign key.`;
      owned.set(table.table, direct(table, columns[0]!, why, question));
      changed = true;
    }
  }
}

interface Route {
  nullable: boolean;
  path: PathStep[];
  /** First steps that lead equally well. */
  rivals: string[];
}

/** Shortest paths from all owned tables at once: each round lets tables improve through their parents until none does. */
function addVia(owned: Map<TableName, OwnedTable>, tables: readonly TableSchema[], facts: TableFacts): void {
  const routes = new Map<TableName, Route>();
  for (const name of owned.keys()) routes.set(name, { nullable: false, path: [], rivals: [] });
  const open = tables.filter(table => !owned.has(table.table));
  for (let changed = true; changed; ) {
    changed = false;
    for (const table of open) {
      const best = bestRoute(table, bindingKeys(table, facts), routes);
      const known = routes.get(table.table);
      if (!best || (known && describeRoute(known) === describeRoute(best))) continue;
      routes.set(table.table, best);
      changed = true;
    }
  }
  for (const table of open) {
    const route = routes.get(table.table);
    if (route) owned.set(table.table, viaEntry(table, route));
  }
}

function bestRoute(
  table: TableSchema,
  keys: readonly ForeignKey[],
  routes: ReadonlyMap<TableName, Route>,
): Route | undefined {
  const candidates = keys.flatMap(key => {
    const parent = routes.get(key.references);
    // A path through the table itself says nothing new.
    if (!parent || key.references === table.table || parent.path.some(step => step.references === table.table))
      return [];
    const step: PathStep = {
      columns: key.columns,
      references: key.references,
      referencedColumns: key.referencedColumns,
    };
    return [{ nullable: parent.nullable || isNullable(table, key.columns), path: [step, ...parent.path] }];
  });
  candidates.sort((a, b) => rank(a) - rank(b) || (describeStep(a) < describeStep(b) ? -1 : 1));
  const best = candidates[0];
  if (!best) return undefined;
  const rivals = [...new Set(candidates.filter(candidate => rank(candidate) === rank(best)).map(describeStep))];
  return { ...best, rivals };
}

function rank(route: { nullable: boolean; path: PathStep[] }): number {
  return route.path.length + (route.nullable ? 1_000_000 : 0);
}

function describeStep(route: { path: PathStep[] }): string {
  const step = route.path[0]!;
  return `(${step.columns.join(', ')}) → ${step.references}`;
}

function describeRoute(route: Route): string {
  return JSON.stringify(route);
}

function viaEntry(table: TableSchema, route: Route): OwnedTable {
  const steps = route.path.map(step => `(${step.columns.join(', ')}) → ${step.references}`).join(', then ');
  const loose = route.nullable ? ' A row with NULL there belongs to no tenant and is not backed up.' : '';
  const question = `Equally good paths to the tenant: ${route.rivals.join(' or ')}. Which one says whose row it is?`;
  return {
    kind: 'via',
    table: table.table,
    path: route.path,
    component: guessComponent(table.table),
    why: `${steps}.${loose}`,
    ...(route.rivals.length > 1 ? { question } : {}),
  };
}

function direct(table: TableSchema, column: string, why: string, question: string | undefined): OwnedTable {
  const loose = isNullable(table, [column]) ? ` A row with NULL there belongs to no tenant and is not backed up.` : '';
  const component = guessComponent(table.table);
  return {
    kind: 'direct',
    table: table.table,
    column,
    component,
    why: why + loose,
    ...(question === undefined ? {} : { question }),
  };
}

function isNullable(table: TableSchema, columns: readonly string[]): boolean {
  return columns.some(name => !table.columns.find(column => column.name === name)?.notNull);
}

function leftOver(table: TableSchema, facts: TableFacts, owned: ReadonlyMap<TableName, OwnedTable>): ModelTable {
  const extension = facts.extensions?.get(table.table);
  if (extension !== undefined) {
    return { kind: 'excluded', table: table.table, component: 'data', reason: `belongs to the extension ${extension}` };
  }
  const suspect = looksLikeReference(table, owned);
  return {
    kind: 'shared',
    table: table.table,
    component: guessComponent(table.table),
    why: 'No tenant column, and no foreign key leads to a tenant.',
    ...(suspect === undefined ? {} : { question: suspect }),
  };
}

/** `order_id` without a foreign key, beside an owned table `orders`: tenant data that looks shared. */
function looksLikeReference(table: TableSchema, owned: ReadonlyMap<TableName, OwnedTable>): string | undefined {
  for (const column of table.columns) {
    const stem = /^(.+?)_?id$/i.exec(column.name)?.[1]?.toLowerCase();
    if (stem === undefined) continue;
    for (const name of owned.keys()) {
      const bare = name.replace(/^.*\./, '').replaceAll('"', '').toLowerCase();
      if ([stem, `${stem}s`, `${stem}es`].includes(bare)) {
        return `${column.name} looks like a reference to ${name}, but no foreign key says so: shared, or reached through it?`;
      }
    }
  }
  return undefined;
}
