/**
 * Reports of an installation on AWS: what is kept is read by whoever may read it; what is not made yet is made by the state
 * machine build-report, for whoever may start it, so that nobody needs the right to sign.
 */
import * as z from 'zod';
import { InputError } from '../../lib/domain/errors.ts';
import { lastPeriod, type Period, type ReportKind } from '../../lib/domain/report/period.ts';
import { reportPlace } from '../../lib/operations/reporting/build-report.ts';
import { findReport, type KeptReport } from '../../lib/operations/reporting/kept-reports.ts';
import type { Deps } from '../../lib/ports.ts';
import type { Remote } from './remote.ts';

const Output = z.object({ key: z.string() });

interface Wanted {
  readonly kind: ReportKind;
  /** Undefined: the last complete one. */
  readonly period: Period | undefined;
  readonly now: Date;
}

/** InputError `bad-range`; IntegrityError `object-altered`; what the state machine fails with. */
export async function remoteReport(
  deps: Pick<Deps, 'vault' | 'signer'>,
  remote: Remote,
  { kind, period, now }: Wanted,
): Promise<KeptReport> {
  const { key, isWhole } = reportPlace(kind, period ?? lastPeriod(kind, now), now);
  const kept = isWhole ? await findReport(deps, key) : undefined;
  if (kept) return kept;
  const { output } = await remote.run('build-report', { kind, ...period });
  const made = await findReport(deps, Output.parse(output).key);
  if (made) return made;
  throw new InputError('no-report', 'The report is made, and is not in the vault that this profile reads.', {
    hint: 'Ask for it again; in another region it is there once it is replicated.',
  });
}
