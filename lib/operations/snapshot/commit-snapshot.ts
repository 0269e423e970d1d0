/**
 * Last step of a snapshot: makes a backup of parts that are all done, then compares what was read with what the change
 * log promised.
 */
import { type PartState, SnapshotRef } from '../../domain/snapshot-parts.ts';
import { tenantId } from '../../domain/tenant.ts';
import { withConnection } from '../../postgres/connection.ts';
import type { BackupItem } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import { type ReachLog, shipHere } from '../log/await-shipper.ts';
import { comparePromises, type Promised } from './compare-promises.ts';
import { loadParts, loadRun } from './kept-run.ts';
import { publishSnapshot } from './publish-snapshot.ts';
import { openSession, tenantTables } from './snapshot-session.ts';

/** Throws as publishSnapshot() and comparePromises() do; after the latter the backup is listed and right. */
export async function commitParts(
  ctx: Context,
  planned: Promised,
  states: readonly PartState[],
  reach: ReachLog = shipHere,
): Promise<BackupItem> {
  const item = await publishSnapshot(ctx, planned, states);
  await comparePromises(ctx, planned, states, reach);
  return item;
}

/**
 * The same for a plan and parts that are kept in the vault. StorageError `parts-missing`, `no-such-run`; IntegrityError
 * `log-mismatch`. `reach`: how the log comes up to the moment of reading, where that matters.
 */
export async function commitSnapshot(ctx: Context, ref: SnapshotRef, reach?: ReachLog): Promise<BackupItem> {
  const { tenant, backup } = SnapshotRef.parse(ref);
  const { plan, base } = await loadRun(ctx, tenant, backup);
  const states = await loadParts(ctx, plan);
  const readTables = () =>
    withConnection(ctx.source, 'snapshot commit', async connection =>
      tenantTables(await openSession(ctx, connection), tenantId(plan.tenantId)),
    );
  return commitParts(ctx, { plan, base, readTables }, states, reach);
}
