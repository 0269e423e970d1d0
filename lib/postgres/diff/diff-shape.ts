/**
 * Matches a staged table with the live one: tables by name, then by oid (renamed); columns by name, then by attribute
 * number (renamed). Every mismatch is reported in a note, never ignored. Pure: works on the given schemas.
 */
import type { Note } from '../../domain/preview.ts';
import type { ColumnSchema, DatabaseSchema, TableName, TableSchema, TypeSchema } from '../../domain/table-schema.ts';
import { isOwned, type OwnedTable, type TenantModel } from '../../domain/tenant-model.ts';
import { quoteIdentifier } from '../sql.ts';
import type { StagedColumn, StagedTable, Staging } from '../staging/staging.ts';
import { isChecked } from '../staging/type-choice.ts';
import { formsOf, type ValueForms } from './comparable-value.ts';

/** A column of both sides. In diff tables its values are `n<number>` (target) and, if kept, `o<number>` (now). */
export interface MatchedColumn extends ValueForms {
  readonly staged: StagedColumn;
  readonly live: ColumnSchema;
  /** True if parsing a value into `typed` runs CHECK constraints of domains. */
  readonly checked: boolean;
  /** True if the staged value must be converted for the comparison, row by row, which can fail. */
  readonly cast: boolean;
}

export interface DiffTable {
  /** Position among the compared tables: part of the names of its diff table and its cast functions. */
  readonly index: number;
  readonly staged: StagedTable;
  readonly live: TableSchema;
  readonly owned: OwnedTable;
  readonly matched: readonly MatchedColumn[];
  /** Ordinary live columns that the backup does not have. */
  readonly gained: readonly ColumnSchema[];
  /** Live columns that identify a row in the entire table, all of them matched. */
  readonly key: readonly ColumnSchema[];
  /** Of every live column by name. */
  readonly forms: ReadonlyMap<string, ValueForms>;
}

/** A staged table without a live counterpart. */
export interface LostTable {
  readonly table: TableName;
  readonly why: 'missing' | 'unowned' | 'no-key' | 'too-wide';
  readonly staged: StagedTable;
  /** False if it is only a dependency of a requested table. */
  readonly asked: boolean;
}

/** A live table of the tenant that is not in the staged state. */
export interface AddedTable {
  readonly live: TableSchema;
  readonly owned: OwnedTable;
  readonly asked: AskedHow;
}

/** Whether a request selects a table: by name, by its component or by selecting all. */
export type AskedHow = 'by name' | 'with others' | false;

/** The table selection of a request. */
export interface Scope {
  /** Under its old or its new name. */
  isLeftOut(...names: TableName[]): boolean;
  asks(table: Pick<OwnedTable, 'table' | 'component'>): AskedHow;
}

const EVERYTHING: Scope = { isLeftOut: () => false, asks: () => 'with others' };

export interface Shape {
  readonly tables: DiffTable[];
  readonly lost: LostTable[];
  readonly added: AddedTable[];
  readonly notes: Note[];
  /** Schemas of all live owned tables, for tenantPredicate. */
  readonly schemas: ReadonlyMap<TableName, TableSchema>;
  readonly model: TenantModel;
}

/** Matches every staged table with its live table, except those excluded under their old or new name. */
export function matchShape(
  staging: Pick<Staging, 'tables' | 'notes'>,
  live: DatabaseSchema,
  model: TenantModel,
  scope: Scope = EVERYTHING,
): Shape {
  const notes: Note[] = staging.notes.map(text => ({ code: 'staging', table: null, text }));
  const schemas = new Map(live.tables.map(schema => [schema.table, schema]));
  const stagedNames = new Set(staging.tables.map(table => table.table));
  const tables: DiffTable[] = [];
  const lost: LostTable[] = [];
  const used = new Set<TableName>();
  for (const staged of staging.tables) {
    const schema = findTable(staged, live.tables, stagedNames);
    if (scope.isLeftOut(staged.table, ...(schema ? [schema.table] : []))) continue;
    noteErased(staged, notes);
    const owned = schema && model.tables.filter(isOwned).find(table => table.table === schema.table);
    const asked = scope.asks(staged.owned) !== false || (owned !== undefined && scope.asks(owned) !== false);
    if (!schema || !owned) {
      lost.push({ table: staged.table, why: schema ? 'unowned' : 'missing', staged, asked });
      continue;
    }
    used.add(schema.table);
    if (schema.table !== staged.table)
      notes.push({ code: 'table-renamed', table: schema.table, text: `${staged.table} is now ${schema.table}.` });
    const table = matchTable(tables.length, staged, schema, owned, { notes, types: live.types });
    if (table) tables.push(table);
    else lost.push({ table: schema.table, why: isTooWide(schema) ? 'too-wide' : 'no-key', staged, asked });
  }
  const added = model.tables.filter(isOwned).flatMap(owned => {
    const schema = schemas.get(owned.table);
    const known = used.has(owned.table) || stagedNames.has(owned.table) || scope.isLeftOut(owned.table);
    return schema === undefined || known ? [] : [{ live: schema, owned, asked: scope.asks(owned) }];
  });
  return { tables, lost, added, notes, schemas, model };
}

/**
 * A diff table has key, old and new values in addition to its own columns; PostgreSQL's tables have at most 1,600
 * columns.
 */
const MOST_COLUMNS = 1500;
const isTooWide = (live: TableSchema) => live.columns.length > MOST_COLUMNS;

function findTable(
  staged: StagedTable,
  live: readonly TableSchema[],
  stagedNames: ReadonlySet<TableName>,
): TableSchema | undefined {
  return (
    live.find(schema => schema.table === staged.table) ??
    live.find(schema => schema.oid === staged.schema.oid && !stagedNames.has(schema.table))
  );
}

function matchTable(
  index: number,
  staged: StagedTable,
  live: TableSchema,
  owned: OwnedTable,
  { notes, types }: { notes: Note[]; types: readonly TypeSchema[] },
): DiffTable | undefined {
  const matched = matchColumns(staged, live, notes, types);
  const ordinary = live.columns.filter(column => column.generated === '');
  const gained = ordinary.filter(column => !matched.some(match => match.live === column));
  for (const column of gained)
    notes.push({
      code: 'column-gained',
      table: live.table,
      text: `${live.table} has the new column ${column.name}: existing rows keep their value, restored rows get its default.`,
    });
  const key = findKey(staged, live, matched);
  if (key.length === 0 || isTooWide(live)) return undefined;
  const forms = new Map(live.columns.map(column => [column.name, formsOf(column, types)]));
  return { index, staged, live, owned, matched, gained, key, forms };
}

function matchColumns(
  staged: StagedTable,
  live: TableSchema,
  notes: Note[],
  types: readonly TypeSchema[],
): MatchedColumn[] {
  const sameTable = live.oid === staged.schema.oid;
  const stagedNames = new Set(staged.columns.map(column => column.name));
  const matched: MatchedColumn[] = [];
  for (const column of staged.columns) {
    const renamed = (candidate: ColumnSchema) =>
      sameTable && candidate.number === column.number && !stagedNames.has(candidate.name);
    const target = live.columns.find(candidate => candidate.name === column.name) ?? live.columns.find(renamed);
    if (target === undefined || target.generated !== '') {
      const what = target ? 'is now generated' : 'no longer exists';
      notes.push({
        code: 'column-lost',
        table: live.table,
        text: `${live.table}: ${column.name} ${what}; its values are not restored.`,
      });
      continue;
    }
    if (target.name !== column.name)
      notes.push({
        code: 'column-renamed',
        table: live.table,
        text: `${live.table}: ${column.name} is now ${target.name}.`,
      });
    const forms = formsOf(target, types);
    if (typeThen(staged, column) !== target.type)
      notes.push({
        code: 'column-retyped',
        table: live.table,
        text: `${live.table}: ${target.name} is converted from ${typeThen(staged, column)} to ${target.type}.`,
      });
    const cast = column.stagedType !== forms.comparable;
    matched.push({ staged: column, live: target, ...forms, cast, checked: isChecked(forms.typed, types) });
  }
  return matched;
}

function typeThen(staged: StagedTable, column: StagedColumn): string {
  return staged.schema.columns.find(candidate => candidate.name === column.name)?.type ?? column.stagedType;
}

/** The live key, else the backup's key if a live unique key still has exactly its columns. */
function findKey(staged: StagedTable, live: TableSchema, matched: readonly MatchedColumn[]): ColumnSchema[] {
  const all = (names: readonly string[]) => names.map(name => matched.find(match => match.live.name === name)?.live);
  const whole = (columns: (ColumnSchema | undefined)[]): columns is ColumnSchema[] =>
    columns.length > 0 && columns.every(column => column?.notNull);
  if (staged.key.length === 0) return [];
  const current = all(live.key);
  if (whole(current)) return current;
  const renamed = staged.schema.key.map(name => matched.find(match => match.staged.name === name)?.live);
  const names = new Set(renamed.map(column => column?.name));
  const unique = live.uniqueKeys.some(
    key => key.predicate === null && key.columns.length === names.size && key.columns.every(name => names.has(name)),
  );
  return unique && whole(renamed) ? renamed : [];
}

function noteErased(staged: StagedTable, notes: Note[]): void {
  const { recorded, dependent } = staged.erased;
  if (recorded + dependent === 0) return;
  notes.push({
    code: 'erased',
    table: staged.table,
    text: `${staged.table}: ${recorded} erased rows and ${dependent} rows that depend on them are omitted.`,
  });
}

/** A requested table by its name in the model, or by its bare name. */
export function matchesName(table: TableName, wanted: string): boolean {
  if (table === wanted) return true;
  const bare = /^(?:"(?:[^"]|"")+"|[^".]+)\.(.+)$/.exec(table)?.[1];
  return bare === wanted || bare === quoteIdentifier(wanted);
}

export const diffName = (schema: string, prefix: string, table: Pick<DiffTable, 'index'>): string =>
  `${quoteIdentifier(schema)}.${prefix}${table.index}`;
