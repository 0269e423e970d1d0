/** Which tenants there are: from the root table, else from the tenant columns of the direct tables. */
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import { type TenantId, tenantId } from '../../domain/tenant.ts';
import { type OwnedTable, ownedTables, type TenantModel } from '../../domain/tenant-model.ts';
import type { Connection } from '../connection.ts';
import { tenantText } from '../equality.ts';
import { asSourceError, unknownTenant } from '../source-error.ts';
import { columnReference, fromTable, quoteLiteral, tenantPredicate } from '../sql.ts';

type ColumnTable = Exclude<OwnedTable, { kind: 'via' }>;

/** All tenants, sorted by their text. Rows whose tenant column is NULL are nobody's. */
export async function listTenants(
  connection: Connection,
  model: TenantModel,
  schemas: ReadonlyMap<TableName, TableSchema>,
): Promise<TenantId[]> {
  const tables = withColumn(model, schemas);
  const roots = tables.filter(table => table.kind === 'root');
  const selects = (roots.length > 0 ? roots : tables).map(
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

/**
 * Throws InputError `unknown-tenant` unless some table has a row of exactly this tenant, spelled as the database
 * prints it (a second spelling would be a second tenant in the vault).
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

/** SQL of the tenant's id, from a value of its column. */
function textOf(table: ColumnTable, schemas: ReadonlyMap<TableName, TableSchema>, value: string): string {
  const column = schemas.get(table.table)!.columns.find(candidate => candidate.name === table.column);
  return tenantText(column ?? {}, value);
}

/** SQLSTATE class 22: the text is no value of the tenant column's type. */
function isDataException(error: unknown): boolean {
  return /^22...$/.test((error as { code?: string }).code ?? '');
}

function withColumn(model: TenantModel, schemas: ReadonlyMap<TableName, TableSchema>): ColumnTable[] {
  return ownedTables(model).flatMap(table => (table.kind !== 'via' && schemas.has(table.table) ? [table] : []));
}
