/**
 * Whether the tenant columns of a model identify tenants: each has one spelling for equal values, and all of them the
 * same. Otherwise rows would be assigned to another tenant or to none. Pure.
 */
import type { ColumnSchema, TableName, TableSchema } from './table-schema.ts';
import { isOwned, type TenantModel } from './tenant-model.ts';

export interface UnclearTenant {
  readonly table: TableName;
  readonly message: string;
}

export const UNCLEAR_TENANT_HINT =
  'Give the column a type with one spelling per value (integer, uuid, or text with a deterministic collation), the same as in the tenant table; or exclude the table from the model (kind: excluded, with a reason).';

interface TenantColumn {
  readonly table: TableName;
  readonly column: ColumnSchema;
}

/** In the order of the model. Missing tables and columns are skipped. */
export function unclearTenants(model: TenantModel, schemas: ReadonlyMap<TableName, TableSchema>): UnclearTenant[] {
  const columns = model.tables.filter(isOwned).flatMap((table): (TenantColumn & { root: boolean })[] => {
    const name = table.kind === 'via' ? undefined : table.column;
    const column = schemas.get(table.table)?.columns.find(candidate => candidate.name === name);
    return column ? [{ table: table.table, column, root: table.kind === 'root' }] : [];
  });
  const roots = columns.filter(column => column.root);
  const first = roots[0] ?? columns.find(({ column }) => !hasNoName(column)) ?? columns[0];
  return columns.flatMap(({ table, column }) => {
    if (hasNoName(column)) {
      const message = `${column.name} of ${table} (${described(column)}) treats different spellings as equal, so a tenant has several names there.`;
      return [{ table, message }];
    }
    if (first === undefined || first.table === table || hasNoName(first.column) || agree(first.column, column))
      return [];
    const message = `${column.name} of ${table} (${described(column)}) does not compare as ${first.column.name} of ${first.table} (${described(first.column)}): one tenant would have two names.`;
    return [{ table, message }];
  });
}

/** Whether a table remains that lists the tenants. */
export function tellsTenants(model: TenantModel, unclear: ReadonlySet<TableName>): boolean {
  const hasRoot = model.tables.some(table => table.kind === 'root');
  return model.tables.some(table => table.kind === (hasRoot ? 'root' : 'direct') && !unclear.has(table.table));
}

function hasNoName(column: ColumnSchema): boolean {
  return column.equality?.canonical === 'none';
}

function described({ type, collation, equality }: ColumnSchema): string {
  const isCollated = equality?.canonical === 'none' && collation !== null;
  return isCollated ? `${type} COLLATE ${collation.replace(/@.*$/, '')}` : type;
}

/** Text can represent values with one spelling: any other text is simply no tenant. */
function agree(first: ColumnSchema, other: ColumnSchema): boolean {
  const [a, b] = [kindOf(first), kindOf(other)];
  return a === b || (b === 'string' && (first.equality?.canonical ?? 'text') === 'text');
}

function kindOf({ type, equality }: ColumnSchema): string {
  const base = (equality?.base ?? type).replace(/\(.*\)$/, '');
  if (/^(smallint|integer|bigint|numeric)$/.test(base)) return 'number';
  if (equality !== undefined && equality.canonical !== 'text') return equality.canonical;
  return /^(text|character varying|name)$/.test(base) ? 'string' : base;
}
