/** The live schema of the tables in the tenant model: read again wherever live rows are compared or written. */
import type { DatabaseSchema } from '../../domain/table-schema.ts';
import { ownedTables, type TenantModel } from '../../domain/tenant-model.ts';
import type { Connection } from '../connection.ts';
import { listTables, readSchema } from './catalog-discovery.ts';

/** The live schema of the model's owned tables, as far as they exist. */
export async function readOwnedSchema(
  { model }: { readonly model: TenantModel },
  connection: Connection,
): Promise<DatabaseSchema> {
  const existing = new Set(await listTables(connection));
  const names = ownedTables(model).map(table => table.table);
  return readSchema(
    connection,
    names.filter(name => existing.has(name)),
  );
}
