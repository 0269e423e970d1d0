/**
 * A report as one page for people: no script, no request to anywhere, light and dark, printable. Invariants: every text is
 * escaped; it says nothing that the report does not; what is not known is said to be not recorded.
 */

import { escapedHtml, htmlDocument } from '../html-text.ts';
import { type ComparedMeasure, measureText } from './compared-row.ts';
import type { PeriodTotals } from './day-totals.ts';
import { bytesText, countText, minuteText, momentText, NOT_RECORDED, secondsText, shareText } from './numbers-text.ts';
import { startOfDay } from './period.ts';
import type { Report } from './report.ts';
import { dataTable, type Mood, pageSection, paragraph, tile } from './report-parts.ts';
import { drillsSection, readinessSection } from './report-readiness.ts';
import {
  accidentsSection,
  backupsSection,
  complianceSection,
  recoveryPointSection,
  restoresSection,
  storageSection,
} from './report-sections.ts';
import { REPORT_STYLE } from './report-style.ts';

const DAY_MS = 86_400_000;
/** Of the time, as a service is promised. */
const AVAILABLE = 0.999;

/** A complete HTML document. */
export function reportPage(report: Report): string {
  const { kind, from, to, installation, at, complete } = report;
  const title = `${kind[0]!.toUpperCase()}${kind.slice(1)} report`;
  const last = dateText(new Date(startOfDay(to) - DAY_MS));
  const range = report.days.length === 1 ? last : `${dateText(new Date(startOfDay(from)))} to ${last}`;
  const open = complete ? '' : ' The period is not over.';
  const sections = [
    stateSection(report),
    recoveryPointSection(report),
    backupsSection(report),
    storageSection(report),
    restoresSection(report),
    drillsSection(report),
    readinessSection(report),
    accidentsSection(report),
    complianceSection(report),
  ];
  return htmlDocument(
    `${title} ${from}`,
    REPORT_STYLE,
    `<header>
<h1>${title}, ${range}</h1>
<p class="lead">Installation ${escapedHtml(installation)}. Made on ${momentText(at)}.${open} Days are in UTC.</p>
<dl class="tiles">
${tiles(report).join('\n')}
</dl>
</header>
<main>
${sections.filter(section => section !== '').join('\n')}
</main>
<footer>
<p>Measured from the catalog, signed records and signed daily reports. What nobody can know any more is not recorded, and counts neither as good nor as zero. ${missingText(report.totals)}</p>
<p>No tenant is named: references only. report.json has the same for programs; manifest.json signs both files.</p>
</footer>`,
  );
}

function dateText(date: Date): string {
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
}

function missingText({ missing, days }: PeriodTotals): string {
  const parts = Object.entries(missing).flatMap(([part, count]) => (count > 0 ? [`${part} ${count} of ${days}`] : []));
  return parts.length === 0 ? 'Every day was measured.' : `Days without a measure: ${parts.join(', ')}.`;
}

function tiles({ kind, totals, previous }: Report): string[] {
  const { log, backups, verifications, restores, accidents, stored } = totals;
  const shown = (name: string, measure: Omit<ComparedMeasure, 'name'>, mood: Mood, note?: string) => {
    const before = previous ? `before: ${measureText(previous, measure)}` : '';
    const value = measureText(totals, measure);
    return tile(name, value, note ?? before, value === NOT_RECORDED ? 'unknown' : mood);
  };
  const least = (value: number | null, limit: number): Mood => (value !== null && value >= limit ? 'good' : 'bad');
  const tries = `median ${secondsText(restores.medianSeconds)}, ${countText(restores.failed)} failed`;
  return [
    shown(
      'Recovery point met (standard)',
      { part: 'log', text: of => shareText(of.log.met.standard) },
      least(log.met.standard, AVAILABLE),
    ),
    shown(
      'Daily snapshots taken',
      { part: 'backups', text: of => shareText(of.backups.success) },
      least(backups.success, 1),
    ),
    shown(
      'Verifications',
      { part: 'verifications', text: of => countText(of.verifications.succeeded) },
      verifications.failed > 0 ? 'bad' : verifications.succeeded > 0 ? 'good' : kind === 'daily' ? 'plain' : 'bad',
      `${countText(verifications.failed)} failed`,
    ),
    shown(
      'Restores',
      { part: 'restores', text: of => countText(of.restores.done) },
      restores.failed + restores.notProved > 0 ? 'bad' : 'plain',
      restores.done + restores.failed === 0 ? 'none was recorded' : tries,
    ),
    shown(
      'Possible accidents',
      { part: 'accidents', text: of => countText(of.accidents) },
      accidents > 0 ? 'bad' : 'plain',
    ),
    shown(
      'Stored',
      { part: 'stored', text: of => bytesText(of.stored && of.stored.logBytes + of.stored.backupBytes) },
      'plain',
      ...(stored === null ? [] : [`on ${stored.day}`]),
    ),
  ];
}

function stateSection({ state, at }: Report): string {
  const states = Object.entries(state.tenants).filter(([, count]) => count > 0);
  const rows = [
    ...states.map(([name, count]) => [`Tenants ${name}`, countText(count)]),
    ...(states.length === 0 ? [['Tenants', 'none is protected']] : []),
    ['Age of the newest recoverable moment', secondsText(state.newestAgeSeconds)],
    ['Requests that wait for approval', countText(state.requestsWaiting)],
    ['Executions without approvals, not reviewed', countText(state.unreviewedBreakGlass)],
    ['Tenants under legal hold', countText(state.heldTenants)],
  ];
  const rest = state.notSafeTotal - state.notSafe.length;
  return pageSection('state', 'How things stand', [
    paragraph(`On ${momentText(at)}.`, 'note'),
    dataTable(['What', 'Value'], rows),
    state.notSafe.length === 0
      ? ''
      : `<h3>Not safe</h3>${dataTable(
          ['Tenant', 'State'],
          state.notSafe.map(each => [each.tenant, each.state]),
        )}`,
    rest > 0 ? paragraph(`${countText(rest)} more.`, 'note') : '',
    state.openFailures.length === 0
      ? ''
      : `<h3>Open failures</h3>${dataTable(
          ['Kind', 'Workflow', 'Tenant', 'Code', 'Since'],
          state.openFailures.map(({ kind, workflow, tenant, code, at: since }) => [
            kind,
            workflow,
            tenant ?? 'all',
            code,
            minuteText(since),
          ]),
        )}`,
  ]);
}
