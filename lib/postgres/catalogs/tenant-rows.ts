/** How many live rows a tenant has, by table: for a person who decides what to do with them. Reads only. */
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { ownedTables, type TenantModel } from '../../domain/tenant-model.ts';
import type { Connection } from '../connection.ts';
import { asSourceError } from '../source-error.ts';
import { fromTable, quoteLiteral, tenantPredicate } from '../sql.ts';

/** In the order of the model, also tables without a row. */
export async function countTenantRows(
  connection: Connection,
  model: TenantModel,
  schemas: ReadonlyMap<TableName, TableSchema>,
  tenant: TenantId,
): Promise<{ table: TableName; rows: number }[]> {
  const literal = quoteLiteral(tenant);
  const counts: { table: TableName; rows: number }[] = [];
  try {
    for (const table of ownedTables(model)) {
      const schema = schemas.get(table.table);
      if (schema === undefined) continue;
      const own = tenantPredicate(table, schemas, 'r', literal, model);
      const { rows } = await connection.query(`SELECT count(*) AS count FROM ${fromTable(schema)} AS r WHERE ${own}`);
      counts.push({ table: table.table, rows: Number(rows[0]!.count) });
    }
    return counts;
  } catch (error) {
    throw asSourceError(error, 'counting rows');
  }
}
