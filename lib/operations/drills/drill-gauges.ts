/** What the alarms on drills watch: of each kind the newest drill, and those that are late. Gauges: they tell a state. */
import type { DrillKind } from '../../domain/drill-kind.ts';
import type { Deps } from '../../ports.ts';
import { newestDrills } from '../storage/drill-records.ts';
import { drillsDue } from './drills-due.ts';

export interface DrillGauges {
  /** Kinds whose newest drill failed. */
  readonly failed: number;
  /** Kinds whose newest drill was slower than its objective. */
  readonly slow: number;
  readonly late: number;
}

/** `scheduled`: the kinds that start when they are due. */
export async function drillGauges(
  deps: Pick<Deps, 'vault' | 'signer' | 'catalog' | 'clock'>,
  scheduled: readonly DrillKind[],
): Promise<DrillGauges> {
  const newest = [...(await newestDrills(deps, scheduled)).values()];
  const due = await drillsDue(deps, scheduled.includes('region'));
  return {
    failed: newest.filter(({ outcome }) => outcome === 'failed').length,
    slow: newest.filter(({ outcome }) => outcome === 'slow').length,
    late: due.filter(({ kind, state }) => state === 'late' && scheduled.includes(kind)).length,
  };
}
