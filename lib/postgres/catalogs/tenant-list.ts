/**
 * The list of tenants: from the root table, and from the tenant columns of direct tables without a foreign key to it,
 * since a tenant's rows may have outlived its own row there.
 */
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import { type TenantId, tenantId } from '../../domain/tenant.ts';
import { type OwnedTable, ownedTables, type TenantModel } from '../../domain/tenant-model.ts';
import type { Connection } from '../connection.ts';
import { tenantText } from '../equality.ts';
import { asSourceError, unknownTenant } from '../source-error.ts';
import { columnReference, fromTable, quoteLiteral, tenantPredicate } from '../sql.ts';

type ColumnTable = Exclude<OwnedTable, { kind: 'via' }>;

/** All tenants, sorted by their text. Rows with a NULL tenant column belong to no tenant. */
export async function listTenants(
  connection: Connection,
  model: TenantModel,
  schemas: ReadonlyMap<TableName, TableSchema>,
): Promise<TenantId[]> {
  const tables = withColumn(model, schemas);
  const bound = await boundTables(connection, tables, schemas);
  const selects = tables
    .filter(table => !bound.has(table.table))
    .map(
      table =>
        `SELECT DISTINCT ${textOf(table, schemas, 'a.value')} AS tenant FROM (SELECT DISTINCT ${columnReference(table.column, 'a')} AS value FROM ${fromTable(schemas.get(table.table)!)} AS a) AS a WHERE a.value IS NOT NULL`,
    );
  if (selects.length === 0) return [];
  try {
    const { rows } = await connection.query(
      `SELECT tenant FROM (${selects.join(' UNION ')}) found ORDER BY tenant COLLATE "C"`,
    );
    return rows.map(row => tenantId(row.tenant));
  } catch (error) {
    throw asSourceError(error, 'listing tenants');
  }
}

/** The tenants whose row in the root table matches, sorted by their text. The caller has checked the condition. */
export async function listTenantsWhere(
  connection: Connection,
  root: ColumnTable,
  schema: TableSchema,
  { condition, columns }: { condition: (alias: string) => string; columns: readonly string[] },
): Promise<TenantId[]> {
  const tenant = textOf(root, new Map([[root.table, schema]]), columnReference(root.column, 'r'));
  try {
    await connection.query('BEGIN READ ONLY');
    const { rows } = await connection.query(
      `SELECT tenant FROM (SELECT ${tenant} AS tenant, s.* FROM ${fromTable(schema)} AS r CROSS JOIN LATERAL (SELECT ${columns.join(', ')}) AS s WHERE ${condition('s')}) AS found ORDER BY tenant COLLATE "C"`,
    );
    return rows.map(row => tenantId(row.tenant));
  } catch (error) {
    throw asSourceError(error, 'listing tenants');
  } finally {
    await connection.query('ROLLBACK');
  }
}

/** Direct tables with all tenants in another listed table: validated foreign keys lead to it. */
async function boundTables(
  connection: Connection,
  tables: readonly ColumnTable[],
  schemas: ReadonlyMap<TableName, TableSchema>,
): Promise<Set<TableName>> {
  const oids = tables.map(({ table }) => schemas.get(table)!.oid);
  const { rows } = await connection.query(
    `SELECT conrelid::int8::text || ' ' || conname AS key FROM pg_constraint WHERE contype = 'f' AND convalidated AND conrelid = ANY ($1::oid[])`,
    [oids],
  );
  const valid = new Set(rows.map(row => row.key));
  const bound = new Set<TableName>();
  const isBound = ({ kind, table, column }: ColumnTable) =>
    kind === 'direct' &&
    schemas.get(table)!.foreignKeys.some(key => {
      const parent = tables.find(candidate => candidate.table === key.references);
      const refers = parent && key.referencedColumns[key.columns.indexOf(column)] === parent.column;
      const leads = refers && (parent.kind === 'root' || bound.has(parent.table));
      return leads && valid.has(`${schemas.get(table)!.oid} ${key.name}`);
    });
  for (let size = -1; size !== bound.size; ) {
    size = bound.size;
    for (const table of tables) if (isBound(table)) bound.add(table.table);
  }
  return bound;
}

/**
 * Throws InputError `unknown-tenant` unless some table has a row of exactly this tenant, as the database prints it (a
 * second spelling would be a second tenant in the vault).
 */
export async function findTenant(
  connection: Connection,
  model: TenantModel,
  schemas: ReadonlyMap<TableName, TableSchema>,
  tenant: TenantId,
): Promise<void> {
  const tables = withColumn(model, schemas).sort((a, b) => Number(b.kind === 'root') - Number(a.kind === 'root'));
  let literal: string;
  try {
    literal = quoteLiteral(tenant);
  } catch (error) {
    throw unknownTenant(error);
  }
  const selects = tables.map(
    table =>
      `(SELECT ${textOf(table, schemas, columnReference(table.column, 'a'))} AS tenant FROM ${fromTable(schemas.get(table.table)!)} AS a WHERE ${tenantPredicate(table, schemas, 'a', literal, model)} LIMIT 1)`,
  );
  if (selects.length === 0) throw unknownTenant();
  try {
    const { rows } = await connection.query(`SELECT tenant FROM (${selects.join(' UNION ALL ')}) found LIMIT 1`);
    if (rows[0]?.tenant !== tenant) throw unknownTenant();
  } catch (error) {
    if (isDataException(error)) throw unknownTenant(error);
    throw asSourceError(error, 'looking for the tenant');
  }
}

/** The first table with the tenant column and rows of this tenant; undefined if there is none. */
export async function findTenantRows(
  connection: Connection,
  model: TenantModel,
  schemas: ReadonlyMap<TableName, TableSchema>,
  tenant: TenantId,
): Promise<TableName | undefined> {
  for (const table of withColumn(model, schemas)) {
    const own = tenantPredicate(table, schemas, 'r', quoteLiteral(tenant), model);
    const from = fromTable(schemas.get(table.table)!);
    const { rows } = await connection.query(`SELECT 1 FROM ${from} AS r WHERE ${own} LIMIT 1`);
    if (rows.length > 0) return table.table;
  }
  return undefined;
}

/** SQL of the tenant's id from a column value. */
function textOf(table: ColumnTable, schemas: ReadonlyMap<TableName, TableSchema>, value: string): string {
  const column = schemas.get(table.table)!.columns.find(candidate => candidate.name === table.column);
  return tenantText(column ?? {}, value);
}

/** SQLSTATE class 22: the text is not valid for the tenant column's type. */
function isDataException(error: unknown): boolean {
  return /^22...$/.test((error as { code?: string }).code ?? '');
}

function withColumn(model: TenantModel, schemas: ReadonlyMap<TableName, TableSchema>): ColumnTable[] {
  return ownedTables(model).flatMap(table => (table.kind !== 'via' && schemas.has(table.table) ? [table] : []));
}
