/**
 * Ships the log and takes the snapshots that its gaps require, so that every tenant can be recovered to this moment
 * again. On AWS two state machines do the same; one process does it in one call.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { HoldfastError } from '../../domain/errors.ts';
import { type TenantRef, tenantId } from '../../domain/tenant.ts';
import type { BackupItem } from '../catalog/catalog-index.ts';
import { fleetStatus } from '../catalog/timeline.ts';
import type { Context } from '../context.ts';
import { shipLog } from '../log/ship-log.ts';
import type { ShipResult } from '../log/ship-result.ts';
import { snapshotFleet } from './snapshot-fleet.ts';

/** How long to wait for another shipper's run, by default. */
export const BUSY_MS = 30_000;
const BUSY_STEP_MS = 250;
/** Failures of single tenants after which the log is still shipped. */
const GOES_ON: ReadonlySet<string> = new Set(['unknown-tenant', 'value-too-large', 'tenant-in-restore']);

export interface ShipReport extends ShipResult {
  /** Snapshots taken because a gap required them. */
  readonly snapshots: readonly BackupItem[];
}

/**
 * Ships, closes gaps with the snapshots that they need (unless `snapshots` is false), and ships again so that these are
 * recoverable. `busyMs`: how long to wait for a slot that another shipper reads. Throws what shipLog and snapshotFleet
 * throw, and the first tenant's failure.
 */
export async function shipAndCloseGaps(ctx: Context, snapshots = true, busyMs = BUSY_MS): Promise<ShipReport> {
  const result = await whenFree(() => shipLog(ctx, { cleansStaging: true }), busyMs);
  await reportLostLog(ctx, result.gaps);
  if (result.needSnapshot.length === 0 || !snapshots) return { ...result, snapshots: [] };
  const waiting = await needy(ctx, result.needSnapshot);
  if (waiting.length === 0) return { ...result, snapshots: [] };
  const { ok, failed } = await snapshotFleet(ctx, waiting.map(tenantId), { reason: 'gap', waits: false });
  // A tenant that left the database needs no snapshot. One with rows that the server cannot output, or that is being
  // restored, was reported; its gap stays open for the next run, and the log of the others continues.
  const failure = failed.find(({ error }) => !GOES_ON.has(error.code));
  if (failure) throw failure.error;
  const after = await whenFree(() => shipLog(ctx), busyMs);
  return {
    ...after,
    from: result.from,
    fromTime: result.fromTime,
    transactions: result.transactions + after.transactions,
    changes: result.changes + after.changes,
    unrouted: result.unrouted + after.unrouted,
    tenants: Math.max(result.tenants, after.tenants),
    storedBytes: result.storedBytes + after.storedBytes,
    runs: result.runs + after.runs,
    gaps: [...result.gaps, ...after.gaps],
    snapshots: ok,
  };
}

/** A gap of the whole log, which no change of the schema explains. The first slot of an installation loses nothing. */
async function reportLostLog({ notifier }: Context, gaps: ShipResult['gaps']): Promise<void> {
  const lost = gaps.filter(({ tables, reason }) => tables === undefined && reason !== 'slot-created');
  if (lost.length === 0) return;
  await notifier.notify({
    severity: 'alarm',
    code: 'log-gap',
    message: 'The change log has a gap: moments in it cannot be recovered. New snapshots close it.',
    details: { reasons: [...new Set(lost.map(({ reason }) => reason))], tenants: 'all' },
  });
}

/** Of the tenants of a gap, those without a snapshot after it. */
async function needy(ctx: Context, refs: readonly TenantRef[] | 'all'): Promise<string[]> {
  const { tenants } = await fleetStatus(ctx);
  return tenants.flatMap(({ tenant, tenantId: id, needsSnapshot }) =>
    id !== null && needsSnapshot && (refs === 'all' || refs.includes(tenant)) ? [id] : [],
  );
}

async function whenFree<T>(work: () => Promise<T>, patience: number): Promise<T> {
  for (let waited = 0; ; waited += BUSY_STEP_MS) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HoldfastError && error.code === 'slot-busy') || waited >= patience) throw error;
      await wait(BUSY_STEP_MS);
    }
  }
}
