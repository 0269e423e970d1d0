/**
 * Takes the tenant's rows of the scratch database as they are now into a staging schema: the state that an undo in a drill
 * gives back. The staging schema has the tables already.
 */
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { TenantModel } from '../../domain/tenant-model.ts';
import type { Connection } from '../connection.ts';
import { asSourceError } from '../source-error.ts';
import { columnList, fromTable, quoteLiteral, tenantPredicate } from '../sql.ts';
import type { StagedTable } from '../staging/staging.ts';

interface StateOf {
  readonly model: TenantModel;
  /** Tables of the scratch database. */
  readonly schemas: ReadonlyMap<TableName, TableSchema>;
  readonly tenant: TenantId;
}

/** The staged tables with the number of their rows now. SourceError. */
export async function keepState(
  connection: Connection,
  tables: readonly StagedTable[],
  { model, schemas, tenant }: StateOf,
): Promise<StagedTable[]> {
  const kept: StagedTable[] = [];
  try {
    for (const table of tables) {
      const columns = columnList(table.columns.map(({ name }) => name));
      const from = columnList(
        table.columns.map(({ name }) => name),
        'r',
      );
      const own = tenantPredicate(table.owned, schemas, 'r', quoteLiteral(tenant), model);
      await connection.query(`TRUNCATE ${table.staged}`);
      const { rowCount } = await connection.query(
        `INSERT INTO ${table.staged} (${columns}) SELECT ${from} FROM ${fromTable(schemas.get(table.table)!)} AS r WHERE ${own}`,
      );
      kept.push({ ...table, rows: rowCount ?? 0 });
    }
    return kept;
  } catch (error) {
    throw asSourceError(error, 'keeping the state of the scratch database');
  }
}
