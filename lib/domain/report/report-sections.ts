/** Sections of a report's page about what was measured. Each says what it is about, shows the trend and has its table. */
import { TIERS } from '../objectives.ts';
import { previewCommand } from './accident-summary.ts';
import { besideBefore, type ComparedMeasure, comparedRow } from './compared-row.ts';
import { bytesText, countText, minuteText, NOT_RECORDED, secondsText, shareText } from './numbers-text.ts';
import type { Report } from './report.ts';
import { chartOf } from './report-charts.ts';
import { bullets, commandParagraph, dataTable, pageSection, paragraph } from './report-parts.ts';

const MOST_ROWS = 50;
/** Of facts; report.json has all. */
const MOST_BULLETS = 10;

export function recoveryPointSection(report: Report): string {
  const later = report.corrections.map(
    ({ day, lostSeconds, downSeconds }) =>
      `${day}: ${secondsText(lostSeconds)} in gaps of the log, ${secondsText(downSeconds)} late (standard) or lost.`,
  );
  const of = (name: string, text: ComparedMeasure['text']) => comparedRow(report, { name, part: 'log', text });
  const rows = [
    ...TIERS.map(tier => of(`Objective of ${tier} met`, ({ log }) => shareText(log.met[tier] ?? null))),
    of('Neither late (standard) nor lost', ({ log }) => shareText(log.availability)),
    of('Time measured', ({ log }) => secondsText(log.measuredSeconds)),
    of('Time in gaps of the log', ({ log }) => secondsText(log.lostSeconds)),
    of('Longest time without a newer moment', ({ log }) => secondsText(log.longestSilenceSeconds)),
    of('Changes shipped', ({ log }) => countText(log.changes)),
  ];
  return pageSection('recovery-point', 'Recovery point', [
    paragraph('How old the newest recoverable moment of the log was, as a share of the measured time.', 'note'),
    besideBefore(report, rows),
    ...(later.length === 0 ? [] : ['<h3>Known since the daily report of the day</h3>', bullets(later, 'missing')]),
    chartOf('silence', report.days),
    chartOf('changes', report.days),
  ]);
}

export function backupsSection(report: Report): string {
  const of = (name: string, text: ComparedMeasure['text']) => comparedRow(report, { name, part: 'backups', text });
  const seconds = (ms: number | null) => secondsText(ms === null ? null : ms / 1000);
  const rows = [
    of(
      'Tenant days with a snapshot',
      ({ backups }) => `${countText(backups.covered)} of ${countText(backups.expected)}`,
    ),
    of('Snapshots', ({ backups }) => countText(backups.snapshots)),
    of('Incrementals', ({ backups }) => countText(backups.incrementals)),
    of('Duration, median', ({ backups }) => seconds(backups.medianMs)),
    of('Duration, longest', ({ backups }) => seconds(backups.maxMs)),
    of('Verifications succeeded', ({ verifications }) => countText(verifications.succeeded)),
    of('Verifications failed', ({ verifications }) => countText(verifications.failed)),
  ];
  return pageSection('backups', 'Backups', [
    besideBefore(report, rows),
    chartOf('coverage', report.days),
    chartOf('durations', report.days),
  ]);
}

export function storageSection(report: Report): string {
  const of = (name: string, text: (stored: NonNullable<Report['totals']['stored']>) => string) =>
    comparedRow(report, { name, part: 'stored', text: ({ stored }) => (stored ? text(stored) : NOT_RECORDED) });
  const rows = [
    of('Log', stored => bytesText(stored.logBytes)),
    of('Backups', stored => bytesText(stored.backupBytes)),
    of('Tenants', stored => countText(stored.tenants)),
    of('Measured on', stored => stored.day),
  ];
  return pageSection('storage', 'Storage', [
    besideBefore(report, rows),
    chartOf('stored', report.days),
    chartOf('added', report.days),
  ]);
}

export function restoresSection({ totals, days }: Report): string {
  const all = days.flatMap(day => day.restores ?? []);
  const { done, failed, medianSeconds, maxSeconds, notProved } = totals.restores;
  const verdict = (proved: boolean | null) =>
    proved === null ? 'record not readable' : proved ? 'proved' : 'rows differed';
  const rows = all.map(({ tenant, at, place, outcome, seconds, rows: count, proved }) => [
    ...[minuteText(at), tenant, place ?? 'unknown', outcome, outcome === 'done' ? secondsText(seconds) : '–'],
    ...(outcome === 'done' ? [countText(count), verdict(proved)] : ['–', '–']),
  ]);
  if (totals.missing.restores === totals.days) return pageSection('restores', 'Restores', [paragraph('Not recorded.')]);
  return pageSection('restores', 'Restores', [
    paragraph(
      all.length === 0
        ? 'No restore was recorded.'
        : `${countText(done)} done, ${countText(failed)} failed, ${countText(notProved)} not proved. Median ${secondsText(medianSeconds)}, longest ${secondsText(maxSeconds)}, from start to commit.`,
    ),
    all.length === 0 ? '' : chartOf('recovery', days),
    rows.length === 0
      ? ''
      : dataTable(['Ended', 'Tenant', 'Place', 'Outcome', 'Time', 'Rows', 'Proof'], rows.slice(-MOST_ROWS)),
    rows.length > MOST_ROWS ? paragraph(`The last ${MOST_ROWS} of ${countText(rows.length)}.`, 'note') : '',
  ]);
}

export function accidentsSection({ days }: Report): string {
  const all = days.flatMap(day => day.accidents ?? []);
  if (all.length === 0) return '';
  const shown = all.slice(-MOST_ROWS);
  const rows = shown.map(({ at, tenant, table, kind, count, transaction }) => [
    ...[minuteText(at), tenant, table, `${countText(count)} ${kind === 'truncate' ? 'truncated' : `${kind}d`}`],
    transaction ? `${transaction.xid} at ${transaction.lsn}` : 'unknown',
  ]);
  const previews = shown.flatMap(({ tenant, kind, transaction }) =>
    transaction && kind !== 'truncate' ? [commandParagraph(previewCommand(tenant, transaction.lsn))] : [],
  );
  return pageSection('accidents', 'Possible accidents', [
    paragraph(
      'Deletes and updates of a tenant far outside its own history. The command shows what taking back the transaction would change, and writes nothing.',
      'note',
    ),
    dataTable(['Time', 'Tenant', 'Table', 'Rows', 'Transaction'], rows),
    ...previews,
    all.length > MOST_ROWS ? paragraph(`The last ${MOST_ROWS} of ${countText(all.length)}.`, 'note') : '',
  ]);
}

export function complianceSection({ compliance }: Report): string {
  if (compliance === null) return '';
  return pageSection('compliance', 'Compliance', [
    paragraph(
      'Facts that were looked for in the vault, each with the stored objects that show it (report.json names them). The command holdfast evidence relates them to the controls of a framework.',
      'note',
    ),
    ...compliance.map(({ name, shown, looked, found, missing }) =>
      [
        `<h3>${name} <span class="${shown ? 'good-text' : 'bad-text'}">${shown ? 'shown' : 'not shown'}</span></h3>`,
        ...[paragraph(looked, 'note'), bullets(shortened(found), 'found'), bullets(shortened(missing), 'missing')],
      ].join('\n'),
    ),
  ]);
}

function shortened(items: readonly string[]): string[] {
  const rest = items.length - MOST_BULLETS;
  return rest <= 0 ? [...items] : [...items.slice(0, MOST_BULLETS), `${countText(rest)} more in report.json.`];
}
