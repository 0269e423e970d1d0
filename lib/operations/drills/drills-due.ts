/** Which drills are due, from the signed records; a late one raises an alarm. */
import { DRILL_KINDS, type DrillKind } from '../../domain/drill-kind.ts';
import { type DueDrill, dueDrills } from '../../domain/drill-schedule.ts';
import type { Deps } from '../../ports.ts';
import { tenants } from '../catalog/catalog-index.ts';
import { lastProvedDrills } from '../storage/drill-records.ts';

/** Empty where no tenant is protected. `hasRegion`: copies in another region are configured. */
export async function drillsDue(
  deps: Pick<Deps, 'vault' | 'signer' | 'catalog' | 'clock'>,
  hasRegion: boolean,
): Promise<DueDrill[]> {
  const seen = (await tenants.list(deps.catalog)).map(({ firstSeen }) => Date.parse(firstSeen));
  if (seen.length === 0) return [];
  const since = new Date(seen.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY));
  const kinds = DRILL_KINDS.filter((kind: DrillKind) => hasRegion || kind !== 'region');
  return dueDrills(await lastProvedDrills(deps, kinds), kinds, since, deps.clock.now());
}

export async function reportLateDrills(
  { notifier }: Pick<Deps, 'notifier'>,
  drills: readonly DueDrill[],
): Promise<void> {
  const late = drills.filter(({ state }) => state === 'late');
  if (late.length === 0) return;
  const kinds = late.map(({ kind }) => kind);
  await notifier.notify({
    severity: 'alarm',
    code: 'drill-late',
    message: `Drills are late: ${kinds.join(', ')}.`,
    details: { drills: late },
  });
}
