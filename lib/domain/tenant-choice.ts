/**
 * Finds the tenant table and the tenant column: the table that most tables reference by a column of one name, in any
 * spelling. If another table is possible (one above it, one of equal weight, or one with a composite key), a person
 * must decide; a wrong guess would invalidate everything after it.
 */
import { InputError } from './errors.ts';
import { bareName, GENERIC_COLUMN, isListNamed, namesTable, spelling, stemOf } from './name-match.ts';
import { isPeople } from './people-tables.ts';
import type { TableName, TableSchema } from './table-schema.ts';
import { comparableTypes } from './type-family.ts';

/** Choices of the person, if any. */
export interface TenantHints {
  readonly tenantTable?: TableName;
  readonly tenantColumn?: string;
}

export interface TenantChoice {
  /** Undefined if tables have a tenant column but no table lists the tenants. */
  readonly root?: { readonly table: TableName; readonly column: string };
  /** The tenant column's name in most direct tables. */
  readonly column: string;
  readonly type?: string;
  readonly why: string;
  readonly question?: string;
}

/** A possible tenant table. */
export interface Candidate {
  readonly table: TableName;
  readonly referencedColumn: string;
  readonly column: string;
  /** Tables with a column of that name, in any spelling, that references it. */
  readonly referencing: number;
  /** Further tables that have a column of that name and kind, without a foreign key. */
  readonly likeNamed: number;
}

/** Several tables could be the tenant table; the best first. */
export class TenantUnclear extends Error {
  readonly candidates: readonly Candidate[];
  constructor(candidates: readonly Candidate[]) {
    super('Several tables could be the tenant table.');
    this.candidates = candidates;
  }
}

const TENANT_WORD =
  /(tenant|organi[sz]ation|org|account|workspace|company|companies|customer|client|shop|store|site|practice|school|realm|merchant|agency|agencies|clinic|team)/i;

/** TenantUnclear; InputError `no-such-table`, `no-such-column`, `no-tenant-key`, `no-tenant-table`, `composite-tenant-key`. */
export function chooseTenant(tables: readonly TableSchema[], hints: TenantHints): TenantChoice {
  checkHints(tables, hints);
  const all = findCandidates(tables);
  const candidates = all.filter(
    candidate =>
      (hints.tenantTable === undefined || candidate.table === hints.tenantTable) &&
      (hints.tenantColumn === undefined || spelling(candidate.column) === spelling(hints.tenantColumn)),
  );
  candidates.sort((a, b) => score(b) - score(a) || (a.table + a.column < b.table + b.column ? -1 : 1));
  const best = candidates[0];
  const bare = said(hints) ? undefined : mostCommonTenantColumn(tables, {});
  if (
    bare &&
    bare.tables.length > (best ? score(best) : 0) &&
    best &&
    spelling(best.column) !== spelling(bare.column)
  ) {
    return withoutForeignKeys(tables, { tenantColumn: bare.column });
  }
  const composite = said(hints) ? undefined : compositeRival(best, tables);
  if (composite) throw compositeKey(composite);
  if (!best) return withoutForeignKeys(tables, hints);
  const rivals = said(hints) ? [] : rivalsOf(best, candidates, tables);
  if (rivals.length > 0) throw new TenantUnclear([best, ...rivals]);
  const type = typeOf(tables, best.table, best.referencedColumn);
  const further = best.likeNamed > 0 ? `, and ${best.likeNamed} more have a column of that name` : '';
  return {
    root: { table: best.table, column: best.referencedColumn },
    column: best.column,
    ...(type === undefined ? {} : { type }),
    why: `${best.referencing} tables reference it by a column ${best.column}${further}.`,
  };
}

/** Candidates that need a decision: those above `best`, and those of equal weight that are not below it. */
function rivalsOf(best: Candidate, candidates: readonly Candidate[], tables: readonly TableSchema[]): Candidate[] {
  const above = ancestors(best.table, tables);
  const people = isPeople(tables.find(table => table.table === best.table)) && !isTenantNamed(best);
  const enough = people ? 0.2 : 0.8;
  const found = new Map<TableName, Candidate>();
  for (const candidate of candidates) {
    if (candidate.table === best.table || found.has(candidate.table)) continue;
    const weight = score(candidate) / score(best);
    const rivals = above.has(candidate.table)
      ? isTenantNamed(candidate) || (weight >= 0.25 && candidate.referencing > 1 && !isListNamed(candidate.table))
      : weight > enough && !ancestors(candidate.table, tables).has(best.table);
    if (rivals) found.set(candidate.table, candidate);
  }
  return [...found.values()];
}

/** A table with a composite key and no unique column that is as likely the tenant table as `best`. */
function compositeRival(best: Candidate | undefined, tables: readonly TableSchema[]): TableSchema | undefined {
  return tables.find(table => {
    if (table.key.length < 2 || isUniqueAlone(table)) return false;
    const referencing = tables.filter(child =>
      child.foreignKeys.some(key => key.references === table.table && key.columns.length > 1 && child !== table),
    ).length;
    const named = TENANT_WORD.test(bareName(table.table));
    if (referencing === 0 || (!best && !named)) return false;
    if (!best || (named && !isTenantNamed(best))) return named;
    return referencing * (named ? 2 : 1) > score(best) * 0.8 && !ancestors(table.table, tables).has(best.table);
  });
}

function isUniqueAlone(table: TableSchema): boolean {
  return table.uniqueKeys.some(key => key.columns.length === 1 && key.predicate === null);
}

/** Tables that every row of this one references, by NOT NULL foreign keys. */
function ancestors(of: TableName, tables: readonly TableSchema[]): Set<TableName> {
  const byName = new Map(tables.map(table => [table.table, table]));
  const found = new Set<TableName>();
  const open = [of];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const table = byName.get(name);
    for (const key of table?.foreignKeys ?? []) {
      const holds = key.columns.every(column => table!.columns.find(item => item.name === column)?.notNull);
      if (!holds || isCompanion(table!, key.columns) || found.has(key.references) || key.references === of) continue;
      found.add(key.references);
      open.push(key.references);
    }
  }
  return found;
}

/** One row for each row of the table (settings, billing address): beside the table, not above it. */
function isCompanion(table: TableSchema, columns: readonly string[]): boolean {
  const [column] = columns;
  if (columns.length !== 1 || table.key.includes(column!)) return false;
  return table.uniqueKeys.some(key => key.columns.length === 1 && key.columns[0] === column && key.predicate === null);
}

function findCandidates(tables: readonly TableSchema[]): Candidate[] {
  const found = new Map<string, Omit<Candidate, 'likeNamed' | 'referencing'> & { names: Map<string, number> }>();
  const referencing = new Map<string, Set<TableName>>();
  for (const table of tables) {
    for (const key of table.foreignKeys) {
      if (key.columns.length !== 1 || key.references === table.table) continue;
      const column = key.columns[0]!;
      const id = JSON.stringify([key.references, key.referencedColumns[0], spelling(column)]);
      const candidate = found.get(id) ?? {
        table: key.references,
        referencedColumn: key.referencedColumns[0]!,
        column,
        names: new Map(),
      };
      candidate.names.set(column, (candidate.names.get(column) ?? 0) + 1);
      found.set(id, candidate);
      referencing.set(id, (referencing.get(id) ?? new Set()).add(table.table));
    }
  }
  return [...found].map(([id, { names, ...candidate }]) => {
    const by = referencing.get(id)!;
    const type = typeOf(tables, candidate.table, candidate.referencedColumn) ?? '';
    const likeNamed = tables.filter(
      table =>
        !GENERIC_COLUMN.test(candidate.column) &&
        !by.has(table.table) &&
        table.table !== candidate.table &&
        table.columns.some(
          column => spelling(column.name) === spelling(candidate.column) && comparableTypes(column.type, type),
        ),
    ).length;
    const [column] = [...names].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]!;
    return { ...candidate, column, referencing: by.size, likeNamed };
  });
}

function isTenantNamed(candidate: Candidate): boolean {
  return TENANT_WORD.test(bareName(candidate.table)) || TENANT_WORD.test(candidate.column);
}

function score(candidate: Candidate): number {
  return (candidate.referencing + candidate.likeNamed / 2) * (isTenantNamed(candidate) ? 2 : 1);
}

/** Without foreign keys to a tenant table: the given column, or one of most tables with a name like a tenant's. */
function withoutForeignKeys(tables: readonly TableSchema[], hints: TenantHints): TenantChoice {
  const { column, tables: having } = mostCommonTenantColumn(tables, hints) ?? { column: undefined, tables: [] };
  const type = having[0]?.columns.find(candidate => candidate.name === column)?.type;
  const root = rootByName(tables, hints, column, type);
  if (hints.tenantTable !== undefined && !root) throw noTenantKey(hints.tenantTable);
  if (column === undefined && !root) throw noTenantTable();
  const unsure = root !== undefined && hints.tenantTable === undefined;
  return {
    ...(root ? { root } : {}),
    column: column ?? root!.column,
    ...(type === undefined ? {} : { type }),
    why:
      column === undefined
        ? 'Given as the tenant table; no foreign key references it.'
        : `${having.length} tables have a column ${column}; no foreign key defines what it references.`,
    ...(unsure ? { question: `No foreign key proves it: is ${root.table} the tenant table?` } : {}),
  };
}

function said(hints: TenantHints): boolean {
  return hints.tenantTable !== undefined || hints.tenantColumn !== undefined;
}

function mostCommonTenantColumn(
  tables: readonly TableSchema[],
  hints: TenantHints,
): { column: string; tables: TableSchema[] } | undefined {
  const counts = new Map<string, { column: string; tables: TableSchema[] }>();
  for (const table of tables) {
    for (const { name } of table.columns) {
      const wanted =
        hints.tenantColumn === undefined
          ? TENANT_WORD.test(name) && /id$|key$|slug$/i.test(name)
          : spelling(name) === spelling(hints.tenantColumn);
      if (!wanted) continue;
      const counted = counts.get(spelling(name)) ?? { column: name, tables: [] };
      counted.tables.push(table);
      counts.set(spelling(name), counted);
    }
  }
  return [...counts.values()].sort((a, b) => b.tables.length - a.tables.length)[0];
}

function rootByName(
  tables: readonly TableSchema[],
  hints: TenantHints,
  column: string | undefined,
  type: string | undefined,
): { table: TableName; column: string } | undefined {
  const stem = column === undefined ? undefined : stemOf(column);
  const root = tables.find(table =>
    hints.tenantTable === undefined
      ? stem !== undefined && namesTable(stem, table.table) === 2
      : table.table === hints.tenantTable,
  );
  if (!root) return undefined;
  if (root.key.length > 1 && hints.tenantTable === undefined) throw compositeKey(root);
  const key = root.key.length === 1 ? root.key[0] : undefined;
  if (key === undefined) return undefined;
  const fits = type === undefined || comparableTypes(root.columns.find(item => item.name === key)?.type ?? '', type);
  return fits ? { table: root.table, column: key } : undefined;
}

function typeOf(tables: readonly TableSchema[], table: TableName, column: string): string | undefined {
  return tables.find(candidate => candidate.table === table)?.columns.find(item => item.name === column)?.type;
}

function checkHints(tables: readonly TableSchema[], hints: TenantHints): void {
  if (hints.tenantTable !== undefined && !tables.some(table => table.table === hints.tenantTable)) {
    throw new InputError('no-such-table', `There is no table ${hints.tenantTable}.`, {
      hint: 'Name the tenant table with its schema, quoted as in SQL: public.tenants, "My Schema"."Tenant".',
    });
  }
  const { tenantColumn } = hints;
  const has = (table: TableSchema) => table.columns.some(column => spelling(column.name) === spelling(tenantColumn!));
  if (tenantColumn !== undefined && !tables.some(has)) {
    throw new InputError('no-such-column', `No table has a column ${tenantColumn}.`, {
      hint: 'Spell the tenant column as in the tables, without quotes.',
    });
  }
}

function noTenantKey(table: TableName): InputError {
  return new InputError('no-tenant-key', `${table} has no single-column key that matches the tenant column.`, {
    hint: 'Also name the tenant column (--tenant-column), or give the table a single-column primary key of the same type.',
    details: { table },
  });
}

function compositeKey({ table, key }: TableSchema): InputError {
  const columns = key.join(', ');
  return new InputError(
    'composite-tenant-key',
    `${table} has the composite key (${columns}): no single column identifies a tenant.`,
    {
      hint: `Give ${table} a unique column that the other tables reference, or name another tenant table: --tenant-table.`,
      details: { table, key },
    },
  );
}

function noTenantTable(): InputError {
  return new InputError(
    'no-tenant-table',
    'No table looks like the tenant table, and no column like the tenant column.',
    {
      hint: 'Name one: --tenant-table public.tenants, or --tenant-column tenant_id.',
    },
  );
}
