/** `report`: signed reports of days, weeks, months, quarters and years, for people and programs. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { DAY_MS } from '../../lib/domain/daily-share.ts';
import { InputError } from '../../lib/domain/errors.ts';
import { dayOfTime, type Period, REPORT_KINDS, type ReportKind, startOfDay } from '../../lib/domain/report/period.ts';
import { buildReport } from '../../lib/operations/reporting/build-report.ts';
import type { KeptReport } from '../../lib/operations/reporting/kept-reports.ts';
import { keptReportFiles, makeReportFiles, verifyReport } from '../../lib/operations/reporting/report-files.ts';
import type { Deps } from '../../lib/ports.ts';
import { remoteReport } from '../aws/remote-report.ts';
import { evidenceConfiguration } from '../terminal/evidence-configuration.ts';
import { newFolder, readFolder, readGivenFile } from '../terminal/file-folder.ts';
import { reportBasis } from '../terminal/report-basis.ts';
import { renderMadeReport, renderReportVerification } from '../terminal/report-text.ts';
import { inSession, type Session } from '../terminal/session.ts';

interface ReportOptions {
  readonly from?: string;
  readonly to?: string;
  readonly out?: string;
}

const WHAT: Readonly<Record<ReportKind, string>> = {
  daily: 'yesterday: keep it, so that longer reports can use it',
  weekly: 'last week, Monday to Sunday, beside the week before',
  monthly: 'last month, with facts for audits',
  quarterly: 'last quarter, with how a complete recovery would go',
  yearly: 'last year, with how a complete recovery would go',
};

export function registerReport(program: Command): void {
  const report = program.command('report').description('signed reports of what was measured');
  for (const kind of REPORT_KINDS) {
    report
      .command(kind)
      .description(WHAT[kind])
      .option('--from <day>', 'first day, as 2026-01-31 in UTC (default: last period)', day)
      .option('--to <day>', 'day after the last (default: today)', day)
      .option('--out <dir>', 'new folder for index.html, report.json and manifest.json')
      .addHelpText(
        'after',
        `${examplesOf(kind)}\n\nThe report is kept signed in the vault. Asking again for a complete period\nreturns the same report. Days that nobody measured are shown as not recorded.`,
      )
      .action(inSession((session: Session, options: ReportOptions) => makeReport(session, kind, options)));
  }
  report
    .command('verify')
    .description('verify a report with nothing but the public key')
    .argument('<dir>', 'folder of the report')
    .requiredOption('--key <file>', 'public key in PEM')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast audit public-key > holdfast.pem\n  $ holdfast report verify weekly-report --key holdfast.pem\n\nExit code 3 if anything differs. No configuration is needed.',
    )
    .action(inSession(verify));
}

/** Written out: a test reads the commands of help texts. */
function examplesOf(kind: ReportKind): string {
  const words = `report ${kind}`;
  return `\nExamples:\n  $ holdfast ${words}\n  $ holdfast ${words} --out ${kind}-report`;
}

function day(text: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && dayOfTime(startOfDay(text) || 0) === text;
  if (isDay) return text;
  throw new InvalidArgumentError('Must be a day as 2026-01-31.');
}

async function makeReport(session: Session, kind: ReportKind, { from, to, out }: ReportOptions): Promise<void> {
  await session.ready();
  const deps = await session.deps();
  const { recordDays } = await evidenceConfiguration(session);
  const period = periodOf(session, from, to);
  if (out !== undefined) await newFolder(out);
  const { remote } = session;
  const kept = remote
    ? await remoteReport(deps, remote, { kind, period, now: session.now() })
    : await buildReport(deps, {
        ...{ kind, ...(await reportBasis(session)) },
        ...(period && { period }),
      });
  const files = out === undefined ? [] : await filesOfReport(deps, kept, remote ? recordDays : undefined);
  for (const [name, bytes] of files) await writeFile(join(out!, name), bytes, { flag: 'wx' });
  const { format: _, ...report } = kept.report;
  session.emit({ key: kept.key, folder: out ?? null, report: kept.report }, () =>
    renderMadeReport({ ...report, key: kept.key, folder: out }, session),
  );
}

/** `kept`: days for which files beside the report are locked, where they are kept there. */
function filesOfReport(deps: Deps, report: KeptReport, kept: number | undefined) {
  if (kept === undefined) return makeReportFiles(deps, report);
  return keptReportFiles(deps, report, new Date(deps.clock.now().getTime() + kept * DAY_MS));
}

/** Undefined: the last complete one. */
function periodOf(session: Session, from: string | undefined, to: string | undefined): Period | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined) throw new InputError('usage', '--to needs --from.', { hint: 'Name the first day too.' });
  return { from, to: to ?? dayOfTime(session.now().getTime()) };
}

async function verify(session: Session, folder: string, { key }: { readonly key: string }): Promise<void> {
  const result = verifyReport(await readFolder(folder), await readGivenFile(key));
  session.emit(result, () => renderReportVerification(result, session));
  if (!result.ok) session.exitWith(3);
}
