/** Tells people that a report is made, in a few numbers, and where it is. No tenant and no row is in it. */
import { reportFileKeys } from '../../domain/governance-key.ts';
import { shareText } from '../../domain/report/numbers-text.ts';
import type { Deps } from '../../ports.ts';
import type { KeptReport } from './kept-reports.ts';

/** `link`: the address at which people open an object of the vault. */
export async function announceReport(
  { notifier }: Pick<Deps, 'notifier'>,
  { key, report }: KeptReport,
  link: (key: string) => string,
): Promise<void> {
  const { kind, from, to, state, totals } = report;
  const { log, backups, verifications, restores, drills } = totals;
  await notifier.notify({
    severity: 'info',
    code: 'report-made',
    message: `The ${kind} report of ${from}${kind === 'daily' ? '' : ` to ${to} (not included)`} is made: ${state.notSafeTotal} tenants not safe now.`,
    details: {
      page: link(reportFileKeys(key).page),
      key,
      recoveryPointMet: shareText(log.met.standard ?? null),
      snapshotsTaken: shareText(backups.success),
      failedVerifications: verifications.failed,
      failedRestores: restores.failed + restores.notProved,
      failedDrills: drills.failed,
      possibleAccidents: totals.accidents,
    },
  });
}
