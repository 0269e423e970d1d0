/**
 * Which tables hold tenants' rows, by the tenant column or by foreign keys. Pure. NOT NULL comes before nullable: a
 * tenant column that may be NULL never wins silently against a path that always leads to a tenant. Ways that are equally
 * good are a question; what stands in the model meanwhile is the first of them.
 */
import type { TableFacts } from './classify-tables.ts';
import { guessComponent } from './guess-component.ts';
import { GENERIC_COLUMN, spelling } from './name-match.ts';
import type { ForeignKey, TableName, TableSchema } from './table-schema.ts';
import type { TenantChoice } from './tenant-choice.ts';
import type { OwnedTable, PathStep } from './tenant-model.ts';
import { comparableTypes } from './type-family.ts';

/** An entry that a person must confirm, with what it becomes for each answer (null: not possible before another answer). */
export interface Asked<T> {
  readonly entry: T;
  readonly pattern: string;
  readonly question: string;
  readonly options: ReadonlyMap<string, OwnedTable | null>;
}

export interface Owned {
  readonly tables: Map<TableName, OwnedTable>;
  readonly asked: Map<TableName, Asked<OwnedTable>>;
}

/** One way from a table to its tenant. */
interface Route {
  /** Some column on the way may be NULL. */
  readonly nullable: boolean;
  /** The table's own tenant column, instead of a path. */
  readonly column?: string;
  /** No foreign key holds the column, or its type does not fit. */
  readonly unenforced?: boolean;
  readonly path: readonly PathStep[];
}

/** `withheld`: tables that are not owned whatever leads from them; `decided`: entries that a person has reviewed. */
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
  const columns = new Map(open.map(table => [table.table, tenantColumns(table, choice)]));
  const free = () => open.filter(table => !owned.tables.has(table.table));
  for (const table of free()) addDirect(owned, table, columns.get(table.table)!, choice);
  addDirectThroughKeys(owned, free, facts);
  addRoutes(owned, free(), facts, columns, choice);
  return owned;
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

export function isNullable(table: TableSchema, columns: readonly string[]): boolean {
  return columns.some(name => !table.columns.find(column => column.name === name)?.notNull);
}

export function isGenerated(table: TableSchema, columns: readonly string[]): boolean {
  return table.columns.some(column => column.generated !== '' && columns.includes(column.name));
}

/** A path for a person's answer: one step, then the parent's own way. Null while the parent has none. */
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

interface TenantColumn {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  /** By a foreign key to the tenant table. */
  readonly referenced: boolean;
  /** The usual name, in any spelling. */
  readonly named: boolean;
  readonly fits: boolean;
}

/** The columns that may say the tenant, those of the usual name before others that reference it. */
function tenantColumns(table: TableSchema, choice: TenantChoice): TenantColumn[] {
  const keys = table.foreignKeys.filter(
    key =>
      key.references === choice.root?.table &&
      key.columns.length === 1 &&
      key.referencedColumns[0] === choice.root.column,
  );
  const found = table.columns.flatMap((column): TenantColumn[] => {
    // The change log does not carry what is generated.
    if (column.generated !== '') return [];
    const referenced = keys.some(key => key.columns[0] === column.name);
    const named = spelling(column.name) === spelling(choice.column);
    if (!referenced && !(named && !GENERIC_COLUMN.test(column.name))) return [];
    const fits = referenced || choice.type === undefined || comparableTypes(column.type, choice.type);
    const { name, type, notNull } = column;
    return [{ name, type, notNull, referenced, named, fits }];
  });
  const named = found.filter(column => column.named);
  // A foreign key decides between two spellings; beside the usual name, other references are about something else.
  const usual = named.some(column => column.referenced) ? named.filter(column => column.referenced) : named;
  const rest = usual.length > 0 ? usual : found;
  return rest.some(column => column.notNull) ? rest.filter(column => column.notNull) : rest;
}

function addRoot(owned: Owned, choice: TenantChoice, root: { table: TableName; column: string }): void {
  const entry: OwnedTable = { kind: 'root', ...root, component: 'data', why: choice.why };
  owned.tables.set(root.table, entry);
  if (choice.question === undefined) return;
  const options = new Map([[root.table, entry]]);
  owned.asked.set(root.table, { entry, pattern: 'tenant', question: choice.question, options });
}

/** The tenant column, where it is never NULL. */
function addDirect(owned: Owned, table: TableSchema, columns: readonly TenantColumn[], choice: TenantChoice): void {
  const [first] = columns;
  if (!first?.notNull || !first.fits) return;
  setDirect(owned, table, columns, choice);
}

function setDirect(owned: Owned, table: TableSchema, columns: readonly TenantColumn[], choice: TenantChoice): void {
  const entryOf = ({ name, referenced, notNull }: TenantColumn) =>
    direct(
      table,
      name,
      (referenced ? `${name} references the tenant table.` : `Has the tenant column ${name}, without a foreign key.`) +
        (notNull ? '' : LOOSE),
    );
  const [first] = columns as [TenantColumn, ...TenantColumn[]];
  const entry = entryOf(first);
  owned.tables.set(table.table, entry);
  const options = new Map(columns.map(column => [column.name, entryOf(column)]));
  if (columns.length > 1) ask(owned, entry, 'columns', options);
  else if (!first.fits) {
    const question = `${first.name} is ${first.type}, the tenant id is ${choice.type}: does it hold tenant ids?`;
    owned.asked.set(table.table, { entry, pattern: `type:${first.name}`, question, options });
  }
}

/** A composite foreign key that takes the parent's tenant column along makes its own column a tenant column. */
function addDirectThroughKeys(owned: Owned, free: () => TableSchema[], facts: TableFacts): void {
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
        direct(table, column, `${column} is the tenant column of ${first.parent}, by a composite foreign key.`);
      owned.tables.set(table.table, entryOf(columns[0]!));
      if (columns.length > 1)
        ask(owned, entryOf(columns[0]!), 'columns', new Map(columns.map(column => [column, entryOf(column)])));
      changed = true;
    }
  }
}

/** Shortest ways from all owned tables at once: each round lets tables improve through their parents until none does. */
function addRoutes(
  owned: Owned,
  open: readonly TableSchema[],
  facts: TableFacts,
  columns: ReadonlyMap<TableName, readonly TenantColumn[]>,
  choice: TenantChoice,
): void {
  const schemas = new Map(facts.tables.map(table => [table.table, table]));
  const routes = new Map<TableName, Route[]>();
  for (const [name, entry] of owned.tables) routes.set(name, [decidedRoute(entry, schemas.get(name))]);
  for (let changed = true; changed; ) {
    changed = false;
    for (const table of open) {
      const best = bestRoutes(table, bindingKeys(table, facts), columns.get(table.table)!, routes);
      if (best.length === 0 || JSON.stringify(routes.get(table.table)) === JSON.stringify(best)) continue;
      routes.set(table.table, best);
      changed = true;
    }
  }
  for (const table of open) {
    const found = routes.get(table.table);
    if (found) setRoute(owned, table, found, columns.get(table.table)!, choice, facts);
  }
}

function decidedRoute(entry: OwnedTable, schema: TableSchema | undefined): Route {
  if (entry.kind === 'via') return { nullable: false, path: entry.path };
  return { nullable: schema !== undefined && isNullable(schema, [entry.column]), path: [] };
}

/** All of the best rank, the first of which counts. */
function bestRoutes(
  table: TableSchema,
  keys: readonly ForeignKey[],
  columns: readonly TenantColumn[],
  routes: ReadonlyMap<TableName, readonly Route[]>,
): Route[] {
  const through = keys.flatMap((key): Route[] => {
    const parent = routes.get(key.references)?.[0];
    // A path through the table itself says nothing new.
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
  found.sort((a, b) => Number(b.column !== undefined) - Number(a.column !== undefined) || (name(a) < name(b) ? -1 : 1));
  return found.filter((route, i) => i === 0 || name(route) !== name(found[i - 1]!));
}

/** A column that nothing enforces is worth no more than a path of one step. */
function rank(route: Route): number {
  return route.path.length + (route.unenforced ? 1 : 0) + (route.nullable ? 1_000_000 : 0);
}

function name(route: Route): string {
  return route.column ?? route.path[0]!.columns.join(',');
}

function setRoute(
  owned: Owned,
  table: TableSchema,
  routes: readonly Route[],
  columns: readonly TenantColumn[],
  choice: TenantChoice,
  facts: TableFacts,
): void {
  const [best] = routes as [Route, ...Route[]];
  if (routes.every(route => route.column !== undefined)) {
    setDirect(owned, table, columns, choice);
    const sure = columns.some(column => column.named) || owned.asked.has(table.table) || !mayLose(table, facts);
    const set = owned.tables.get(table.table)!;
    if (!sure) askNullable(owned, set, name(best), new Map([[name(best), set]]), facts);
    return;
  }
  const entryOf = (route: Route) => entryFor(table, route, columns);
  const entry = entryOf(best);
  owned.tables.set(table.table, entry);
  const options = new Map(routes.map(route => [name(route), entryOf(route)]));
  // A foreign key says that this column names a tenant too, though not for every row.
  const rival = best.column === undefined && !best.nullable ? columns.find(column => column.referenced) : undefined;
  if (rival) options.set(rival.name, direct(table, rival.name, `${rival.name} references the tenant table.${LOOSE}`));
  if (options.size > 1) ask(owned, entry, 'path', options);
  else if (best.nullable && mayLose(table, facts)) askNullable(owned, entry, name(best), options, facts);
}

/** Rows with NULL there are, or (a table that others refer to, without rows as yet) may well be, nobody's. */
function mayLose(table: TableSchema, facts: TableFacts): boolean {
  return (
    facts.nulls?.get(table.table) ??
    facts.tables.some(other => other !== table && other.foreignKeys.some(key => key.references === table.table))
  );
}

function askNullable(
  owned: Owned,
  entry: OwnedTable,
  columns: string,
  options: ReadonlyMap<string, OwnedTable>,
  facts: TableFacts,
): void {
  const seen = facts.nulls?.get(entry.table) ? ' (some rows are so)' : '';
  const question = `The only way to the tenant, ${columns}, may be NULL${seen}: such rows belong to no tenant and are not backed up. Is it the way?`;
  owned.asked.set(entry.table, { entry, pattern: `nullable:${columns}`, question, options });
}

function entryFor(table: TableSchema, route: Route, columns: readonly TenantColumn[]): OwnedTable {
  const loose = route.nullable ? LOOSE : '';
  if (route.column !== undefined) return direct(table, route.column, `Has the tenant column ${route.column}.${loose}`);
  const steps = route.path.map(step => `(${step.columns.join(', ')}) → ${step.references}`).join(', then ');
  const [passed] = columns;
  const instead =
    passed && !route.nullable && !passed.notNull ? ` Its ${passed.name} may be NULL, this path never is.` : '';
  return viaEntry(table, route.path, `${steps}.${instead}${loose}`);
}

function ask(
  owned: Owned,
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
      ? `Which column says whose row it is: ${ways.join(' or ')}?`
      : `Equally good ways to the tenant: ${ways.join(' or ')}. Which one says whose row it is?`;
  owned.asked.set(entry.table, { entry, pattern: `${about}:${names.join('|')}`, question, options });
}

const LOOSE = ' A row with NULL there belongs to no tenant and is not backed up.';

function direct(table: TableSchema, column: string, why: string): OwnedTable {
  return { kind: 'direct', table: table.table, column, component: guessComponent(table.table), why };
}
