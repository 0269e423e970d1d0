/**
 * Tables that contain no tenant's rows according to the catalogs. Reference data is shared; everything that looks
 * like more (people, polymorphic references, references that no foreign key declares, rows that only tenants' rows
 * refer to, large tables) stays undecided until a person decides. Pure.
 */
import { bindingKeys, isGenerated, isNullable } from './binding-keys.ts';
import type { TableFacts } from './classify-tables.ts';
import { guessComponent } from './guess-component.ts';
import { bareName, GENERIC_COLUMN, isListNamed, spelling } from './name-match.ts';
import { type Asked, pathThrough } from './owned-entry.ts';
import { isMembership, isPeople, isPersonColumn } from './people-tables.ts';
import type { TableName, TableSchema } from './table-schema.ts';
import type { Membership, ModelTable, OwnedTable } from './tenant-model.ts';
import { convincing, polymorphicPair, type UndeclaredReference } from './undeclared-references.ts';

export interface LeftOver {
  readonly tables: readonly TableSchema[];
  readonly facts: TableFacts;
  readonly owned: ReadonlyMap<TableName, OwnedTable>;
  /** Tables that a person has declared shared or excluded: what leads to them is not a question. */
  readonly settled: ReadonlySet<TableName>;
  /** Tables of people → their entries if they belonged to a tenant. */
  readonly withheld: ReadonlyMap<TableName, ReadonlyMap<string, OwnedTable | null>>;
  readonly references: readonly UndeclaredReference[];
}

type Undecided = Map<TableName, Asked<ModelTable>>;
type Put = (
  table: TableSchema,
  pattern: string,
  question: string,
  options: Asked<ModelTable>['options'],
  members?: Membership,
) => void;

/** Internal tables of frameworks. */
const FRAMEWORK =
  /^(schema_migrations|schema_version|ar_internal_metadata|django_migrations|django_content_type|_prisma_migrations|alembic_version|flyway_schema_history|databasechangelog(lock)?|(knex|pg)?_?migrations(_lock)?|typeorm_metadata|goose_db_version|__drizzle_migrations|_sqlx_migrations)$/i;

const NATURAL = /(^|_)(name|code|slug|symbol|iso\w*)$/i;

/** More rows than reference data has. */
const MANY_ROWS = 10_000;

export function questionsOf(left: LeftOver): Undecided {
  const undecided: Undecided = new Map();
  const put: Put = (table, pattern, question, options, members) => {
    const entry = undecidedEntry(table, question, pattern);
    undecided.set(table.table, { entry, pattern, question, options, ...(members && { members }) });
  };
  const free = () => left.tables.filter(table => !undecided.has(table.table) && !FRAMEWORK.test(bareName(table.table)));

  for (const table of free()) {
    const options = left.withheld.get(table.table);
    const members = membershipOf(table, left);
    if (options || members || (isPeople(table) && childrenOf(table, left).some(child => left.owned.has(child.table))))
      put(table, `accounts:${table.table}`, ACCOUNTS, options ?? new Map(), members);
  }
  for (const table of free()) {
    const column = generatedTenant(table, left);
    if (column === undefined) continue;
    const question = `${column} identifies the tenant but is a generated column, which the change log does not contain: make it an ordinary column.`;
    put(table, `generated:${column}`, question, new Map());
  }
  for (const table of free()) {
    const pair = polymorphicPair(table);
    if (!pair) continue;
    const question = `${pair.type}, ${pair.id} refer to rows of several tables: no single path leads to the tenant. A tenant column would.`;
    put(table, `polymorphic:${pair.type},${pair.id}`, question, referenceOptions(table, left));
  }
  addDependents(left, undecided, free, put);
  for (const table of free()) {
    const children = childrenOf(table, left);
    const ofTenants = children.find(({ table: name }) => left.owned.has(name));
    const child = ofTenants ?? children.find(({ table: name }) => undecided.has(name));
    if (!child || isReferenceData(table, ofTenants !== undefined)) continue;
    const question = `Rows of ${child.table} refer to it, and nothing leads from it to a tenant: shared reference data, or tenants’ rows that need a tenant column?`;
    put(table, `referred:${table.table}`, question, new Map());
  }
  addDependents(left, undecided, free, put);
  for (const table of free()) {
    if ((left.facts.rows?.get(table.table) ?? 0) < MANY_ROWS) continue;
    put(table, `large:${table.table}`, 'It has many rows, and nothing leads to a tenant: really shared?', new Map());
  }
  return undecided;
}

/** The tenants' table that joins rows of this one, which are people, to tenants. */
function membershipOf(table: TableSchema, left: LeftOver): Membership | undefined {
  for (const child of left.facts.tables) {
    const entry = left.owned.get(child.table);
    if (entry?.kind !== 'direct') continue;
    const key = child.foreignKeys.find(
      ({ references, columns }) =>
        references === table.table &&
        columns.length === 1 &&
        columns[0] !== entry.column &&
        (isPeople(table) || isPersonColumn(columns[0]!)) &&
        isMembership(child, columns[0]!, entry.column),
    );
    if (key) return { table: child.table, columns: key.columns };
  }
  return undefined;
}

export function sharedEntry(table: TableSchema): ModelTable {
  const why = FRAMEWORK.test(bareName(table.table))
    ? 'Internal table of the framework.'
    : 'No tenant column, and no foreign key leads to a tenant.';
  return { kind: 'shared', table: table.table, component: guessComponent(table.table), why };
}

const ACCOUNTS =
  'People who sign in, and no NOT NULL column or path leads to exactly one tenant: shared by all tenants, or each of one tenant?';

function undecidedEntry(table: TableSchema, question: string, pattern: string): ModelTable {
  const component = guessComponent(table.table);
  return { kind: 'undecided', table: table.table, component, question, pattern };
}

/** Adds tables that refer to an owned or undecided one by name or data, or to an undecided one by a foreign key. */
function addDependents(left: LeftOver, undecided: Undecided, free: () => TableSchema[], put: Put): void {
  for (let before = -1; before !== undecided.size; ) {
    before = undecided.size;
    for (const table of free()) {
      const references = referencesOf(table, left);
      const owned = references.find(each => left.owned.has(each.references));
      const reference = owned ?? references.find(each => undecided.has(each.references));
      const key = bindingKeys(table, left.facts).find(candidate => undecided.has(candidate.references));
      if (key && !owned) {
        const { pattern, members } = undecided.get(key.references)!;
        const question = `Leads only to ${key.references}, which is undecided.`;
        put(table, pattern, question, referenceOptions(table, left), members);
      } else if (reference) {
        put(table, `reference:${reference.column}`, describe(reference), referenceOptions(table, left));
      }
    }
  }
}

/** A generated column that names the tenant, or a row of a tenant's table. */
function generatedTenant(table: TableSchema, left: LeftOver): string | undefined {
  const key = bindingKeys(table, left.facts).find(
    candidate => left.owned.has(candidate.references) && isGenerated(table, candidate.columns),
  );
  const names = new Set(
    [...left.owned.values()].flatMap(entry => (entry.kind === 'direct' ? [spelling(entry.column)] : [])),
  );
  const named = table.columns.find(
    column => column.generated !== '' && names.has(spelling(column.name)) && !GENERIC_COLUMN.test(column.name),
  );
  return key?.columns.find(column => isGenerated(table, [column])) ?? named?.name;
}

function describe({ column, references, sampled, found, named }: UndeclaredReference): string {
  const seen = `${found} of ${sampled} sampled values exist there`;
  if (sampled === 0)
    return `${column} looks like a reference to ${references}, but no foreign key declares it: shared, or reached through it?`;
  if (found === sampled || named < 2)
    return `${column} contains ids of ${references} (${seen}), but no foreign key declares it: shared, or reached through it?`;
  return `${column} looks like a reference to ${references}, but only ${seen}: shared, or reached through it?`;
}

function referencesOf(table: TableSchema, left: LeftOver): UndeclaredReference[] {
  return convincing(left.references.filter(reference => reference.table === table.table)).filter(
    ({ references }) => !left.settled.has(references),
  );
}

/** By column: the path through the table that it seems to refer to, once that one is decided. */
function referenceOptions(table: TableSchema, left: LeftOver): Map<string, OwnedTable | null> {
  const options = new Map<string, OwnedTable | null>();
  for (const { column, references, referencedColumn } of referencesOf(table, left)) {
    if (options.has(column)) continue;
    const loose = isNullable(table, [column])
      ? ' A row with NULL there belongs to no tenant and is not backed up.'
      : '';
    const step = { columns: [column], references, referencedColumns: [referencedColumn] };
    const why = `(${column}) → ${references}, by an answer; no foreign key declares it.${loose}`;
    options.set(column, pathThrough(table, step, left.owned, why));
  }
  return options;
}

/** Tables with a foreign key, or a column of that name, that refers to this one. */
function childrenOf(parent: TableSchema, left: LeftOver): TableSchema[] {
  const named = new Set(
    left.references.filter(item => item.references === parent.table && item.named === 2).map(item => item.table),
  );
  return left.facts.tables.filter(
    table =>
      table.table !== parent.table &&
      (named.has(table.table) || table.foreignKeys.some(key => key.references === parent.table)),
  );
}

/** Recognized by its name, or by a natural key if tenants' rows refer to it: countries, currencies, permissions. */
function isReferenceData(table: TableSchema, ofTenants: boolean): boolean {
  const keys = [table.key, ...table.uniqueKeys.map(key => key.columns)];
  return (
    isListNamed(table.table) ||
    (ofTenants && keys.some(key => key.length > 0 && key.every(column => NATURAL.test(column))))
  );
}
