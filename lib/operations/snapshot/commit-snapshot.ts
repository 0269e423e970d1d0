/** Last step of a snapshot: makes a backup of the completed parts, then compares what was read with the change log. */
import { type PartState, SnapshotRef } from '../../domain/snapshot-parts.ts';
import { tenantId } from '../../domain/tenant.ts';
import { withConnection } from '../../postgres/connection.ts';
import type { BackupItem } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import { type ReachLog, shipHere } from '../log/await-shipper.ts';
import { type ComparedSnapshot, compareWithLog } from './compare-with-log.ts';
import { loadParts, loadRun } from './kept-run.ts';
import { publishSnapshot } from './publish-snapshot.ts';
import { openSession, tenantTables } from './snapshot-session.ts';

/** Throws as publishSnapshot() and compareWithLog() do; after the latter the backup is listed and correct. */
export async function commitParts(
  ctx: Context,
  planned: ComparedSnapshot,
  states: readonly PartState[],
  reach: ReachLog = shipHere,
): Promise<BackupItem> {
  const item = await publishSnapshot(ctx, planned, states);
  await compareWithLog(ctx, planned, states, reach);
  return item;
}

/**
 * The same for a plan and parts kept in the vault. StorageError `parts-missing`, `no-such-run`; IntegrityError
 * `log-mismatch`. `reach`: brings the log up to the moment of reading, where needed.
 */
export async function commitSnapshot(ctx: Context, ref: SnapshotRef, reach?: ReachLog): Promise<BackupItem> {
  const { tenant, backup } = SnapshotRef.parse(ref);
  const { plan, base } = await loadRun(ctx, tenant, backup);
  const states = await loadParts(ctx, plan);
  const readTables = () =>
    withConnection(ctx.source, 'snapshot commit', async connection =>
      tenantTables(await openSession(ctx, connection, plan), tenantId(plan.tenantId)),
    );
  return commitParts(ctx, { plan, base, readTables }, states, reach);
}
