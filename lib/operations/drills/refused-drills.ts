/** Drills that do not begin: what they need is not configured, or this installation may protect something real. */
import { InputError } from '../../domain/errors.ts';
import type { DrillPlant } from './drill-run.ts';

/** InputError `not-a-test-installation`. */
export function refuseGameDay({ faults }: Pick<DrillPlant, 'faults'>): void {
  if (faults) return;
  throw new InputError(
    'not-a-test-installation',
    'A game day damages the installation, and this one may protect something real.',
    {
      hint: 'Run it on a test installation whose configuration says drills.testInstallation: true (docs/drills.md).',
    },
  );
}

/** InputError `region-not-configured`. */
export function refuseWithoutRegion({ openRegion }: Pick<DrillPlant, 'openRegion'>): void {
  if (!openRegion) throw regionNotConfigured();
}

export function regionNotConfigured(): InputError {
  return new InputError('region-not-configured', 'No copy in another region is configured.', {
    hint: 'Name the copies of the vault and of the keys: drills.regionVault and drills.regionKeys; on AWS a secondary region and drills.scratch (docs/drills.md).',
  });
}
