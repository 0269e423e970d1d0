/**
 * Live verification of many tenants by one process: each tenant's live rows are read, the log is shipped far enough,
 * and the rebuilt state is compared. Invariant: one tenant's failure does not affect the others; every tenant is in
 * `ok` or in `failed`.
 */
import { HoldfastError, SourceError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { readOwnedSchema } from '../../postgres/catalogs/owned-schema.ts';
import { listTenants } from '../../postgres/catalogs/tenant-list.ts';
import { withConnection } from '../../postgres/connection.ts';
import { asSourceError } from '../../postgres/source-error.ts';
import { withoutDestroyed } from '../catalog/known-tenant.ts';
import type { Context } from '../context.ts';
import { NO_LIMIT } from '../time-budget.ts';
import type { LiveVerified } from '../verify/compare-live.ts';
import { verifyLiveStep } from '../verify/verify-live.ts';
import { shipAndCloseGaps } from './close-gaps.ts';
import { mostUrgentFirst } from './in-priority.ts';

/** How often it ships before it stops waiting for the log to reach the live read. */
const MAX_SHIPS = 20;
/** A gap found by shipping moves the window: the tenant's live rows are read again after it. */
const MAX_LOOKS = 3;

export interface LiveFleetResult {
  readonly ok: readonly (LiveVerified & { readonly tenantId: TenantId })[];
  readonly failed: readonly { readonly tenantId: TenantId; readonly error: HoldfastError }[];
}

/** The tenants that the database has now, without those that are destroyed. */
export async function databaseTenants(ctx: Context): Promise<TenantId[]> {
  return withConnection(ctx.source, 'list tenants', async connection => {
    const { tables } = await readOwnedSchema(ctx, connection);
    const ids = await listTenants(connection, ctx.model, new Map(tables.map(table => [table.table, table])));
    return withoutDestroyed(ctx, ids);
  });
}

export async function verifyLiveFleet(ctx: Context, tenants: readonly TenantId[]): Promise<LiveFleetResult> {
  const ok: (LiveVerified & { tenantId: TenantId })[] = [];
  const failed: { tenantId: TenantId; error: HoldfastError }[] = [];
  for (const tenantId of await mostUrgentFirst(ctx, tenants, 'verify-fleet')) {
    try {
      ok.push({ ...(await verifyLive(ctx, tenantId)), tenantId });
    } catch (reason) {
      failed.push({ tenantId, error: asSourceError(reason, 'verifying against live rows') });
    }
    const done = ok.length + failed.length;
    ctx.progress?.({
      ...{ step: 'verify.fleet', message: `${done} of ${tenants.length} tenants` },
      ...{ done, total: tenants.length, unit: 'tenants' },
    });
  }
  return { ok, failed };
}

/** One tenant; throws what verifyLiveStep() throws, and SourceError `log-behind`. */
export async function verifyLive(ctx: Context, tenant: TenantId): Promise<LiveVerified> {
  for (let looks = 1; ; looks++) {
    try {
      return await once(ctx, tenant);
    } catch (error) {
      const gap = error instanceof HoldfastError && (error.code === 'target-in-gap' || error.code === 'before-window');
      if (!gap || looks === MAX_LOOKS) throw error;
    }
  }
}

async function once(ctx: Context, tenant: TenantId): Promise<LiveVerified> {
  let ships = 0;
  let step = await verifyLiveStep(ctx, tenant, undefined, NO_LIMIT);
  while (!step.done) {
    if (step.waiting) {
      if (ships++ === MAX_SHIPS) throw behind();
      await shipAndCloseGaps(ctx);
    }
    step = await verifyLiveStep(ctx, tenant, step.run, NO_LIMIT);
  }
  return step;
}

function behind(): SourceError {
  return new SourceError('log-behind', 'The change log did not reach the moment of the verification.', {
    hint: 'A transaction that committed long ago is still not visible: check for a synchronous standby that does not respond.',
    retry: 'auto',
  });
}
