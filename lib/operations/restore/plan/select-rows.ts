/**
 * Turns a restore request into what the diff needs: which live tables, with which row conditions and columns. All user
 * input is checked here, against the live database, before anything is staged.
 */
import { destinationKind } from '../../../domain/destination.ts';
import { InputError } from '../../../domain/errors.ts';
import { isFiltered, type RestoreRequest } from '../../../domain/restore-request.ts';
import type { DatabaseSchema, TableName, TableSchema } from '../../../domain/table-schema.ts';
import { type OwnedTable, ownedTables, type TenantModel } from '../../../domain/tenant-model.ts';
import type { Connection } from '../../../postgres/connection.ts';
import type { Selection } from '../../../postgres/diff/diff.ts';
import { type AskedHow, matchesName } from '../../../postgres/diff/diff-shape.ts';
import {
  filterColumns,
  parseKeys,
  parsePredicate,
  type RowCondition,
  tryCondition,
} from '../../../postgres/diff/row-filter.ts';

/** A selection under construction. */
interface OpenSelection {
  readonly conditions: RowCondition[];
  columns: ReadonlySet<string> | null;
  readonly keepsLater: boolean;
}

const NO_TABLES: DatabaseSchema = { tables: [], types: [], extensions: [] };

/**
 * Selections by live table name. `live`: absent where the request names no rows, keys or columns. With `tryOn` each
 * condition is tried in a READ ONLY transaction of that session first. InputError `unknown-table`, `unknown-column`,
 * `bad-predicate`, `bad-key`.
 */
export async function selectRows(
  request: RestoreRequest,
  model: TenantModel,
  live?: DatabaseSchema,
  tryOn?: Connection,
): Promise<ReadonlyMap<TableName, Selection>> {
  const { tables, types } = live ?? NO_TABLES;
  const schemas = new Map(tables.map(schema => [schema.table, schema]));
  const selections = new Map<TableName, OpenSelection>();
  for (const table of askedTables(request, model))
    if (live === undefined || schemas.has(table.table))
      selections.set(table.table, { conditions: [], columns: null, keepsLater: isKept(request, table) });
  const schemaOf = (name: string) => liveSchema(findOwned(model, name), schemas);
  for (const { schema, condition, code } of conditionsOf(request, model, schemaOf, types)) {
    if (tryOn) await tryCondition(tryOn, schema, condition, code, types);
    selections.get(schema.table)?.conditions.push(condition);
  }
  for (const [name, columns] of Object.entries(request.columns)) {
    const schema = schemaOf(name);
    const selection = selections.get(schema.table)!;
    selection.columns = new Set(columns.map(column => checkColumn(schema, column)));
  }
  return selections;
}

interface ReadCondition {
  readonly schema: TableSchema;
  readonly condition: RowCondition;
  readonly code: 'bad-predicate' | 'bad-key';
}

function* conditionsOf(
  request: RestoreRequest,
  model: TenantModel,
  schemaOf: (name: string) => TableSchema,
  types: DatabaseSchema['types'],
): Generator<ReadCondition> {
  for (const [name, predicate] of Object.entries(request.rows)) {
    const schema = schemaOf(name);
    const condition = parsePredicate(schema.table, predicate, filterColumns(schema));
    yield { schema, condition, code: 'bad-predicate' };
  }
  for (const [name, keys] of Object.entries(request.keys)) {
    const schema = schemaOf(name);
    const owned = findOwned(model, name);
    const tenantColumn = owned.kind === 'via' ? null : owned.column;
    yield { schema, condition: parseKeys(schema, schema.key, tenantColumn, keys, types), code: 'bad-key' };
  }
}

/**
 * Tables of the audit component also record what happened since: an exact restore in place restores their missing or
 * changed rows and keeps later ones, unless it names the table or the component. What they say of transactions that are
 * taken back stays true: they did happen.
 */
function isKept(request: RestoreRequest, table: Pick<OwnedTable, 'component'>): boolean {
  const inPlace = destinationKind(request) === 'in-place';
  if (table.component !== 'audit' || !inPlace) return false;
  return request.mode === 'merge' || (request.mode === 'exact' && !isFiltered(request));
}

/** True where the request leaves the table out, under any of these names (old or current). */
export function isExcluded(request: Pick<RestoreRequest, 'exclude'>, ...names: TableName[]): boolean {
  return (request.exclude ?? []).some(wanted => names.some(name => matchesName(name, wanted)));
}

/** Whether the request selects a table that may no longer be in the model, or not be in the backup. */
export function asksFor(request: RestoreRequest, table: Pick<OwnedTable, 'table' | 'component'>): AskedHow {
  const named = [request.tables, ...[request.rows, request.keys, request.columns].map(Object.keys)].flat();
  if (named.some(name => matchesName(table.table, name))) return 'by name';
  return !isFiltered(request) || request.components.includes(table.component) ? 'with others' : false;
}

/** The owned tables that the request selects: by name, by component, or by a row, key or column filter. */
function askedTables(request: RestoreRequest, model: TenantModel): OwnedTable[] {
  const owned = ownedTables(model).filter(table => !isExcluded(request, table.table));
  if (!isFiltered(request)) return owned;
  const named = [
    ...request.tables,
    ...Object.keys(request.rows),
    ...Object.keys(request.keys),
    ...Object.keys(request.columns),
  ].map(name => findOwned(model, name));
  refuseContradiction(request, named);
  const components = new Set<string>(request.components);
  return owned.filter(table => named.includes(table) || components.has(table.component));
}

/**
 * The tables to stage: the selected ones, and those with rows that may refer to deleted or restored rows. Parents are
 * added by the plan. Undefined: all.
 */
export function tablesNeeded(
  request: RestoreRequest,
  model: TenantModel,
  live: DatabaseSchema,
): TableName[] | undefined {
  if (!isFiltered(request)) return undefined;
  const needed = new Set(askedTables(request, model).map(table => table.table));
  if (request.mode === 'columns' || destinationKind(request) === 'side-by-side') return [...needed];
  const owned = new Set(ownedTables(model).map(table => table.table));
  for (let before = -1; before !== needed.size; ) {
    before = needed.size;
    for (const schema of live.tables.filter(candidate => owned.has(candidate.table)))
      if (!isExcluded(request, schema.table) && schema.foreignKeys.some(key => needed.has(key.references)))
        needed.add(schema.table);
  }
  return [...needed];
}

function refuseContradiction(request: RestoreRequest, named: readonly OwnedTable[]): void {
  const both = named.find(table => isExcluded(request, table.table));
  if (both === undefined) return;
  throw new InputError('bad-request', `The request both selects ${both.table} and leaves it out.`, {
    hint: 'Leave the table out of --table or out of --exclude.',
    details: { table: both.table },
  });
}

/** The owned table that a person's name means. InputError `unknown-table`. */
export function findOwned(model: TenantModel, name: string): OwnedTable {
  const found = ownedTables(model).filter(table => matchesName(table.table, name));
  if (found.length === 1) return found[0]!;
  const exact = found.find(table => table.table === name);
  if (exact) return exact;
  throw new InputError(
    'unknown-table',
    found.length === 0
      ? `The tenant model owns no table ${name}.`
      : `${name} could be ${found.map(table => table.table).join(' or ')}.`,
    { hint: 'Name a table as in the tenant model, with its schema.', details: { table: name } },
  );
}

function liveSchema(table: OwnedTable, schemas: ReadonlyMap<TableName, TableSchema>): TableSchema {
  const schema = schemas.get(table.table);
  if (schema) return schema;
  throw new InputError('unknown-table', `The database no longer has the table ${table.table}.`, {
    hint: 'Restore it side by side, or into another database.',
    details: { table: table.table },
  });
}

function checkColumn(schema: TableSchema, name: string): string {
  const column = schema.columns.find(candidate => candidate.name === name);
  if (column && column.generated === '' && !schema.key.includes(name)) return name;
  throw new InputError('unknown-column', `${schema.table} has no column ${name} that can be restored by itself.`, {
    hint: 'Name ordinary columns: not generated ones, and not the key.',
    details: { table: schema.table, column: name },
  });
}
