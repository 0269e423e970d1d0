/**
 * A tenant as a person typed it. What the catalog knows is taken as it is; else the database says how it spells that
 * value, and what it says is taken where the catalog knows it: nobody is asked to type a uuid in lower case, and no guess
 * names a tenant that another spelling would not have named.
 */
import { type TenantId, tenantId } from '../../domain/tenant.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { readSchema } from '../../postgres/catalogs/catalog-discovery.ts';
import { spellAs } from '../../postgres/catalogs/tenant-spelling.ts';
import { withConnection } from '../../postgres/connection.ts';
import { tenants } from '../catalog/catalog-index.ts';
import { type Context, refOf } from '../context.ts';

/** What was typed where nobody knows better: also while the database is away, when backups must still be found. */
export async function spellTenant(ctx: Context, typed: string): Promise<TenantId> {
  const id = tenantId(typed);
  if (await tenants.get(ctx.catalog, refOf(ctx, id))) return id;
  const tables = ownedTables(ctx.model).sort((a, b) => Number(b.kind === 'root') - Number(a.kind === 'root'));
  const naming = tables.find(table => table.kind !== 'via');
  if (naming === undefined) return id;
  const spelled = await withConnection(ctx.source, 'tenant', async connection => {
    const { tables: found } = await readSchema(connection, [naming.table]);
    return found[0] && spellAs(connection, found[0], naming.column, typed);
  }).catch(() => undefined);
  if (spelled === undefined || spelled === typed) return id;
  return (await tenants.get(ctx.catalog, refOf(ctx, tenantId(spelled)))) ? tenantId(spelled) : id;
}
