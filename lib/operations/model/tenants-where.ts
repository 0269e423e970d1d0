/** The tenants whose own row (in the model's root table) matches a condition, for requests that concern many. */
import { InputError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { readSchema } from '../../postgres/catalogs/catalog-discovery.ts';
import { listTenantsWhere } from '../../postgres/catalogs/tenant-list.ts';
import { withConnection } from '../../postgres/connection.ts';
import { comparableColumn } from '../../postgres/diff/comparable-value.ts';
import { filterColumns, parsePredicate, tryCondition } from '../../postgres/diff/row-filter.ts';
import { quoteIdentifier } from '../../postgres/sql.ts';
import type { Context } from '../context.ts';

/** InputError `bad-predicate`, `unknown-table`. */
export async function tenantsWhere(ctx: Pick<Context, 'model' | 'source'>, predicate: string): Promise<TenantId[]> {
  const root = ownedTables(ctx.model).find(table => table.kind === 'root');
  if (root?.kind !== 'root')
    throw new InputError('unknown-table', 'The tenant model has no table of the tenants themselves.', {
      hint: 'List the tenants in a file: --tenants FILE.',
    });
  return withConnection(ctx.source, 'tenants', async connection => {
    const { tables, types } = await readSchema(connection, [root.table]);
    const schema = tables[0]!;
    const condition = parsePredicate(root.table, predicate, filterColumns(schema));
    await tryCondition(connection, schema, condition, 'bad-predicate', types);
    const columns = schema.columns.map(
      column => `${comparableColumn(column, types, 'r')} AS ${quoteIdentifier(column.name)}`,
    );
    return listTenantsWhere(connection, root, schema, { condition, columns });
  });
}
