/** A report as a few lines of text, and the result of verifying one. The page and report.json have all of it. */
import { bytesText, countText, secondsText, shareText } from '../../lib/domain/report/numbers-text.ts';
import type { Report } from '../../lib/domain/report/report.ts';
import type { ReportVerification } from '../../lib/operations/reporting/report-files.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';
import { fitted } from './wrap.ts';

interface Place {
  readonly style: Style;
  readonly columns: number;
}

type Shown = Omit<Report, 'format'> & { readonly key: string; readonly folder: string | undefined };

export function renderMadeReport(report: Shown, { style, columns }: Place): string {
  const { kind, from, to, totals, previous, state, key, folder } = report;
  const { log, backups, restores } = totals;
  const row = (name: string, value: string, before: string | undefined) => [name, value, before ?? '–'];
  const total = (of: typeof totals) =>
    bytesText(of.stored === null ? null : of.stored.logBytes + of.stored.backupBytes);
  const rows = [
    row(
      'recovery point met (standard)',
      shareText(log.met.standard ?? null),
      previous ? shareText(previous.log.met.standard ?? null) : undefined,
    ),
    row(
      'longest without a newer moment',
      secondsText(log.longestSilenceSeconds),
      previous ? secondsText(previous.log.longestSilenceSeconds) : undefined,
    ),
    row(
      'daily snapshots taken',
      shareText(backups.success),
      previous ? shareText(previous.backups.success) : undefined,
    ),
    row(
      'snapshot, median',
      secondsText(inSeconds(backups.medianMs)),
      previous ? secondsText(inSeconds(previous.backups.medianMs)) : undefined,
    ),
    row(
      'restores',
      `${countText(restores.done)}, ${countText(restores.failed)} failed`,
      previous ? countText(previous.restores.done) : undefined,
    ),
    row('possible accidents', countText(totals.accidents), previous ? countText(previous.accidents) : undefined),
    row('stored', total(totals), previous ? total(previous) : undefined),
  ];
  const missing = Object.entries(totals.missing).filter(([, days]) => days > 0);
  const gaps = missing.map(([part, days]) => `${part} ${days}`).join(', ');
  const unsafe =
    state.notSafeTotal === 0
      ? style.good('✓ Nothing is to be done about any tenant now.')
      : `${style.bad('✗')} ${countText(state.notSafeTotal)} not safe now: see holdfast status.`;
  return [
    `${style.bold(`${kind} report`)}  ${from} to ${to} (not included), UTC`,
    renderTable([{ head: 'measure' }, { head: 'period', right: true }, { head: 'before', right: true }], rows, {
      ...{ style, columns },
    }).trimEnd(),
    unsafe,
    ...(gaps === '' ? [] : [style.warn(fitted(`! Days not recorded, of ${totals.days}: ${gaps}.`, columns))]),
    style.dim(`Kept signed as ${key}`),
    ...(folder === undefined ? [] : [`Written to ${folder}: open index.html.`]),
    '',
  ].join('\n');
}

function inSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

export function renderReportVerification(
  { ok, kind, from, to, problems }: ReportVerification,
  { style }: Pick<Place, 'style'>,
): string {
  if (ok) return `${style.good('✓ Verified')}  ${kind}, ${from} to ${to}\n`;
  return `${style.bad('✗ Not verified')}\n${problems.map(problem => `  ${problem}\n`).join('')}`;
}
