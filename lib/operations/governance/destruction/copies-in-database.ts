/** What a database has of a tenant that is to be destroyed: its rows, and what restores staged of it. Changes nothing. */
import type { DestructionPlan } from '../../../domain/destruction.ts';
import type { TenantId } from '../../../domain/tenant.ts';
import { countTenantRows } from '../../../postgres/catalogs/tenant-rows.ts';
import { withConnection } from '../../../postgres/connection.ts';
import type { Context } from '../../context.ts';
import { listLeftovers } from '../../restore/stage/leftovers.ts';
import { openSession } from '../../snapshot/snapshot-session.ts';

/** Schemas of staged states, and rows of the tenant by table. Throws what reading the database throws. */
export async function copiesInDatabase(
  ctx: Context,
  tenant: TenantId,
): Promise<Pick<DestructionPlan, 'staging' | 'live'>> {
  const { staging } = await listLeftovers(ctx);
  const own = staging.filter(area => area.tenantId === tenant).map(area => area.schema);
  const live = await withConnection(ctx.source, 'plan destruction', async connection => {
    const { model, schemas } = await openSession(ctx, connection);
    return countTenantRows(connection, model, schemas, tenant);
  });
  return { staging: own.sort(), live };
}
