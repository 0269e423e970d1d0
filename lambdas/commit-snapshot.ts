/**
 * Turns completed parts into a backup: writes the manifest, then the catalog. Never ships the log itself, because it works
 * for one tenant and the log belongs to all.
 */
import { SnapshotRef } from '../lib/domain/snapshot-parts.ts';
import { awaitShipper } from '../lib/operations/log/await-shipper.ts';
import { commitSnapshot } from '../lib/operations/snapshot/commit-snapshot.ts';
import { tenantHandler } from '../lib/runtime/function-handler.ts';

export const handler = tenantHandler(
  SnapshotRef,
  event => event.tenant,
  async (ref, { ctx, count }) => {
    const { id, rows, bytes, storedBytes, durationMs, chunks, reusedChunks } = await commitSnapshot(
      ctx,
      ref,
      awaitShipper(),
    );
    const whose = { tenant: ref.tenant };
    count('SnapshotSeconds', durationMs / 1000, whose);
    count('SnapshotBytes', bytes, whose);
    count('SnapshotStoredBytes', storedBytes, whose);
    if (chunks > 0) count('SnapshotReusedPercent', (reusedChunks / chunks) * 100, whose);
    return { tenant: ref.tenant, backup: id, rows, bytes, storedBytes };
  },
);
