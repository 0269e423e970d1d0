/**
 * Resolves a tenant id as a person typed it. An id that the catalog lists is used as it is; else the database
 * normalizes the value, and the result is used if the catalog lists it: a uuid need not be typed in lower case, and no
 * guess selects a tenant that another spelling would not select. What is no id may be a tenant's label.
 */
import { type TenantId, tenantId } from '../../domain/tenant.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { readSchema } from '../../postgres/catalogs/catalog-discovery.ts';
import { spellAs } from '../../postgres/catalogs/tenant-spelling.ts';
import { withConnection } from '../../postgres/connection.ts';
import { tenants } from '../catalog/catalog-index.ts';
import { type Context, refOf } from '../context.ts';
import { tenantLabelled } from './tenant-labels.ts';

/**
 * Returns what was typed where it cannot be resolved, also while the database is unreachable: backups must still be
 * found. InputError `ambiguous-tenant` for a label of several.
 */
export async function spellTenant(ctx: Context, typed: string): Promise<TenantId> {
  const id = tenantId(typed);
  if (await tenants.get(ctx.catalog, refOf(ctx, id))) return id;
  const tables = ownedTables(ctx.model).sort((a, b) => Number(b.kind === 'root') - Number(a.kind === 'root'));
  const naming = tables.find(table => table.kind !== 'via');
  if (naming === undefined) return (await tenantLabelled(ctx, typed)) ?? id;
  const spelled = await withConnection(ctx.source, 'tenant', async connection => {
    const { tables: found } = await readSchema(connection, [naming.table]);
    return found[0] && spellAs(connection, found[0], naming.column, typed);
  }).catch(() => undefined);
  const isKnown =
    spelled !== undefined && spelled !== typed && (await tenants.get(ctx.catalog, refOf(ctx, tenantId(spelled))));
  return isKnown ? tenantId(spelled!) : ((await tenantLabelled(ctx, typed)) ?? id);
}
