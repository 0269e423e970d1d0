/** What every report of this installation is made from, beside its kind and its period. */
import { hasRegion } from '../../lib/domain/drill-settings.ts';
import type { ReportAsked } from '../../lib/operations/reporting/build-report.ts';
import { evidenceConfiguration } from './evidence-configuration.ts';
import type { Session } from './session.ts';

export async function reportBasis(session: Session): Promise<Omit<ReportAsked, 'kind' | 'period'>> {
  const { configuration, recordDays } = await evidenceConfiguration(session);
  const { catalog } = await session.deps();
  return {
    ...{ configuration, lockDays: recordDays, tierOf: await session.tierOf(catalog) },
    recordsFailures: session.deployed !== undefined,
    hasRegion: session.deployed ? configuration.regions.length > 1 : hasRegion((await session.config()).drills),
  };
}
