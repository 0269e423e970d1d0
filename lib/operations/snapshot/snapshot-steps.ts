/**
 * The three steps of a snapshot as functions of their own, for a fleet of short-lived processes: plan once, run each
 * part until it says that it is done, commit. Inputs and outputs are references and counts; everything that tells
 * something about a tenant stays sealed in the vault. takeSnapshot() does the same in one process.
 */
import { type PlannedSnapshot, SnapshotRef } from '../../domain/snapshot-parts.ts';
import { type TenantRef, tenantId } from '../../domain/tenant.ts';
import { findTenant } from '../../postgres/catalogs/tenant-list.ts';
import { withConnection } from '../../postgres/connection.ts';
import type { BackupItem } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import type { ReachLog } from '../log/await-shipper.ts';
import { comparePromises } from './compare-promises.ts';
import { commitParts } from './snapshot-commit.ts';
import { makePlan, type PlanRequest } from './snapshot-plan.ts';
import { loadParts, loadRun, storePlan } from './snapshot-run.ts';
import { openSession, tenantTables } from './snapshot-session.ts';

/** Makes and stores the plan. Throws InputError `unknown-tenant`, SourceError. */
export async function planSnapshot(ctx: Context, request: PlanRequest): Promise<PlannedSnapshot> {
  return withConnection(ctx.source, 'snapshot plan', async connection => {
    const session = await openSession(ctx, connection);
    await findTenant(connection, session.model, session.schemas, request.tenant);
    const { plan } = await makePlan(ctx, session, connection, request);
    await storePlan(ctx, plan);
    const ref = { tenant: plan.tenant, backup: plan.backup };
    const kept = plan.tables.flatMap(table =>
      table.layout.map(place => ('keep' in place ? place.keep[1] - place.keep[0] : 0)),
    );
    return {
      ...ref,
      parts: plan.parts.map((_, part) => ({ ...ref, part })),
      kept: kept.reduce((sum, count) => sum + count, 0),
    };
  });
}

/**
 * Makes the backup of parts that are all done. StorageError `parts-missing`, `no-such-run`; IntegrityError
 * `log-mismatch` as in takeSnapshot(). `reach`: how the log comes up to the moment of reading, where that matters.
 */
export async function commitSnapshot(ctx: Context, ref: SnapshotRef, reach?: ReachLog): Promise<BackupItem> {
  const { tenant, backup } = SnapshotRef.parse(ref);
  const { plan, base } = await loadRun(ctx, tenant as TenantRef, backup);
  const states = await loadParts(ctx, plan);
  const item = await commitParts(ctx, plan, base, states);
  await withConnection(ctx.source, 'snapshot commit', async connection => {
    const session = await openSession(ctx, connection);
    const tables = tenantTables(session, tenantId(plan.tenantId));
    await comparePromises(ctx, { plan, base, tables }, states, reach);
  });
  return item;
}
