/**
 * How long staging should take, based on this tenant's own restores and verifications only: another tenant's data or a
 * guess would be worse than reporting that nothing is known yet.
 */
import * as z from 'zod';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';

/** The duration of each staging of the tenant: written by stageRestore, newest last. */
export const StagingHistoryItem = z.object({
  at: z.string(),
  bytes: z.number(),
  changes: z.number(),
  loadMs: z.number(),
  /** Replay, settling and indexes. */
  replayMs: z.number(),
});
export type StagingHistoryItem = z.infer<typeof StagingHistoryItem>;

const partition = (tenant: TenantRef) => `tenant#${tenant}#stagings`;
/** Only the newest count: hardware and data change. */
const CONSIDERED = 10;
/** The least duration of a restore, in milliseconds, when the history has only larger ones. */
const FLOOR_MS = 200;

export async function recordStaging(
  deps: Pick<Deps, 'catalog'>,
  tenant: TenantRef,
  id: string,
  item: StagingHistoryItem,
): Promise<void> {
  await deps.catalog.write([{ put: { partition: partition(tenant), sort: id, value: item } }]);
}

/** The newest stagings of the tenant, by restores and verifications. */
export async function stagingHistory(deps: Pick<Deps, 'catalog'>, tenant: TenantRef): Promise<StagingHistoryItem[]> {
  const history: StagingHistoryItem[] = [];
  for await (const item of deps.catalog.query(partition(tenant), { reverse: true, limit: CONSIDERED })) {
    const parsed = StagingHistoryItem.safeParse(item.value);
    if (parsed.success) history.push(parsed.data);
  }
  return history;
}

export async function estimateStaging(
  deps: Pick<Deps, 'catalog'>,
  tenant: TenantRef,
  volume: { bytes: number; changes: number },
): Promise<{ ms: number | null; basis: string }> {
  const history = await stagingHistory(deps, tenant);
  if (history.length === 0)
    return { ms: null, basis: 'This tenant was never staged: verify a backup to learn how long it takes.' };
  const load = rate(history.map(item => [item.loadMs, item.bytes]));
  const replay = rate(history.map(item => [item.replayMs, item.changes]));
  const ms = Math.round(Math.max(FLOOR_MS, load * volume.bytes + replay * volume.changes));
  return { ms, basis: `Based on the last ${history.length} time(s) this tenant was staged.` };
}

/** Milliseconds per unit: all time over all units, so that large ones count for more. */
function rate(samples: (readonly [ms: number, units: number])[]): number {
  const units = samples.reduce((total, [, count]) => total + count, 0);
  return units === 0 ? 0 : samples.reduce((total, [ms]) => total + ms, 0) / units;
}
